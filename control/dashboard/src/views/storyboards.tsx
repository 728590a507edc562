// Attempts that failed, step by step: each on a line of its own time, and as a table.
import {useApi} from '../api.ts';
import {count, duration, moment, plural} from '../format.ts';
import type {Range} from '../route.ts';
import type {Storyboard, Storyboards as Answer, ToldAttempts} from '../types.ts';
import {Empty, pageName, Table, Unfold, waiting} from '../ui/parts.tsx';

type Step = Storyboard['steps'][number];

const ms = (n: number): string => duration(n * 1e6);
const failed = (step: Step): boolean => step.channel === 'end' || (step.status ?? 0) >= 400;
const channels = {request: 'request', response: 'answer', end: 'no answer', beacon: 'beacon', report: 'report'};

function said(step: Step): string {
  const more = [step.status === null ? channels[step.channel] : `status ${step.status}`, step.page === null ? '' : pageName(step.page), step.took_ms === null ? '' : `took ${ms(step.took_ms)}`];
  return `${step.step} at ${ms(step.offset_ms)}: ${more.filter(Boolean).join(', ')}`;
}

// The line is as long as the attempt; a request that was answered is a bar from its begin to its answer.
function Line({story, outcome}: {story: Storyboard; outcome: string}) {
  const all = Math.max(1, story.lasted_ms, ...story.steps.map((step) => step.offset_ms));
  const x = (at: number): number => 6 + (988 * Math.max(0, at)) / all;
  return <svg class="storyboard" viewBox="0 0 1000 34" preserveAspectRatio="none" role="img"
    aria-label={`${outcome} after ${ms(story.lasted_ms)}: ${story.steps.map(said).join('; ')}`}>
    <line x1={x(0)} y1={17} x2={x(story.lasted_ms)} y2={17} />
    {story.steps.map((step, i) => (step.took_ms === null ? null
      : <rect key={`took ${i}`} class={failed(step) ? 'took failed' : 'took'} x={x(step.offset_ms - step.took_ms)} y={11} width={Math.max(2, x(step.offset_ms) - x(step.offset_ms - step.took_ms))} height={12}><title>{said(step)}</title></rect>))}
    {story.clicks.map((click, i) => <rect key={`click ${i}`} class="click" x={x(click.offset_ms) - 1.5} y={26} width={3} height={7}><title>{`${click.kind} at ${ms(click.offset_ms)}`}</title></rect>)}
    {story.steps.map((step, i) => <rect key={`step ${i}`} class={failed(step) ? 'step failed' : 'step'} x={x(step.offset_ms) - 3} y={4} width={6} height={26} rx={2}><title>{said(step)}</title></rect>)}
  </svg>;
}

function Steps({story}: {story: Storyboard}) {
  return <Table label="Steps of the attempt" head={['Step', 'At', '<What', '<Page', 'Status', 'Took']}>
    {story.steps.map((step, i) => <tr key={i}><th scope="row">{step.step}</th><td>{ms(step.offset_ms)}</td><td class="wrap">{channels[step.channel]}</td>
      <td class="wrap">{step.page === null ? '–' : pageName(step.page)}</td><td>{step.status ?? '–'}</td><td>{step.took_ms === null ? '–' : ms(step.took_ms)}</td></tr>)}
    {story.clicks.map((click, i) => <tr key={`click ${i}`}><th scope="row">{click.kind === 'click' ? 'a click' : `${click.kind} click`}</th><td>{ms(click.offset_ms)}</td>
      <td class="wrap">{click.column === null || click.row === null ? 'anywhere' : `${click.column * 2} % from the left, ${click.row} % from the top`}</td><td class="wrap">{click.page === null ? '–' : pageName(click.page)}</td><td>–</td><td>–</td></tr>)}
  </Table>;
}

function Story({story, outcome}: {story: Storyboard; outcome: string}) {
  const last = story.steps[story.steps.length - 1];
  const values = Object.values(story.dimensions).filter((value) => value !== '__other__');
  const left = [story.steps_left_out ? plural(story.steps_left_out, 'more step') : '', story.clicks_left_out ? plural(story.clicks_left_out, 'earlier click') : ''].filter(Boolean);
  return <li>
    <span>{moment(story.window_unix_s)}: {ms(story.lasted_ms)}{last ? `, last ${last.step}${last.status === null ? '' : ` (${last.status})`}` : ''}
      {story.waited_ms === null ? '' : `, left after waiting ${ms(story.waited_ms)}`} <span class="muted">{[...values, ...left].join(', ')}</span>
      {story.replay === null ? null : <> <a href={story.replay} target="_blank" rel="noopener noreferrer">Replay</a></>}</span>
    <Line story={story} outcome={outcome} />
    <Unfold summary="Show as a table">{() => <Steps story={story} />}</Unfold>
  </li>;
}

export function StoryList({outcomes}: {outcomes: ToldAttempts[]}) {
  return <>{outcomes.map((one) => <section key={one.outcome} aria-label={`Storyboards: ${one.outcome}`}>
    <h3>{one.outcome} <span class="muted">{count(one.storyboards.length)} of {plural(one.attempts, 'attempt')}, by chance</span></h3>
    <ol class="storyboards">{one.storyboards.map((story, i) => <Story key={i} story={story} outcome={one.outcome} />)}</ol>
  </section>)}</>;
}

function Told({journey, range}: {journey: string; range: Range}) {
  const answer = useApi<Answer>(`storyboards?range=${range}&journey=${encodeURIComponent(journey)}`);
  return <>
    {waiting(answer, 'The storyboards')}
    {answer.data ? answer.data.outcomes.length ? <StoryList outcomes={answer.data.outcomes} />
      : <Empty>None has come in this time. A Journey asks for them under <code>storyboards: {'{keep: …}'}</code>.</Empty> : null}
  </>;
}

export function Storyboards({journey, range}: {journey: string; range: Range}) {
  return <Unfold summary="Attempts that failed, step by step">{() => <Told journey={journey} range={range} />}</Unfold>;
}
