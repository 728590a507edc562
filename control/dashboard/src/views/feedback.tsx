// What visitors answered when they were asked, by how their attempts ended and by how long the latency took. Where there
// are too few answers the API has no figure, and the page says how many there are.
import {useApi} from '../api.ts';
import {AnswerColumns} from '../charts/answers.tsx';
import {inOrder} from '../charts/stack.tsx';
import {count, duration, percent, plural, signed} from '../format.ts';
import type {Range} from '../route.ts';
import {ranges} from '../route.ts';
import type {Answers, Feedback, FeedbackOfJourneys} from '../types.ts';
import {Figure} from '../ui/figure.tsx';
import type {Row} from '../ui/figure.tsx';
import {Empty, Heading, Panel, Table, waiting} from '../ui/parts.tsx';

interface Group { name: string; first: number; last: number; mark: string }
interface Scale { name: string; score: string; first: number; last: number; groups: Group[]; text: (score: number) => string; note: string }

// Answers and groups as they are published; effort has none, and which end is good is the question's own.
const scales: Record<Answers['question'], Scale> = {
  nps: {name: 'recommendation (NPS)', score: 'NPS', first: 0, last: 10, text: signed, note: 'Promoters less detractors, of 100 answers.',
    groups: [{name: 'promoters', first: 9, last: 10, mark: 'a-good'}, {name: 'passives', first: 7, last: 8, mark: 'a-middle'}, {name: 'detractors', first: 0, last: 6, mark: 'a-low'}]},
  csat: {name: 'satisfaction (CSAT)', score: 'Satisfied', first: 1, last: 5, text: (score) => percent(score, 1), note: 'Those who gave 4 or 5, of all who answered.',
    groups: [{name: 'satisfied', first: 4, last: 5, mark: 'a-good'}, {name: 'others', first: 1, last: 3, mark: 'a-middle'}]},
  ces: {name: 'effort (CES)', score: 'Mean', first: 1, last: 7, text: (score) => score.toFixed(2), note: 'The mean of the answers.', groups: []},
};

type Outcome = Feedback['outcomes'][number];
type Band = Answers['by_latency'][number];
interface Asked { outcome: string; attempts: number; answers: Answers }

const answersOf = (scale: Scale): number[] => Array.from({length: scale.last - scale.first + 1}, (_, i) => scale.first + i);
const groupCount = (group: Group, counts: Record<string, number>): number =>
  Object.entries(counts).reduce((sum, [answer, n]) => (Number(answer) >= group.first && Number(answer) <= group.last ? sum + n : sum), 0);
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function Score({of, scale, scored}: {of: string; scale: Scale; scored: Answers | Band}) {
  const counts = scored.counts ?? {};
  const rows: Row[] = [['Answers', count(scored.answers)], ...scale.groups.map((group): Row => [`${capital(group.name)} (${group.first} to ${group.last})`, count(groupCount(group, counts))]),
    ['Mean', scored.mean?.toFixed(2) ?? '–'], ...answersOf(scale).map((answer): Row => [`Answered ${answer}`, count(counts[answer] ?? 0)])];
  return <Figure text={scored.score === null ? '–' : scale.text(scored.score)} title={of} rows={rows} note={scale.note} />;
}

function Distribution({scale, scored}: {scale: Scale; scored: Answers | Band}) {
  const counts = scored.counts ?? {};
  return <>
    <AnswerColumns counts={counts} first={scale.first} last={scale.last} mark={(answer) => scale.groups.find((group) => answer >= group.first && answer <= group.last)?.mark ?? 'a-plain'} />
    <span class="muted">{scale.groups.map((group) => `${count(groupCount(group, counts))} ${group.name} (${percent(groupCount(group, counts) / scored.answers, 1)})`).join(', ')}</span>
  </>;
}

const tooFew = (answers: number, least: number): string => `too few answers (${count(answers)} of ${count(least)})`;

function Rate({of, asked}: {of: string; asked: Asked}) {
  const {attempts, answers} = asked;
  const rows: Row[] = [['Attempts that ended so', count(attempts)], ['Answered', count(answers.answers)], ['Did not', count(Math.max(0, attempts - answers.answers))]];
  return <Figure text={percent(answers.response_rate, 1)} title={of} rows={rows} note="Answers by attempts that ended so. An answer after the end is in the time in which it came." />;
}

function ByOutcome({journey, scale, all, least}: {journey: string; scale: Scale; all: Asked[]; least: number}) {
  return <Table label={`${journey}: ${scale.name} by how attempts ended`} head={['<Attempts ended', 'Answers', 'Response', scale.score, `<Answers ${scale.first} to ${scale.last}`]}>
    {all.map((asked) => <tr key={asked.outcome}>
      <th scope="row" class="wrap">{asked.outcome}</th><td>{count(asked.answers.answers)}</td>
      {asked.answers.reason ? <td class="wrap muted" colSpan={3}>{tooFew(asked.answers.answers, least)}</td> : <>
        <td><Rate of={`Response, ${asked.outcome}`} asked={asked} /></td>
        <td><Score of={`${scale.score}, ${asked.outcome}`} scale={scale} scored={asked.answers} /></td>
        <td class="wrap spread"><Distribution scale={scale} scored={asked.answers} /></td></>}
    </tr>)}
  </Table>;
}

const edges: Band['latency'][] = ['0ms', '200ms', '400ms', '800ms', '1600ms', '3200ms', '6400ms'];
const text = (edge: Band['latency']): string => duration(parseInt(edge, 10) * 1e6);

function bandText(latency: Band['latency']): string {
  if (latency === 'unmeasured') return 'not measured';
  const next = edges[edges.indexOf(latency) + 1];
  if (next === undefined) return `from ${text(latency)}`;
  return latency === '0ms' ? `under ${text(next)}` : `${text(latency)} – ${text(next)}`;
}

function ByLatency({feedback, scale, all, least}: {feedback: Feedback; scale: Scale; all: Asked[]; least: number}) {
  const measured = all.filter(({answers}) => answers.by_latency.length > 0);
  if (feedback.step === null || measured.length === 0) return null;
  return <div>
    <h3>By the latency to {feedback.step}</h3>
    <Table label={`${feedback.journey}: ${scale.name} by latency`} head={['<Latency', 'Answers', scale.score, `<Answers ${scale.first} to ${scale.last}`]}>
      {measured.map(({outcome, answers}) => [
        <tr key={outcome} class="group"><th scope="rowgroup" colSpan={4}>{outcome}</th></tr>,
        ...answers.by_latency.map((band) => <tr key={`${outcome} ${band.latency}`}>
          <th scope="row" class="wrap">{bandText(band.latency)}</th><td>{count(band.answers)}</td>
          {band.reason ? <td class="wrap muted" colSpan={2}>{tooFew(band.answers, least)}</td> : <>
            <td><Score of={`${scale.score}, ${outcome}, ${bandText(band.latency)}`} scale={scale} scored={band} /></td>
            <td class="wrap spread"><Distribution scale={scale} scored={band} /></td></>}
        </tr>)])}
    </Table>
  </div>;
}

function Question({feedback, question, least}: {feedback: Feedback; question: Answers['question']; least: number}) {
  const scale = scales[question];
  const all: Asked[] = inOrder(feedback.outcomes.map(({outcome}) => outcome)).flatMap((name) => {
    const {outcome, attempts, questions} = feedback.outcomes.find((one) => one.outcome === name) as Outcome;
    const answers = questions.find((one) => one.question === question);
    return answers ? [{outcome, attempts, answers}] : [];
  });
  const given = all.reduce((sum, {answers}) => sum + answers.answers, 0);
  return <Panel title={`${feedback.journey}: ${scale.name}`} aside={plural(given, 'answer')}>
    {scale.groups.length ? <ul class="legend" aria-hidden="true">{scale.groups.map((group) => <li key={group.name}><i class={group.mark} />{group.name}, {group.first} to {group.last}</li>)}</ul>
      : <p class="muted">Which end is good depends on how the question was put.</p>}
    <div class="split">
      <div><h3>By how attempts ended</h3><ByOutcome journey={feedback.journey} scale={scale} all={all} least={least} /></div>
      <ByLatency feedback={feedback} scale={scale} all={all} least={least} />
    </div>
  </Panel>;
}

function Journey({feedback, least}: {feedback: Feedback; least: number}) {
  const asked = new Set(feedback.outcomes.flatMap(({questions}) => questions.map(({question}) => question)));
  const kept = [feedback.unplaced ? `${plural(feedback.unplaced, 'answer')} in no band of latency, for want of room` : '',
    feedback.other_versions ? `${plural(feedback.other_versions, 'answer')} under other rules in no figure` : ''].filter(Boolean);
  if (asked.size === 0) return <Panel title={feedback.journey}><Empty>No data yet: no attempt ended in this time, and nobody answered.</Empty></Panel>;
  return <>
    {(['nps', 'csat', 'ces'] as const).filter((question) => asked.has(question)).map((question) => <Question key={question} feedback={feedback} question={question} least={least} />)}
    {kept.length ? <p class="muted">{feedback.journey}: {kept.join('; ')}.</p> : null}
  </>;
}

export function FeedbackPage({range}: {range: Range}) {
  const answer = useApi<FeedbackOfJourneys>(`feedback?range=${range}`), data = answer.data;
  return <>
    <Heading title="feedback">Feedback <span class="muted">of the last {ranges[range]}: what visitors answered, by how their attempts ended</span></Heading>
    {waiting(answer, 'The feedback')}
    {data ? data.feedback.length === 0 ? <Empty>No journey asks its visitors anything yet. A Journey says under <code>feedback</code> which questions its pages ask; <code>bellrock.feedback</code> of the snippet sends the answers.</Empty>
      : <div class="rows">{data.feedback.map((feedback) => <Journey key={feedback.journey} feedback={feedback} least={data.min_answers} />)}</div> : null}
  </>;
}
