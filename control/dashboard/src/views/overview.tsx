// Every objective as a card: state, ratio with its bounds, budget, and how fast it burned over the range.
import {useState} from 'preact/hooks';
import {useApi} from '../api.ts';
import {Spark} from '../charts/lines.tsx';
import {count, moment, percent, percentUp, placesOf, plural, span, times} from '../format.ts';
import type {Range} from '../route.ts';
import {link, ranges} from '../route.ts';
import type {Frame, Sessions, Slo, Slos} from '../types.ts';
import {countRows, Figure} from '../ui/figure.tsx';
import {Composites} from './composites.tsx';
import {Badge, BudgetMeter, Empty, Heading, StateBadge, waiting} from '../ui/parts.tsx';
import {VisitorsOfAll} from './visitors.tsx';

// The part of 0..100 % that the bounds and the target need, so that 99.1 and 99.2 can be told apart.
function scaleOf(slo: Slo): number {
  const low = Math.min(slo.lower ?? 1, slo.target);
  return [0.999, 0.99, 0.98, 0.95, 0.9, 0.75, 0.5].find((start) => low > start + (1 - start) * 0.1) ?? 0;
}

export function boundsText(slo: Slo): string {
  const places = placesOf(slo.target_text);
  if (slo.lower === null) return 'nothing to judge yet';
  return slo.counts.unknown === 0 ? 'exact: nothing is unknown' : `between ${percent(slo.lower, places)} and ${percentUp(slo.upper, places)}`;
}

function Scale({slo}: {slo: Slo}) {
  const start = scaleOf(slo);
  const at = (ratio: number): number => Math.max(0, (ratio - start) / (1 - start)) * 100;
  return <>
    <div class="scale" aria-hidden="true">
      {slo.lower === null || slo.upper === null ? null
        : <div class="span" style={{left: `min(${at(slo.lower)}%, calc(100% - 4px))`, width: `max(4px, ${at(slo.upper) - at(slo.lower)}%)`}} />}
      <div class="mark" style={{left: `${at(slo.target)}%`}} />
    </div>
    <div class="ends"><span aria-hidden="true">{percent(start, start > 0.99 ? 1 : 0)}</span><span>{boundsText(slo)}</span><span aria-hidden="true">100 %</span></div>
  </>;
}

export function RatioFigure({slo}: {slo: Slo}) {
  const places = placesOf(slo.target_text), counts = slo.counts;
  const rows = countRows(counts);
  if (counts.board_lost) rows.push(['Of these lost with a board', count(counts.board_lost)]);
  rows.push(['Excluded', count(counts.excluded)], ['Never reached the step that counts', count(counts.funnel)]);
  if (slo.sli === 'latency') rows.push(['Bad because they failed', count(counts.bad_failed)], ['Bad because they ended too late', count(counts.bad_ended)], ['Ended before the threshold', count(counts.censored)]);
  rows.push(['Lowest it can be', percent(slo.lower, places + 1)], ['Highest it can be', percentUp(slo.upper, places + 1)]);
  return <Figure big text={percent(slo.ratio, places)} title={`${slo.journey} / ${slo.objective}`} rows={rows}
    note={`Good among good and bad: ${slo.rule}`} />;
}

const dataTexts = {none: 'no node has reported', quiet: 'nodes report, nobody came', partial: '', full: ''};

function burnValues(slo: Slo, frame: Frame): (number | null)[] {
  const values: (number | null)[] = Array(Math.round((frame.to_unix_s - frame.from_unix_s) / frame.step_s)).fill(null);
  for (const [slice, good, bad, unknown] of slo.course ?? []) {
    if (slo.target < 1 && good + bad + unknown > 0) values[slice] = bad / (good + bad + unknown) / (1 - slo.target);
  }
  return values;
}

function Card({slo, frame, range}: {slo: Slo; frame: Frame | undefined; range: Range}) {
  const values = frame ? burnValues(slo, frame) : [];
  const last = values.findLast((value) => value !== null);
  const worst = Math.max(0, ...values.map((value) => value ?? 0));
  return <article class={`card ${slo.state}`}>
    <div class="card-head">
      <h3><a href={link(['slo', slo.journey, slo.objective], range)}>{slo.journey} / {slo.objective}</a></h3>
      <span class="badges">{slo.alert ? <Badge kind="missed">{slo.alert.severity === 'page' ? '▲ Paging' : '△ Ticket'}</Badge> : null}<StateBadge slo={slo} /></span>
      <p>{slo.rule}</p>
    </div>
    <div>
      <div class="headline"><RatioFigure slo={slo} /><span class="muted">target {slo.target_text}</span></div>
      <Scale slo={slo} />
    </div>
    <BudgetMeter slo={slo} />
    <div class="burn">
      <div class="label-row"><span>Burn rate, {ranges[range]}</span><span>{worst === 0 && last === undefined ? '–' : `${times(last)} now, ${times(worst)} max`}</span></div>
      <Spark values={values} limit={1} label={`Burn rate over ${ranges[range]}, at most ${times(worst)}; at 1× the budget lasts exactly its period`} />
    </div>
    {dataTexts[slo.data] ? <p class="muted">{dataTexts[slo.data]}</p> : null}
    {slo.partial_because.map((text) => <p class="muted" key={text}>{text}</p>)}
  </article>;
}

const orders = {
  written: 'as configured', budget: 'least budget left', burn: 'alerts first',
} as const;
type Order = keyof typeof orders;

const left = (slo: Slo): number => slo.budget?.left_ratio ?? 2;
const alarm = (slo: Slo): number => (slo.alert ? (slo.alert.severity === 'page' ? 0 : 1) : slo.state === 'missed' ? 2 : 3);

function sorted(slos: Slo[], order: Order): Slo[] {
  if (order === 'written') return slos;
  return [...slos].sort((a, b) => (order === 'budget' ? left(a) - left(b) : alarm(a) - alarm(b) || left(a) - left(b)));
}

function Summary({slos}: {slos: Slo[]}) {
  const of = (state: Slo['state']): number => slos.filter((slo) => slo.state === state).length;
  const firing = slos.filter((slo) => slo.alert).length;
  return <p class="summary">{plural(slos.length, 'objective')}: {of('met')} met, {of('missed')} missed, {of('unproven')} unproven, {of('no_data')} without data{of('no_target') ? `, ${of('no_target')} without target` : ''}{firing ? <b>; {plural(firing, 'alert')} firing</b> : null}</p>;
}

export function Overview({range}: {range: Range}) {
  const answer = useApi<Slos>(`slos?range=${range}`);
  const sessions = useApi<Sessions>(`sessions?range=${range}`).data;
  const [filter, setFilter] = useState(''), [order, setOrder] = useState<Order>('written');
  const data = answer.data;
  const wanted = filter.trim().toLowerCase();
  const shown = sorted((data?.slos ?? []).filter((slo) => `${slo.journey} / ${slo.objective}`.toLowerCase().includes(wanted)), order);
  const period = data && new Set(data.slos.map((slo) => slo.window_s)).size === 1 ? data.slos[0]!.window_s : null;
  return <>
    <Heading title="overview">Objectives</Heading>
    {waiting(answer, 'The objectives')}
    {data ? <>
      <div class="toolbar">
        <Summary slos={data.slos} />
        <p class="muted">{period ? `judged over ${span(period)}, from ${moment(data.now_unix_s - period)}` : 'each judged over its own period'}</p>
        {data.slos.length > 3 ? <>
          <label>Find <input type="search" value={filter} placeholder="journey or objective" onInput={(event) => setFilter(event.currentTarget.value)} /></label>
          <label>Order <select value={order} onChange={(event) => setOrder(event.currentTarget.value as Order)}>
            {Object.entries(orders).map(([value, text]) => <option key={value} value={value}>{text}</option>)}</select></label>
        </> : null}
        <VisitorsOfAll sessions={sessions} range={range} />
      </div>
      {data.slos.length === 0 ? <Empty>No objective is configured yet. Give bellrock-central a Journey document with objectives, and send it SIGHUP.</Empty> : null}
      {data.slos.length > 0 && data.slos.every((slo) => slo.data === 'none')
        ? <Empty>No data yet: no node has sent a frame. Start bellrock-agent with <code>central: {location.origin}</code> in its document.</Empty> : null}
      {data.slos.length > 0 && shown.length === 0 ? <Empty>No objective has “{filter}” in its name.</Empty> : null}
      <div class="cards">{shown.map((slo) => <Card key={`${slo.journey}\n${slo.objective}`} slo={slo} frame={data.course} range={range} />)}</div>
      <Composites all={data.composites} range={range} />
    </> : null}
  </>;
}
