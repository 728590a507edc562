// What was planted, summed in the test's own way, and numbers as a page is to show them.
const kinds = ['start', 'step', 'outcome', 'objective', 'value', 'vital', 'effect', 'feedback', 'click', 'distinct', 'click_map'];

export class Truth {
  constructor(planted) {
    Object.assign(this, planted);
  }

  // Sum of the cells in [from, to) that are as `wanted` says; `measured`: only those with a latency.
  sum(wanted, from, to, {measured = false} = {}) {
    let sum = 0;
    for (const {at, cells} of this.windows) {
      if (at < from || at >= to) continue;
      for (const [journey, kind, item, detail, dimension, value, n, latencies] of cells) {
        const cell = {journey, kind: kinds[kind], item, detail, dimension, value};
        if (Object.entries({dimension: '', value: '', ...wanted}).every(([key, text]) => cell[key] === text)) sum += measured ? latencies : n;
      }
    }
    return sum;
  }

  verdicts(journey, item, from, to, where = {}) {
    const of = (...details) => details.reduce((sum, detail) => sum + this.sum({journey, kind: 'objective', item, detail, ...where}, from, to), 0);
    return {good: of('good'), bad: of('bad', 'bad.failed', 'bad.ended'), unknown: of('unknown')};
  }

  outcomes(journey, from, to) {
    const names = new Set();
    for (const {cells} of this.windows) for (const [of, kind, item] of cells) if (of === journey && kinds[kind] === 'outcome') names.add(item);
    return Object.fromEntries([...names].map((item) => [item, this.sum({journey, kind: 'outcome', item}, from, to)]).filter(([, n]) => n > 0));
  }
}

export const whole = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

// part / all, cut to `places`, in integers.
export function percent(part, all, places) {
  const scaled = (BigInt(part) * 10n ** BigInt(places + 2)) / BigInt(all);
  const text = scaled.toString().padStart(places + 1, '0');
  return `${text.slice(0, -places)}.${text.slice(-places)}\u00a0%`;
}
