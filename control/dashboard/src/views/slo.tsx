// One objective: what it is now, how it came to that, and what happened meanwhile.
import {sloPath, useApi} from '../api.ts';
import {BudgetChart} from '../charts/budget.tsx';
import {marksOf} from '../charts/happenings.ts';
import {HeatmapChart} from '../charts/heatmap.tsx';
import {StackChart} from '../charts/stack.tsx';
import type {Happening} from '../charts/time.tsx';
import {count, duration, moment, percent, plural, span} from '../format.ts';
import type {Range} from '../route.ts';
import {link, ranges} from '../route.ts';
import type {BudgetCourse, Explained, Heatmap, Journeys, Slo, Timeline} from '../types.ts';
import {Figure} from '../ui/figure.tsx';
import {Badge, BudgetMeter, Empty, Heading, Panel, StateBadge, waiting} from '../ui/parts.tsx';
import {Breakdown} from './breakdown.tsx';
import {BurnPanel} from './burn.tsx';
import {boundsText, RatioFigure} from './overview.tsx';
import {TimelinePanel} from './timeline.tsx';

function Head({slo, range}: {slo: Slo; range: Range}) {
  const corrected = slo.corrected;
  return <section class="panel wide facts-panel" aria-label="Now">
    <p class="muted"><a href={link([], range)}>Objectives</a> › {slo.journey}</p>
    <div class="label-row"><Heading title={`${slo.journey} ${slo.objective}`}>{slo.journey} / {slo.objective}</Heading>
      <span class="badges">{slo.alert ? <Badge kind="missed">{slo.alert.severity === 'page' ? '▲ Paging' : '△ Ticket'} since {moment(slo.alert.since_unix_s)}</Badge> : null}<StateBadge slo={slo} /></span></div>
    <p>{slo.rule}</p>
    <div class="tiles">
      <div class="tile"><h3>Over {span(slo.window_s)}</h3><RatioFigure slo={slo} /><p class="muted">target {slo.target_text}; {boundsText(slo)}</p></div>
      <div class="tile"><BudgetMeter slo={slo} /><p class="muted">{slo.budget_action ? `the policy says: ${slo.budget_action}` : 'the policy asks for nothing'}</p></div>
      {slo.latency_ns ? <LatencyTile slo={slo} /> : null}
      {corrected ? <div class="tile"><h3>With corrections</h3><Figure text={percent(corrected.counts.ratio, 3)} title="What corrections leave" big
        rows={[['Good', count(corrected.counts.good)], ['Bad', count(corrected.counts.bad)], ['Unknown', count(corrected.counts.unknown)]]} /><p class="muted">{corrected.state}</p></div> : null}
    </div>
  </section>;
}

function LatencyTile({slo}: {slo: Slo}) {
  const latency = slo.latency_ns!;
  const rows: [string, string][] = [['Measured', count(latency.measured)], ['Mean', duration(latency.mean)], ['Shortest', duration(latency.min)], ['Longest', duration(latency.max)],
    ['Good', count(slo.counts.good)], ['Bad', count(slo.counts.bad)], ['Unknown', count(slo.counts.unknown)]];
  return <div class="tile"><h3>Latency</h3><dl class="quantiles">{(['p50', 'p75', 'p95', 'p99'] as const).map((name) =>
    <div key={name}><dt>{name.toUpperCase()}</dt><dd><Figure text={duration(latency[name])} title={`${name.toUpperCase()} of the measured attempts`} rows={rows}
      note="From merged histograms: at most 0.55 % off." /></dd></div>)}</dl></div>;
}

function Explanation({data}: {data: Explained}) {
  return <details class="wide"><summary>How this is computed</summary><ul class="sums">{data.explanation.map((line) => <li key={line}>{line}</li>)}</ul><NearestChange data={data} /><Strays data={data} /></details>;
}

function NearestChange({data}: {data: Explained}) {
  const change = data.nearest_change;
  return change ? <p>Nearest change, {span(change.before_s)} before {data.slo.alert ? 'the alert' : 'now'}: {change.what}{change.version ? ` (${change.version})` : ''}</p> : null;
}

function Strays({data}: {data: Explained}) {
  const {orphan, late, duplicate, split_bound} = data.stray_successes;
  if (orphan + late + duplicate === 0) return null;
  return <p>Successes that no attempt waited for: <Figure text={count(orphan + late + duplicate)} title="Successes that no attempt waited for"
    rows={[['Without an attempt', count(orphan)], ['After an end without success', count(late)], ['After a success', count(duplicate)]]}
    note="They are in no outcome. A visitor whom two nodes see in turn may be unknown at one and without an attempt at the other." />; at most {count(split_bound)} of the {plural(data.slo.counts.unknown, 'unknown attempt')} may have succeeded at another node.</p>;
}

function Budget({path, marks}: {path: string; marks: Happening[]}) {
  const answer = useApi<BudgetCourse>(`${path}/budget`);
  return <Panel title="Error budget over the period">
    {waiting(answer, 'The budget')}
    {answer.data ? answer.data.slices.length === 0 ? <Empty>No data yet: no attempt in the period.</Empty> : <BudgetChart course={answer.data} happenings={marks} /> : null}
  </Panel>;
}

function Course({data, marks}: {data: Explained; marks: Happening[]}) {
  const {course} = data;
  const columns = course.slices.map((slice) => ({start: slice.start_unix_s, counts: {good: slice.good, bad: slice.bad, unknown: slice.unknown}}));
  const total = course.slices.reduce((sum, slice) => sum + slice.good + slice.bad + slice.unknown, 0);
  return <Panel title="Good, bad and unknown">
    {columns.length === 0 ? <Empty>No data yet: no attempt counted for this objective in this range.</Empty>
      : <StackChart label="Good, bad and unknown attempts over time" from={course.from_unix_s} to={course.to_unix_s} step={course.step_s} columns={columns} happenings={marks} rest={plural(total, 'attempt')} />}
  </Panel>;
}

function Outcomes({journey, range, marks}: {journey: string; range: Range; marks: Happening[]}) {
  const answer = useApi<Journeys>(`journeys?journey=${encodeURIComponent(journey)}&range=${range}`);
  const data = answer.data, one = data?.journeys[0];
  return <Panel title={`How attempts of ${journey} ended`}>
    {waiting(answer, 'The outcomes')}
    {data && one ? one.slices.length === 0 ? <Empty>No data yet: no attempt ended in this range.</Empty>
      : <StackChart label={`Outcomes of ${journey} over time`} from={data.from_unix_s} to={data.to_unix_s} step={data.step_s} happenings={marks}
        columns={one.slices.map((slice) => ({start: slice.start_unix_s, counts: slice.outcomes}))} rest={`${plural(one.starts, 'attempt')} started`} /> : null}
  </Panel>;
}

function Latencies({slo, range, marks}: {slo: Slo; range: Range; marks: Happening[]}) {
  const query = `heatmap?journey=${encodeURIComponent(slo.journey)}&objective=${encodeURIComponent(slo.objective)}&range=${range}`;
  const answer = useApi<Heatmap>(slo.sli === 'latency' ? query : null);
  if (slo.sli !== 'latency') return null;
  return <Panel title="Latency over time" wide>
    {waiting(answer, 'The latencies')}
    {answer.data ? answer.data.cells.length === 0 ? <Empty>No data yet: no latency was measured in this range.</Empty> : <HeatmapChart map={answer.data} happenings={marks} /> : null}
  </Panel>;
}

export function SloPage({journey, objective, range}: {journey: string; objective: string; range: Range}) {
  const path = sloPath(journey, objective);
  const answer = useApi<Explained>(`${path}?range=${range}`);
  const timeline = useApi<Timeline>(`${path}/timeline?range=${range}`);
  const marks = timeline.data ? marksOf(timeline.data.incidents, timeline.data.changes, timeline.data.corrections) : [];
  const data = answer.data;
  if (!data) return <><Heading title={path}>{journey} / {objective}</Heading>{waiting(answer, 'The objective')}</>;
  return <div class="panels">
    <Head slo={data.slo} range={range} />
    {data.slo.data === 'none' ? <div class="panel wide"><Empty>No node has sent a frame yet. Start bellrock-agent with <code>central: {location.origin}</code> in its document.</Empty></div> : null}
    <Explanation data={data} />
    <h2 class="wide divider">The last {ranges[range]}</h2>
    <BurnPanel slo={data.slo} path={path} range={range} marks={marks} />
    <Budget path={path} marks={marks} />
    <Course data={data} marks={marks} />
    <Outcomes journey={journey} range={range} marks={marks} />
    <Breakdown path={path} range={range} />
    <Latencies slo={data.slo} range={range} marks={marks} />
    <TimelinePanel answer={timeline} range={range} />
  </div>;
}
