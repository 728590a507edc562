// Numbers, times and shares as text.
const whole = new Intl.NumberFormat("en-GB");

export const count = (n) => whole.format(n);

// Cut, not rounded: 99.1999 % must not read as 99.2 %.
export function percent(ratio, places = 2) {
  if (ratio === null || ratio === undefined) return "–";
  const scale = 10 ** (places + 2);
  return (Math.floor(ratio * scale + 1e-9) / 10 ** places).toFixed(places) + " %";
}

export function duration(ns) {
  if (ns === null || ns === undefined) return "–";
  const units = [["ns", 1], ["µs", 1e3], ["ms", 1e6], ["s", 1e9], ["min", 60e9]];
  let unit = units[0];
  for (const candidate of units) if (ns >= candidate[1] * (candidate[0] === "min" ? 2 : 1)) unit = candidate;
  const value = ns / unit[1];
  return `${parseFloat(value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0))} ${unit[0]}`;
}

export function age(seconds) {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86400)} d ago`;
}

const two = (n) => String(n).padStart(2, "0");

// Local time; the day as well where the range is longer than a day.
export function clock(unixS, withDay = false) {
  const t = new Date(unixS * 1000);
  const time = `${two(t.getHours())}:${two(t.getMinutes())}`;
  return withDay ? `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ${time}` : time;
}

export function day(unixS) {
  const t = new Date(unixS * 1000);
  return `${t.getDate()} ${["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][t.getMonth()]}`;
}

// Where a time axis of slices gets its marks: at most `most`, on whole steps.
export function timeMarks(from, to, most) {
  const steps = [300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200, 86400, 172800, 345600, 604800];
  const step = steps.find((one) => (to - from) / one <= most) ?? steps.at(-1);
  const offset = -new Date(from * 1000).getTimezoneOffset() * 60;
  const marks = [];
  for (let at = Math.ceil((from + offset) / step) * step - offset; at < to; at += step) marks.push(at);
  const midnight = (at) => (at + offset) % 86400 === 0;
  return {marks, label: (at) => step >= 86400 || (midnight(at) && to - from > 86400) ? day(at) : clock(at)};
}
