// All incidents, and changes with what became of the objectives after them.
import {useState} from 'preact/hooks';
import {useApi} from '../api.ts';
import {endOf} from '../charts/happenings.ts';
import {count, percent, plural} from '../format.ts';
import type {Range} from '../route.ts';
import {ranges} from '../route.ts';
import type {Change, ChangeReview, Changes, Frame, Incidents} from '../types.ts';
import {Figure} from '../ui/figure.tsx';
import {Badge, Empty, Heading, Panel, waiting} from '../ui/parts.tsx';
import {ChangeTable, IncidentTable, TimelineChart} from './timeline.tsx';

const verdicts = {good: 'met', bad: 'missed', inconclusive: 'none'} as const;

// Verdicts cost the centre two sums for each objective: they are asked for one change at a time.
function Verdict({change}: {change: Change}) {
  const [asked, setAsked] = useState(false);
  const answer = useApi<ChangeReview>(asked ? `changes/${change.id}` : null);
  if (!asked) return <button type="button" class="quiet" onClick={() => setAsked(true)}>Judge</button>;
  if (!answer.data) return waiting(answer, 'The verdict');
  return <ul class="plain">{(answer.data.change.objectives ?? []).map((one) => <li key={`${one.journey}/${one.objective}`}>
    <Badge kind={verdicts[one.verdict]}>{one.verdict}</Badge> <Figure text={`${one.journey}/${one.objective}`} title="An hour before, and after" note={one.reason}
      rows={[['Before', percent(one.before.ratio, 3)], ['Good, bad, unknown', `${count(one.before.good)}, ${count(one.before.bad)}, ${count(one.before.unknown)}`],
        ['After', percent(one.after.ratio, 3)], ['Good, bad, unknown then', `${count(one.after.good)}, ${count(one.after.bad)}, ${count(one.after.unknown)}`]]} />
  </li>)}</ul>;
}

const seconds: Record<Range, [number, number]> = {'1h': [3_600, 60], '6h': [21_600, 300], '24h': [86_400, 900], '7d': [604_800, 7_200], '28d': [2_419_200, 28_800]};

function frameOf(range: Range, now: number): Frame {
  const [length, step] = seconds[range];
  const to = now - (now % step) + step;
  return {range, from_unix_s: to - length, to_unix_s: to, step_s: step};
}

export function IncidentsPage({range}: {range: Range}) {
  const incidents = useApi<Incidents>('incidents'), changes = useApi<Changes>('changes?verdicts=false');
  const all = incidents.data?.incidents ?? [], marked = changes.data?.changes ?? [];
  const frame = incidents.data ? frameOf(range, incidents.data.now_unix_s) : null;
  const shown = frame ? all.filter((one) => one.onset_unix_s < frame.to_unix_s && (endOf(one) ?? frame.to_unix_s) > frame.from_unix_s) : [];
  const made = frame ? marked.filter((one) => one.at_unix_s >= frame.from_unix_s && one.at_unix_s < frame.to_unix_s) : [];
  return <>
    <Heading title="incidents">Incidents and changes</Heading>
    <div class="panels">
      <Panel title={`The last ${ranges[range]}`} wide>
        {waiting(incidents, 'The incidents')}
        {frame ? shown.length + made.length ? <TimelineChart frame={frame} incidents={shown} changes={made} now={incidents.data!.now_unix_s} />
          : <Empty>Nothing happened in this range.</Empty> : null}
      </Panel>
      <Panel title="Incidents" aside="the newest first" wide>
        {incidents.data ? all.length ? <><IncidentTable incidents={all} range={range} />
          {incidents.data.older ? <p class="muted">{plural(incidents.data.older, 'older incident')} not shown</p> : null}</>
          : <Empty>No incident yet. One begins when an objective burns its budget faster than its policy allows.</Empty> : null}
      </Panel>
      <Panel title="Changes" aside="the newest first" wide>
        {waiting(changes, 'The changes')}
        {changes.data ? marked.length ? <><ChangeTable changes={marked}>{(change) => <Verdict change={change} />}</ChangeTable>
          {changes.data.older ? <p class="muted">{plural(changes.data.older, 'older change')} not shown</p> : null}</>
          : <Empty>No change is marked yet. From a pipeline: <code>bellrock change mark "what" --journey NAME --release VERSION</code>.</Empty> : null}
      </Panel>
    </div>
  </>;
}
