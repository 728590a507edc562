// Collects beacons into bodies and sends them.
import {endpoint, hidden, safe, tried} from './base.js';

// What is in flight together must stay below 64 KiB (Fetch, keepalive). A body ends before the beacon that would make it
// longer than a quarter of that, so that there is room for what a closing page has to say. A beacon alone may be longer.
// A character is at most three bytes.
const bodyCharacters = 16384 / 3;
const beaconCharacters = 60000 / 3;

// Bytes of UTF-8 that the fields may have; others are bounded so that a beacon is.
const limits = {page: 2048, name: 128, code: 64};
const limit = 1024;
const cut = (text, bytes) => text.slice(0, new TextEncoder().encodeInto(text, new Uint8Array(bytes)).read);

// JSON has no word for NaN and infinity, and the reader refuses null: such a field is left out, and so are nested values.
// A beacon's own numbers are rounded to µs, `value` to whole units; attributes stay as they are.
function sayable(key, value) {
  if (typeof value == 'string') return cut(value, limits[key] || limit);
  if (Number.isFinite(value)) return this.sid ? +value.toFixed(key == 'value' ? 0 : 3) : value;
  return value === !!value || (Object(value) == value && (!key || (this.sid && key == 'attrs'))) ? value : undefined;
}

let queue = [];
let timer;

export const drop = () => {
  queue = [];
  timer = clearTimeout(timer);
};

// A refusal while the page is there means that the quota is full, and a request that may not outlive the page needs none.
// Credentials and mode are those of sendBeacon: the visitor's cookie comes along, and nobody reads the answer.
export const flush = safe(() => {
  if (!queue[0]) return;
  const body = `[${queue}]`;
  drop();
  if (tried(() => navigator.sendBeacon(endpoint, body))) return;
  fetch(endpoint, {method: 'POST', body, mode: 'no-cors', credentials: 'include', keepalive: !navigator.sendBeacon || hidden()})
    .catch(() => {});
});

// Sent `wait` ms from now at the latest; 0 takes along what waits.
export function enqueue(beacon, wait) {
  const text = JSON.stringify(beacon, sayable);
  if (text.length > beaconCharacters) return;
  if (`${queue}${text}`.length > bodyCharacters) flush();
  queue.push(text);
  if (wait && !hidden()) timer ||= setTimeout(flush, wait);
  else setTimeout(flush);
}
