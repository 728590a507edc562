// Incidents with their onset, page and recovery, and the changes between them, on one axis of time and as a table.
import type {Answer} from '../api.ts';
import {endOf} from '../charts/happenings.ts';
import type {Box} from '../charts/time.tsx';
import {TimeChart, unit} from '../charts/time.tsx';
import {count, moment, plural, sliceText, span} from '../format.ts';
import type {Range} from '../route.ts';
import {link} from '../route.ts';
import type {Change, Correction, Frame, Incident, Timeline} from '../types.ts';
import {countRows, Figure} from '../ui/figure.tsx';
import {Badge, Empty, Panel, Table, waiting} from '../ui/parts.tsx';

// What late counts took back was nothing that happened.
export const stateOf = (one: Incident): string => one.withdrawn ? 'withdrawn' : one.state;
const name = (one: Incident): string => `${one.journey}/${one.objective}`;

function Bar({box, one, y, to}: {box: Box; one: Incident; y: number; to: number}) {
  const clamp = (x: number): number => Math.max(box.left, Math.min(box.right, x));
  const from = clamp(box.x(one.onset_unix_s)), end = clamp(box.x(endOf(one) ?? to));
  return <g>
    <rect class={`incident ${one.severity} ${one.state}`} x={from} y={y} width={Math.max(3, end - from)} height={14 * unit()} rx={3}><title>{`incident ${one.id}`}</title></rect>
    {one.paged_unix_s && box.x(one.paged_unix_s) >= box.left ? <path class="paged" d={`M${clamp(box.x(one.paged_unix_s))} ${y - 3}v${14 * unit() + 6}`} /> : null}
  </g>;
}

interface ChartProps { frame: Frame; incidents: Incident[]; changes: Change[]; now: number }

export function TimelineChart({frame, incidents: all, changes, now}: ChartProps) {
  const incidents = all.filter((one) => !one.withdrawn);
  const lanes = [...new Set(incidents.map(name))];
  const kLane = 24, height = 10 + Math.max(1, lanes.length) * kLane + 24;
  const say = (slice: number): string => {
    const from = frame.from_unix_s + slice * frame.step_s, to = from + frame.step_s;
    const going = incidents.filter((one) => one.onset_unix_s < to && (endOf(one) ?? now) > from).map((one) => `incident ${one.id} of ${name(one)}`);
    const made = changes.filter((one) => one.at_unix_s >= from && one.at_unix_s < to).map((one) => `change: ${one.what} ${one.version}`);
    return `${sliceText(from, frame.to_unix_s - frame.from_unix_s)}: ${[...going, ...made].join('; ') || 'nothing'}`;
  };
  const draw = (box: Box) => <>
    {incidents.map((one) => <Bar key={one.id} box={box} one={one} y={box.top + (lanes.indexOf(name(one)) * kLane + 5) * unit()} to={now} />)}
  </>;
  const marks = changes.map((one) => ({from: one.at_unix_s, to: one.at_unix_s, kind: 'change' as const, text: `${one.what} ${one.version}`}));
  return <TimeChart label="Incidents and changes over time" from={frame.from_unix_s} to={frame.to_unix_s} step={frame.step_s} left={10} height={height}
    happenings={marks} say={say} draw={draw} rest={`${plural(incidents.length, 'incident')}, ${plural(changes.length, 'change')}. Bars run from the first sign to the recovery, the stroke is when somebody was paged; ▾ are changes.`} />;
}

export function IncidentTable({incidents, range}: {incidents: Incident[]; range: Range}) {
  return <Table label="Incidents" head={['Incident', '<Objective', '<State', 'First sign', 'Noticed', 'Paged', 'Recovered', 'Lasted', 'Bad attempts']}>
    {incidents.map((one) => <tr key={one.id}>
      <th scope="row"><a href={link(['incidents', one.id], range)}>{one.id}</a></th>
      <td class="wrap"><a href={link(['slo', one.journey, one.objective], range)}>{name(one)}</a></td>
      <td class="wrap"><Badge kind={one.state === 'open' ? 'missed' : 'none'}>{one.severity}, {stateOf(one)}</Badge></td>
      <td>{moment(one.onset_unix_s)}</td>
      <td><Figure text={span(one.seconds_to_detect)} title="From the first sign to the first alert" rows={[['First sign', moment(one.onset_unix_s)], ['Noticed', moment(one.detected_unix_s)]]} /></td>
      <td>{one.paged_unix_s ? moment(one.paged_unix_s) : '–'}</td>
      <td>{one.recovered_unix_s ? moment(one.recovered_unix_s) : '–'}</td>
      <td>{span(one.seconds_to_recover)}</td>
      <td><Figure text={count(one.counts.bad)} title={`Counts of incident ${one.id}`} rows={countRows(one.counts)} note="From the first sign to the recovery, or so far." /></td>
    </tr>)}
  </Table>;
}

export function ChangeTable({changes, children}: {changes: Change[]; children?: (change: Change) => preact.ComponentChildren}) {
  return <Table label="Changes" head={['At', '<Journey', '<What', '<Version', '<Who', ...(children ? ['<Verdict'] : [])]}>
    {changes.map((one) => <tr key={one.id}><th scope="row">{moment(one.at_unix_s)}</th><td class="wrap">{one.journey || 'all'}</td><td class="wrap">{one.what}</td>
      <td class="wrap">{one.version || '–'}</td><td class="wrap">{one.who || '–'}</td>{children ? <td class="wrap">{children(one)}</td> : null}</tr>)}
  </Table>;
}

export function CorrectionTable({corrections}: {corrections: Correction[]}) {
  return <Table label="Corrections" head={['From', 'To', '<Why', '<Who']}>
    {corrections.map((one) => <tr key={one.id}><th scope="row">{moment(one.from_unix_s)}</th><td>{moment(one.to_unix_s)}</td><td class="wrap">{one.revokes === null ? one.why : `revokes ${one.revokes}: ${one.why}`}</td><td class="wrap">{one.who}</td></tr>)}
  </Table>;
}

export function TimelinePanel({answer, range}: {answer: Answer<Timeline>; range: Range}) {
  const data = answer.data;
  return <Panel title="Incidents and changes" wide>
    {waiting(answer, 'The incidents')}
    {data ? <>
      {data.incidents.length + data.changes.length === 0 ? <Empty>Nothing happened in this range. Mark a change: <code>bellrock change mark "what"</code>.</Empty>
        : <TimelineChart frame={data} incidents={data.incidents} changes={data.changes} now={data.now_unix_s} />}
      {data.incidents.length ? <IncidentTable incidents={data.incidents} range={range} /> : null}
      {data.changes.length ? <ChangeTable changes={data.changes} /> : null}
      {data.corrections.length ? <><h3>Corrections</h3><CorrectionTable corrections={data.corrections} /></> : null}
    </> : null}
  </Panel>;
}
