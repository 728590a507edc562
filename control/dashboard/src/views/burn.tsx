// How fast the budget burns: the windows of the policy's pairs over time, and each pair with its thresholds now.
import {useApi} from '../api.ts';
import type {Line} from '../charts/lines.tsx';
import {Legend, LineChart} from '../charts/lines.tsx';
import type {Happening} from '../charts/time.tsx';
import {count, moment, percent, sliceText, span, times} from '../format.ts';
import type {Range} from '../route.ts';
import type {BurnCourse, BurnPair, Reading, Slo} from '../types.ts';
import type {Row} from '../ui/figure.tsx';
import {countRows, Figure} from '../ui/figure.tsx';
import {Badge, Empty, Panel, Table, waiting} from '../ui/parts.tsx';

const kLines = 4;  // more cannot be told apart

// The windows of the pairs that page first; a chart has room for four.
function shownWindows(slo: Slo, course: BurnCourse): number[] {
  const wanted = slo.burn_rates.flatMap((pair) => [pair.long_s, pair.short_s]).filter((seconds) => course.windows_s.includes(seconds));
  return [...new Set(wanted)].slice(0, kLines).sort((a, b) => a - b);
}

function Chart({slo, course, marks}: {slo: Slo; course: BurnCourse; marks: Happening[]}) {
  const windows = shownWindows(slo, course);
  const lines: Line[] = windows.map((seconds, i) => {
    const at = course.windows_s.indexOf(seconds);
    return {name: span(seconds), mark: `w${i + 1}`, points: course.points.map((point) => ({at: point.at_unix_s, value: point.readings[at]?.[0] ?? null}))};
  });
  const limits = slo.burn_rates.filter((pair) => pair.can_fire).map((pair) => ({value: pair.factor, text: `${pair.severity} ${times(pair.factor)}`, severity: pair.severity}));
  const say = (slice: number): string => {
    const point = course.points[slice];
    const when = sliceText(course.from_unix_s + (slice + 1) * course.step_s, course.to_unix_s - course.from_unix_s);
    if (!point) return `${when}: not yet`;
    return `Until ${sliceText(point.at_unix_s, course.to_unix_s - course.from_unix_s)}: ${windows.map((seconds) => {
      const [rate, good, bad, unknown] = point.readings[course.windows_s.indexOf(seconds)]!;
      return `${span(seconds)} ${times(rate)} (${count(good)} good, ${count(bad)} bad, ${count(unknown)} unknown)`;
    }).join('; ')}`;
  };
  return <>
    <LineChart label="Burn rates over time" from={course.from_unix_s} to={course.to_unix_s} step={course.step_s} lines={lines} limits={limits} happenings={marks} say={say}
      rest="At 1× the budget lasts exactly its period. Dashed: where alerts begin, when both windows of a pair are above." />
    <Legend lines={lines} />
  </>;
}

const judgedRows = (judged?: BurnPair['judged_long']): Row[] =>
  judged ? [['Judged since', moment(judged.from_unix_s)], ['Burn rate since', times(judged.burn_rate)], ['Bad since', count(judged.bad)]] : [];

function ReadingFigure({reading, seconds, judged}: {reading: Reading | null; seconds: number; judged?: BurnPair['judged_long']}) {
  if (!reading) return <>–</>;
  return <Figure text={times(reading.burn_rate)} title={`Burn rate of the last ${span(seconds)}`} rows={[...countRows(reading), ...judgedRows(judged)]}
    note="Bad of all attempts, by what the target allows. Corrections are taken out. What came before the recovery of an incident does not alert again." />;
}

const holdText = (pair: BurnPair): string => (!pair.can_fire ? 'never: the target is too low' : pair.holds === null ? 'not looked at yet' : pair.holds ? 'burning' : 'no');

function Pairs({slo}: {slo: Slo}) {
  return <Table label="Pairs of windows" head={['Alert', 'Long', 'Short', 'From', 'Long now', 'Short now', 'Holds', 'After a full outage']}>
    {slo.burn_rates.map((pair) => <tr key={`${pair.severity} ${pair.long_s}`}>
      <th scope="row">{pair.severity}</th><td>{span(pair.long_s)}</td><td>{span(pair.short_s)}</td>
      <td><Figure text={times(pair.factor)} title="Where the pair begins to hold" rows={[['Bad of all attempts', percent(pair.error_ratio, 3)], ['Enough failures to tell', pair.enough_failures === null ? '–' : pair.enough_failures ? 'yes' : 'no']]} /></td>
      <td><ReadingFigure reading={pair.long} seconds={pair.long_s} judged={pair.judged_long} /></td><td><ReadingFigure reading={pair.short} seconds={pair.short_s} /></td>
      <td>{pair.holds ? <Badge kind="missed">burning</Badge> : holdText(pair)}</td><td>{span(pair.full_outage_s)}</td>
    </tr>)}
  </Table>;
}

export function BurnPanel({slo, path, range, marks}: {slo: Slo; path: string; range: Range; marks: Happening[]}) {
  const answer = useApi<BurnCourse>(`${path}/burn?range=${range}`);
  const course = answer.data;
  const any = course?.points.some((point) => point.readings.some(([rate]) => rate !== null));
  return <Panel title="Burn rate" wide>
    {waiting(answer, 'The burn rates')}
    {course ? any ? <Chart slo={slo} course={course} marks={marks} /> : <Empty>No data yet: no attempt in any window.</Empty> : null}
    {slo.burn_rates.length ? <Pairs slo={slo} /> : <Empty>The policy has no burn-rate alerts.</Empty>}
  </Panel>;
}
