// Numbers, times and shares as text. Times are local; the page's foot says so.
const whole = new Intl.NumberFormat('en-GB');
const compact = new Intl.NumberFormat('en-GB', {notation: 'compact', maximumFractionDigits: 1});

export const count = (n: number): string => whole.format(n);
export const short = (n: number): string => (n < 10_000 ? whole.format(n) : compact.format(n));
export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

const none = '–';

// Cut, not rounded: 99.1999 % must not read as 99.2 %.
export function percent(ratio: number | null | undefined, places = 2): string {
  if (ratio === null || ratio === undefined) return none;
  const scale = 10 ** (places + 2);
  return `${(Math.floor(ratio * scale + 1e-9) / 10 ** places).toFixed(places)}\u00a0%`;
}
// The same for an upper bound: never below what is true.
export function percentUp(ratio: number | null | undefined, places = 2): string {
  if (ratio === null || ratio === undefined) return none;
  const scale = 10 ** (places + 2);
  return `${(Math.ceil(ratio * scale - 1e-9) / 10 ** places).toFixed(places)}\u00a0%`;
}
// A difference of shares in hundredths, cut and with its sign: as a net promoter score is written.
export function signed(share: number): string {
  const tenths = Math.floor(Math.abs(share) * 1000 + 1e-9);
  return `${tenths === 0 ? '' : share < 0 ? '−' : '+'}${(tenths / 10).toFixed(1)}`;
}
// As many places as the target has, two at least.
export const placesOf = (targetText: string): number => Math.max(2, /\.(\d+)/.exec(targetText)?.[1]?.length ?? 0);

// A burn rate, which may be 0.02 or 800.
export function times(rate: number | null | undefined): string {
  if (rate === null || rate === undefined) return none;
  return `${rate === 0 ? '0' : rate < 0.01 ? '<0.01' : parseFloat(rate.toPrecision(rate < 1 ? 2 : 3)).toString()}×`;
}

export function duration(ns: number | null | undefined): string {
  if (ns === null || ns === undefined) return none;
  const units: [string, number, number][] = [['ns', 1, 0], ['µs', 1e3, 1e3], ['ms', 1e6, 1e6], ['s', 1e9, 1e9], ['min', 60e9, 120e9], ['h', 3600e9, 7200e9], ['days', 86_400e9, 172_800e9]];
  const [name, size] = units.findLast(([, , least]) => ns >= least) ?? ['ns', 1];
  const value = ns / size;
  return `${parseFloat(value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0))} ${name}`;
}

// A length of time in at most two units.
export function span(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return none;
  const units: [string, number][] = [['d', 86_400], ['h', 3_600], ['min', 60], ['s', 1]];
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0) return '0 s';
  const [name, size] = units[first]!;
  const rest = units[first + 1];
  const more = rest ? Math.floor((seconds % size) / rest[1]) : 0;
  return `${Math.floor(seconds / size)} ${name}${more > 0 && rest ? ` ${more} ${rest[0]}` : ''}`;
}
export const ago = (seconds: number): string => (seconds < 2 ? 'now' : `${span(Math.round(seconds))} ago`);

const two = (n: number): string => String(n).padStart(2, '0');
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function clock(unixS: number): string {
  const t = new Date(unixS * 1000);
  return `${two(t.getHours())}:${two(t.getMinutes())}`;
}
export function day(unixS: number): string {
  const t = new Date(unixS * 1000);
  return `${t.getDate()} ${months[t.getMonth()]}`;
}
export const moment = (unixS: number): string => `${day(unixS)}, ${clock(unixS)}`;
// Of a chart's slice: the day only where slices of several days are shown.
export const sliceText = (unixS: number, spanS: number): string => (spanS > 86_400 ? moment(unixS) : clock(unixS));

const steps = [300, 600, 900, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 43_200, 86_400, 172_800, 345_600, 604_800];

// Marks of a time axis: at most `most`, on whole steps of local time.
export function timeMarks(from: number, to: number, most: number): {at: number; text: string}[] {
  const step = steps.find((one) => (to - from) / one <= most) ?? 604_800;
  const offset = -new Date(from * 1000).getTimezoneOffset() * 60;
  const marks: {at: number; text: string}[] = [];
  for (let at = Math.ceil((from + offset) / step) * step - offset; at < to; at += step) {
    const midnight = (at + offset) % 86_400 === 0;
    marks.push({at, text: step >= 86_400 || (midnight && to - from > 43_200) ? day(at) : clock(at)});
  }
  return marks;
}
