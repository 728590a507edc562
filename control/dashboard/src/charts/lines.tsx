// Lines over time on a scale that shows small values beside large ones.
import type {Box, Happening} from './time.tsx';
import {Level, TimeChart} from './time.tsx';

export interface Line { name: string; mark: string; points: {at: number; value: number | null}[] }
export interface Limit { value: number; text: string; severity: 'page' | 'ticket' }

// From 0: burn rates of 0.5 and of 120 are in one picture, and what burns at 1 is well above the ground.
const height = (value: number): number => Math.log1p(value * 2);

function yOf(box: Box, most: number): (value: number) => number {
  return (value) => box.bottom - (height(Math.min(value, most)) / height(most)) * (box.bottom - box.top);
}

// Breaks where there is no value.
export function pathOf(points: {at: number; value: number | null}[], x: (at: number) => number, y: (value: number) => number): string {
  let path = '', pen = false;
  for (const {at, value} of points) {
    if (value === null) {
      pen = false;
      continue;
    }
    path += `${pen ? 'L' : 'M'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    if (!pen) path += 'h0.1';  // a lone point is a dot
    pen = true;
  }
  return path;
}

interface Props {
  label: string; from: number; to: number; step: number; lines: Line[]; limits: Limit[]; happenings?: Happening[];
  say: (slice: number) => string; rest: string;
}

const kLevels = [0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000];

export function LineChart({label, from, to, step, lines, limits, happenings, say, rest}: Props) {
  const seen = lines.flatMap((line) => line.points.map((point) => point.value ?? 0));
  const most = Math.max(2, ...limits.map((limit) => limit.value * 1.3), ...seen.map((value) => value * 1.05));
  const draw = (box: Box) => {
    const y = yOf(box, most);
    let free = Infinity;
    const levels = kLevels.filter((level) => level <= most && free - y(level) >= 16 && ((free = y(level)), true));
    return <>
      {levels.map((level) => <Level key={level} box={box} y={y(level)} text={`${level}×`} />)}
      {limits.map((limit) => <g key={limit.text}>
        <line class={`limit ${limit.severity}`} x1={box.left} x2={box.right} y1={y(limit.value)} y2={y(limit.value)} />
        <text class={`limit-text ${limit.severity}`} x={box.left + 6} y={y(limit.value) - 4}>{limit.text}</text>
      </g>)}
      {lines.map((line) => <path key={line.name} class={`line ${line.mark}`} d={pathOf(line.points, box.x, y)} />)}
    </>;
  };
  return <TimeChart label={label} from={from} to={to} step={step} happenings={happenings} say={say} rest={rest} draw={draw} height={220} />;
}

export function Legend({lines}: {lines: {name: string; mark: string}[]}) {
  return <ul class="legend" aria-hidden="true">{lines.map((line) =>
    <li key={line.name}><svg width="22" height="8"><path class={`line ${line.mark}`} d="M1 4h20" /></svg>{line.name}</li>)}</ul>;
}

// A small course without axes, for a card.
export function Spark({values, limit, label}: {values: (number | null)[]; limit: number; label: string}) {
  const width = 240, tall = 40, most = Math.max(limit * 1.3, ...values.map((value) => value ?? 0));
  const y = (value: number): number => tall - 2 - (height(value) / height(most)) * (tall - 4);
  const x = (at: number): number => ((at + 0.5) / Math.max(1, values.length)) * width;
  return <svg class="spark" viewBox={`0 0 ${width} ${tall}`} preserveAspectRatio="none" role="img" aria-label={label}>
    <line class="limit ticket" x1="0" x2={width} y1={y(limit)} y2={y(limit)} />
    <path class="line w1" d={pathOf(values.map((value, at) => ({at, value})), x, y)} />
  </svg>;
}
