// Columns over time, each a stack of counts: how attempts ended, or good, bad and unknown.
import {count, percent, short, sliceText} from '../format.ts';
import type {Outcomes} from '../types.ts';
import type {Box, Happening} from './time.tsx';
import {Level, TimeChart} from './time.tsx';

export const outcomeNames = ['success', 'failed.user', 'failed.business', 'failed.system', 'silent_failure', 'abandoned',
  'abandoned.waiting', 'cancelled', 'superseded', 'unknown'];
const verdicts = ['good', 'bad'];
const known = [...verdicts, ...outcomeNames];
// A newer edge may have outcomes that this page does not know.
export const colour = (name: string): string => (known.includes(name) ? `o-${name.replace('.', '-')}` : 'o-other');
export const inOrder = (names: Iterable<string>): string[] => {
  const all = new Set(names);
  return [...known.filter((name) => all.delete(name)), ...[...all].sort()];
};
export const sumOf = (outcomes: Outcomes): number => Object.values(outcomes).reduce((sum, n) => sum + n, 0);

function totals(columns: Column[]): Outcomes {
  const sums: Outcomes = {};
  for (const {counts} of columns) for (const [name, n] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + n;
  return sums;
}

function Legend({outcomes}: {outcomes: Outcomes}) {
  const total = sumOf(outcomes), names = inOrder(Object.keys(outcomes)).filter((name) => outcomes[name]);
  return <ul class="legend">{names.map((name) =>
    <li key={name}><i class={colour(name)} aria-hidden="true" />{name} <b>{count(outcomes[name]!)}</b> <span class="muted">{percent(outcomes[name]! / total, 1)}</span></li>)}</ul>;
}

export interface Column { start: number; counts: Outcomes }
interface Props { label: string; from: number; to: number; step: number; columns: Column[]; happenings?: Happening[]; rest: string; height?: number; legend?: boolean }

export function StackChart({label, from, to, step, columns, happenings, rest, height, legend = true}: Props) {
  const most = Math.max(1, ...columns.map((column) => sumOf(column.counts)));
  const order = inOrder(columns.flatMap((column) => Object.keys(column.counts)));
  const bySlice = new Map(columns.map((column) => [Math.round((column.start - from) / step), column.counts]));
  const say = (slice: number): string => {
    const when = sliceText(from + slice * step, to - from), counts = bySlice.get(slice);
    if (!counts || sumOf(counts) === 0) return `${when}: none ended`;
    const total = sumOf(counts);
    return `${when}: ${count(total)}, of which ${inOrder(Object.keys(counts)).filter((name) => counts[name]).map((name) => `${name} ${count(counts[name]!)} (${percent(counts[name]! / total, 1)})`).join(', ')}`;
  };
  const draw = (box: Box) => {
    const tall = box.bottom - box.top, each = ((box.right - box.left) * step) / (to - from);
    const levels = [0.5, 1].filter((share) => Number.isInteger(most * share));
    // One path for each name: a page of many columns stays light.
    const paths = new Map(order.map((name) => [name, '']));
    for (const column of columns) {
      let y = box.bottom;
      for (const name of order) {
        const part = ((column.counts[name] ?? 0) / most) * tall;
        if (part === 0) continue;
        y -= part;
        paths.set(name, `${paths.get(name)}M${box.x(column.start).toFixed(1)} ${y.toFixed(1)}h${Math.max(0.8, each - 0.8).toFixed(1)}v${part.toFixed(1)}h-${Math.max(0.8, each - 0.8).toFixed(1)}z`);
      }
    }
    return <>
      {levels.map((share) => <Level key={share} box={box} y={box.bottom - share * tall} text={short(most * share)} />)}
      {[...paths].map(([name, path]) => <path key={name} class={colour(name)} d={path} />)}
    </>;
  };
  return <>
    <TimeChart label={label} from={from} to={to} step={step} happenings={happenings} say={say} rest={rest} draw={draw} height={height ?? 160} />
    {legend ? <Legend outcomes={totals(columns)} /> : null}
  </>;
}

// All of a range in one bar, with what each part is.
export function StackBar({outcomes}: {outcomes: Outcomes}) {
  const total = sumOf(outcomes);
  const names = inOrder(Object.keys(outcomes)).filter((name) => outcomes[name]);
  return <>
    <div class="stack" aria-hidden="true">{names.map((name) => <div key={name} class={colour(name)} style={{width: `${(outcomes[name]! / total) * 100}%`}} />)}</div>
    <Legend outcomes={outcomes} />
  </>;
}
