// Latency over time: each cell is the number of attempts of one slice that took that long. Counts of merged histograms,
// so a cell is exact; the table holds the same numbers.
import {count, duration, moment, plural, sliceText} from '../format.ts';
import {Table, Unfold} from '../ui/parts.tsx';
import type {Heatmap} from '../types.ts';
import type {Box, Happening} from './time.tsx';
import {Level, TimeChart} from './time.tsx';

// Seven steps on a logarithmic scale: one attempt must be visible beside a thousand.
const heat = (n: number, most: number): number => 1 + Math.round(6 * (most <= 1 ? 1 : Math.log(n) / Math.log(most)));
const kTableRows = 500;

// The axis is logarithmic. None outside of it.
function yOf(map: Heatmap, box: Box): (ns: number) => number | null {
  const low = Math.log2(map.rows[0]!.lower_ns), high = Math.log2(map.rows.at(-1)!.upper_ns);
  return (ns) => {
    const share = (Math.log2(ns) - low) / (high - low);
    return share < 0 || share > 1 ? null : box.bottom - share * (box.bottom - box.top);
  };
}

function Scale({map, box}: {map: Heatmap; box: Box}) {
  const y = yOf(map, box), levels: {at: number; ns: number}[] = [];
  for (let decade = 1e3; decade < 1e13; decade *= 10) {
    for (const ns of [decade, decade * 2, decade * 5]) {
      const at = y(ns);
      if (at !== null && (levels.at(-1)?.at ?? Infinity) - at >= 18) levels.push({at, ns});
    }
  }
  const limit = map.threshold_ns === null ? null : y(map.threshold_ns);
  return <>
    {levels.map(({at, ns}) => <Level key={ns} box={box} y={at} text={duration(ns)} />)}
    {limit === null ? null : <>
      <line class="limit page" x1={box.left} x2={box.right} y1={limit} y2={limit} />
      <text class="limit-text page" x={box.left + 6} y={limit - 5}>threshold {duration(map.threshold_ns)}</text>
    </>}
  </>;
}

function Cells({map, box}: {map: Heatmap; box: Box}) {
  const most = Math.max(...map.cells.map((cell) => cell[2]));
  const wide = (box.right - box.left) / map.columns, tall = (box.bottom - box.top) / map.rows.length;
  const paths: string[] = Array(8).fill('');
  for (const [column, row, n] of map.cells) {
    const x = box.left + column * wide, y = box.bottom - (row + 1) * tall, w = Math.max(0.8, wide - 0.6).toFixed(1);
    paths[heat(n, most)] += `M${x.toFixed(1)} ${y.toFixed(1)}h${w}v${Math.max(0.8, tall - 0.6).toFixed(1)}h-${w}z`;
  }
  return <>{paths.map((path, step) => (path ? <path key={step} class={`h${step}`} d={path} /> : null))}</>;
}

function CellTable({map}: {map: Heatmap}) {
  const rows = [...map.cells].sort((a, b) => b[0] - a[0] || a[1] - b[1]).slice(0, kTableRows);
  return <Table label="Attempts by time and latency" head={['Time', 'From', 'To', 'Attempts']}>
    {rows.map(([column, row, n]) => <tr key={`${column} ${row}`}>
      <th scope="row">{moment(map.from_unix_s + column * map.step_s)}</th>
      <td>{duration(map.rows[row]!.lower_ns)}</td><td>{duration(map.rows[row]!.upper_ns)}</td><td>{count(n)}</td></tr>)}
  </Table>;
}

export function HeatmapChart({map, happenings}: {map: Heatmap; happenings: Happening[]}) {
  const say = (slice: number): string => {
    const cells = map.cells.filter(([column]) => column === slice);
    const when = sliceText(map.from_unix_s + slice * map.step_s, map.to_unix_s - map.from_unix_s);
    if (cells.length === 0) return `${when}: nothing measured`;
    const total = cells.reduce((sum, cell) => sum + cell[2], 0);
    const most = cells.reduce((best, cell) => (cell[2] > best[2] ? cell : best));
    const rows = cells.map(([, row]) => row);
    return `${when}: ${plural(total, 'attempt')} between ${duration(map.rows[Math.min(...rows)]!.lower_ns)} and ${duration(map.rows[Math.max(...rows)]!.upper_ns)}, most (${count(most[2])}) from ${duration(map.rows[most[1]]!.lower_ns)} to ${duration(map.rows[most[1]]!.upper_ns)}`;
  };
  const outside = map.below_range + map.above_range;
  const rest = <>{plural(map.measured, 'attempt')} measured{outside ? `, ${count(outside)} outside the scale` : ''}
    <span class="heat-key" aria-hidden="true">fewer {[1, 2, 3, 4, 5, 6, 7].map((step) => <i key={step} class={`k${step}`} />)} more</span></>;
  return <>
    <TimeChart label={`Latency of ${map.journey} / ${map.objective} over time`} from={map.from_unix_s} to={map.to_unix_s} step={map.step_s} left={58}
      height={Math.max(140, Math.min(320, 34 + map.rows.length * 14))} happenings={happenings} say={say} rest={rest}
      draw={(box) => <><Cells map={map} box={box} /><Scale map={map} box={box} /></>} />
    <Unfold summary="Show as a table">{() => <CellTable map={map} />}</Unfold>
  </>;
}
