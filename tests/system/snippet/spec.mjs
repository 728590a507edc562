// What a native beacon, version 1, may look like, written from its description and not from what reads it. Returns what is
// wrong with a beacon, or nothing.
const text = (bytes) => (value) => typeof value === 'string' && Buffer.byteLength(value) <= bytes;
const number = (value) => typeof value === 'number' && Number.isFinite(value);
const notNegative = (value) => number(value) && value >= 0;
const whole = (value) => Number.isInteger(value);
const boolean = (value) => typeof value === 'boolean';
const one = (...values) => (value) => values.includes(value);
const plain = (value) => typeof value === 'string' || number(value) || boolean(value);
const attrs = (value) => value !== null && typeof value === 'object' && !Array.isArray(value) &&
  Object.keys(value).length <= 32 && Object.values(value).every(plain);

const fields = {
  v: one(1), sid: (value) => text(64)(value) && value !== '', ts: number, type: one('step', 'vitals', 'error', 'feedback', 'click', 'action'),
  page: (value) => text(2048)(value) && /^\/[^?#]*$/.test(value), name: text(128), dur: notNegative, ok: boolean,
  n: (value) => whole(value) && value >= 0, t: notNegative, pv: text(64),
  lcp: notNegative, inp: notNegative, cls: notNegative, fcp: notNegative, ttfb: notNegative, dcl: notNegative, load: notNegative,
  msg: text(1024), code: text(64), score: number, text: text(65536), x: number, y: number, w: number, h: number,
  value: whole, cur: text(3), rel: text(65536), exp: text(65536), ret: boolean, conn: text(65536), synthetic: boolean,
  replay: text(65536), attrs,
};
const kinds = {feedback: one('ces', 'nps', 'csat'), click: one('click', 'rage', 'dead', 'error')};
const required = {
  step: ['name', 'dur', 'ok', 'ts'], action: ['name'], error: ['name'], feedback: ['score', 'kind'], click: ['kind'], vitals: [],
};

export function faults(beacon) {
  const found = [];
  for (const name of ['v', 'sid', 'type', 'page', ...(required[beacon.type] ?? [])]) {
    if (!(name in beacon)) found.push(`${name} is missing`);
  }
  for (const [name, value] of Object.entries(beacon)) {
    const holds = name === 'kind' ? kinds[beacon.type] : fields[name];
    if (!holds) found.push(`${name} is not a field of ${beacon.type}`);
    else if (!holds(value)) found.push(`${name} is ${JSON.stringify(value)}`);
  }
  return found;
}
