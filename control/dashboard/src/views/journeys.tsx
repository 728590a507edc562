// Each journey: how far attempts get, how they end and how that went over time, and about how many visitors there were.
import {useApi} from '../api.ts';
import {StackBar, StackChart, sumOf} from '../charts/stack.tsx';
import {count, duration, percent, plural} from '../format.ts';
import type {Range} from '../route.ts';
import {ranges} from '../route.ts';
import type {Effect, Effects as EffectsAnswer, Journey, Journeys, Recovery as RecoveryAnswer, Sessions} from '../types.ts';
import {Figure} from '../ui/figure.tsx';
import {Empty, Heading, waiting} from '../ui/parts.tsx';
import {Effects} from './effects.tsx';
import {Recovery} from './recovery.tsx';
import {Storyboards} from './storyboards.tsx';
import {Visitors} from './visitors.tsx';

function Funnel({journey}: {journey: Journey}) {
  const most = Math.max(1, journey.starts, ...journey.funnel.map((step) => step.count));
  return <ol class="funnel">{journey.funnel.map((step) => {
    const rows: [string, string][] = [['Attempts that reached it', count(step.count)], ['Attempts started', count(journey.starts)],
      ['Half within', duration(step.p50_ns)], ['95 % within', duration(step.p95_ns)], ['99 % within', duration(step.p99_ns)],
      ['Unknown outcomes of the journey', count(journey.outcomes['unknown'] ?? 0)]];
    return <li key={step.step} class={step.kind}>
      <span class="name">{step.step} <span class="muted">{step.kind}</span></span>
      <div class="bar" aria-hidden="true"><div style={{width: `${(step.count / most) * 100}%`}} /></div>
      <span class="value"><Figure text={count(step.count)} title={`Step ${step.step}`} rows={rows} note="Latencies since the attempt's start." />
        {journey.starts ? <span class="muted"> {percent(step.count / journey.starts, 0)}</span> : null}</span>
    </li>;
  })}</ol>;
}

function LedgerText({journey}: {journey: Journey}) {
  const {starts, ended, open, board_lost: lost, balanced} = journey.ledger;
  const rows: [string, string][] = [['Started', count(starts)], ['Ended', count(ended)], ['Open', count(open)], ['Lost with a board', count(lost)]];
  return <p class="muted">Over all time: <Figure text={count(starts)} title={`Ledger of ${journey.name}`} rows={rows} note="What started has ended, is open, or was lost with a board." /> started {balanced ? '=' : '≠'} {count(ended)} ended + {count(open)} open{lost ? ` + ${count(lost)} lost with a board` : ''}
    {balanced ? null : '; frames that are on their way make this differ for a moment'}</p>;
}

interface CardProps { journey: Journey; frame: Journeys; effects: Effect[]; sessions: Sessions | null; recovery: RecoveryAnswer | null }

function Card({journey, frame, effects, sessions, recovery}: CardProps) {
  const total = sumOf(journey.outcomes);
  return <article class="panel" aria-label={journey.name}>
    <div class="panel-head"><h2>{journey.name}</h2><div class="aside">{plural(journey.starts, 'attempt')} started<Visitors of={journey.name} sessions={sessions} />{journey.owner ? `, owned by ${journey.owner}` : ''}</div></div>
    <div class="split">
      <div><h3>Attempts that reached each step</h3><Funnel journey={journey} /></div>
      <div><h3>How attempts ended</h3>
        {total ? <StackBar outcomes={journey.outcomes} /> : <Empty>No data yet: no attempt ended in the last {ranges[frame.range as Range]}. A longer range may have some.</Empty>}
        {journey.slices.length ? <StackChart label={`Outcomes of ${journey.name} over time`} from={frame.from_unix_s} to={frame.to_unix_s} step={frame.step_s}
          columns={journey.slices.map((slice) => ({start: slice.start_unix_s, counts: slice.outcomes}))} rest={`${plural(total, 'attempt')} ended`} legend={false} /> : null}
      </div>
    </div>
    <Recovery of={journey.name} recovery={recovery} />
    <Effects effects={effects} />
    <Storyboards journey={journey.name} range={frame.range as Range} />
    <LedgerText journey={journey} />
  </article>;
}

export function JourneysPage({range}: {range: Range}) {
  const answer = useApi<Journeys>(`journeys?range=${range}`);
  const effects = useApi<EffectsAnswer>(`effects?range=${range}`).data?.effects ?? [];
  const sessions = useApi<Sessions>(`sessions?range=${range}`).data;
  const recovery = useApi<RecoveryAnswer>(`recovery?range=${range}`).data;
  const data = answer.data;
  return <>
    <Heading title="journeys">Journeys <span class="muted">of the last {ranges[range]}</span></Heading>
    {waiting(answer, 'The journeys')}
    {data ? data.journeys.length === 0 ? <Empty>No journey is configured yet. Write one (<code>bellrock journey discover --pcap FILE</code> drafts it) and give it to bellrock-central.</Empty>
      : <div class="rows">{data.journeys.map((journey) => <Card key={journey.name} journey={journey} frame={data} effects={effects.filter((one) => one.journey === journey.name)} sessions={sessions} recovery={recovery} />)}</div> : null}
  </>;
}
