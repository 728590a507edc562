// What was planted, summed in the test's own way, and numbers as a page is to show them.
const kinds = ['start', 'step', 'outcome', 'objective', 'value', 'vital', 'effect', 'feedback', 'click', 'distinct', 'click_map', 'frustration', 'recovery', 'coverage', 'split', 'stray', 'error'];

export class Truth {
  constructor(planted) {
    Object.assign(this, planted);
  }

  // Sum of the cells in [from, to) that are as `wanted`, which has a journey and a kind, says; `measured`: only those with
  // a latency.
  sum(wanted, from, to, {measured = false} = {}) {
    const {item, detail, dimension = '', value = ''} = wanted;
    let sum = 0;
    for (const cell of this.cells(wanted.journey, wanted.kind)) {
      if (cell.at < from || cell.at >= to || cell.dimension !== dimension || cell.value !== value) continue;
      if ((item === undefined || cell.item === item) && (detail === undefined || cell.detail === detail)) sum += measured ? cell.latencies : cell.n;
    }
    return sum;
  }

  cells(journey, kind) {
    this.byKind ??= this.windows.reduce((all, {at, cells}) => {
      for (const [of, number, item, detail, dimension, value, n, latencies] of cells) {
        const name = `${of} ${kinds[number]}`;
        if (!all.has(name)) all.set(name, []);
        all.get(name).push({at, item, detail, dimension, value, n, latencies});
      }
      return all;
    }, new Map());
    return this.byKind.get(`${journey} ${kind}`) ?? [];
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
