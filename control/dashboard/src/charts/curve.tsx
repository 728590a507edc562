// A share by latency, with the interval of each band: latency across on a logarithmic scale, the share up from 0.
import {duration, percent} from '../format.ts';
import {pathOf} from './lines.tsx';
import type {Box} from './time.tsx';
import {Level, unit, useWidth} from './time.tsx';

export interface Point { ns: number; value: number; low: number; high: number }

// Round steps, so that about four of them reach the top.
function stepOf(most: number): number {
  const rough = most / 4, decade = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * decade).find((step) => step >= rough) ?? rough;
}

function Ticks({box, low, high}: {box: Box; low: number; high: number}) {
  const ticks: {x: number; ns: number}[] = [];
  for (let decade = 1e6; decade < 1e12; decade *= 10) {
    for (const ns of [decade, decade * 2, decade * 5]) {
      const x = box.x(Math.log2(ns));
      if (ns >= low && ns <= high && x - (ticks.at(-1)?.x ?? -Infinity) >= 64 * unit()) ticks.push({x, ns});
    }
  }
  return <g>
    <line class="grid" x1={box.left} x2={box.right} y1={box.bottom} y2={box.bottom} />
    {ticks.map(({x, ns}) => <g key={ns}><line class="grid" x1={x} x2={x} y1={box.bottom} y2={box.bottom + 4} />
      <text x={x} y={box.height - 6 * unit()} text-anchor="middle">{duration(ns)}</text></g>)}
  </g>;
}

export function Curve({label, points}: {label: string; points: Point[]}) {
  const {element, width: measured} = useWidth();
  const scale = unit(), width = Math.max(240, measured), height = 190 * scale;
  const first = points[0]!.ns / 1.2, last = points.at(-1)!.ns * 1.2, most = Math.max(1e-4, ...points.map((point) => point.high));
  const left = 58 * scale, right = width - 10, top = 10, bottom = height - 24 * scale;
  const low = Math.log2(first), high = Math.log2(last);
  const box: Box = {width, height, left, right, top, bottom, x: (at) => left + ((at - low) / (high - low)) * (right - left)};
  const y = (value: number): number => bottom - (value / most) * (bottom - top);
  const x = (ns: number): number => box.x(Math.log2(ns));
  const levels: number[] = [];
  for (let level = 0; level <= most; level += stepOf(most)) levels.push(level);
  const edge = [...points.map((p) => `${x(p.ns).toFixed(1)} ${y(p.high).toFixed(1)}`), ...[...points].reverse().map((p) => `${x(p.ns).toFixed(1)} ${y(p.low).toFixed(1)}`)];
  return <div class="chart" ref={element}>
    <svg width={width} height={height} role="img" aria-label={label}>
      {levels.map((level) => <Level key={level} box={box} y={y(level)} text={percent(level, most < 0.02 ? 2 : most < 0.2 ? 1 : 0)} />)}
      <Ticks box={box} low={first} high={last} />
      <path class="band" d={`M${edge.join('L')}Z`} />
      <path class="line w1" d={pathOf(points.map((p) => ({at: p.ns, value: p.value})), x, y)} />
    </svg>
  </div>;
}
