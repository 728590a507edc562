// One incident with what a review needs.
import {useApi} from '../api.ts';
import {StackBar, StackChart, sumOf} from '../charts/stack.tsx';
import {marksOf} from '../charts/happenings.ts';
import {count, moment, percent, plural, span} from '../format.ts';
import type {Range} from '../route.ts';
import {link} from '../route.ts';
import type {IncidentReview} from '../types.ts';
import {countRows, Figure} from '../ui/figure.tsx';
import {Badge, Empty, Heading, Panel, waiting} from '../ui/parts.tsx';
import {DimensionTable} from './breakdown.tsx';
import {StoryList} from './storyboards.tsx';
import {ChangeTable, CorrectionTable, stateOf} from './timeline.tsx';

function Facts({data}: {data: IncidentReview}) {
  const one = data.incident, left = data.corrected?.counts ?? one.counts, counted = data.corrected?.counted;
  const facts: [string, preact.ComponentChildren][] = [
    ...(one.withdrawn ? [['Withdrawn', 'counts that came late say that it never was; what it says is what was known before'] as [string, string]] : []),
    ['First sign in the counts', moment(one.onset_unix_s)],
    ['Noticed', `${moment(one.detected_unix_s)}, ${span(one.seconds_to_detect)} later`],
    ['Paged', one.paged_unix_s ? moment(one.paged_unix_s) : 'nobody was paged'],
    ['Recovered', one.recovered_unix_s ? `${moment(one.recovered_unix_s)}, ${span(one.seconds_to_recover)} after the first sign` : one.retired ? 'not known: it was closed by a change of the configuration' : 'not yet'],
    ['Became known', one.known_unix_s ? moment(one.known_unix_s) : 'when it was over, by counts that came late'],
    ['Bad attempts', <Figure text={count(left.bad)} title="From the first sign to the recovery" rows={countRows(left)} />],
    ...(counted ? [['Bad attempts without corrections', <Figure text={count(counted.bad)} title="All that was counted in that time" rows={countRows(counted)} />] as [string, preact.ComponentChildren]] : []),
    ['Of the budget', data.budget_share === undefined ? 'the objective is no longer configured'
      : <Figure text={percent(data.budget_share, 1)} title="Share of the period's error budget" rows={countRows(left)} note={`The target is ${data.target_text}.`} />],
    ...(data.user_minutes ? [['User-minutes lost', <Figure text={data.user_minutes.estimate === null ? `at most ${count(data.user_minutes.at_most)}` : `about ${count(data.user_minutes.estimate)}`}
      title="Of each minute how many visitors had a bad attempt, added up" rows={[['By distinct sessions, about', data.user_minutes.estimate === null ? 'not known' : count(data.user_minutes.estimate)], ['At most, as who fails twice in a minute counts twice', count(data.user_minutes.at_most)]]} />] as [string, preact.ComponentChildren]] : []),
    ...(data.value_lost ?? []).map((lost): [string, preact.ComponentChildren] => [`Value lost, ${lost.currency}`,
      <Figure text={`${count(lost.minor_units)} minor units`} title={`What attempts with a bad end were worth, ${lost.currency}`}
        rows={[['Attempts with a value', count(lost.attempts)], ['Of unknown attempts, perhaps besides', count(lost.unknown_minor_units)], ['Unknown attempts with a value', count(lost.unknown_attempts)]]} />]),
    ['Postmortem', data.postmortem === undefined ? '–' : data.postmortem ? 'the policy asks for one' : 'not asked for'],
  ];
  return <dl class="facts">{facts.map(([key, value]) => <div key={key}><dt>{key}</dt><dd>{value}</dd></div>)}</dl>;
}

export function IncidentPage({id, range}: {id: string; range: Range}) {
  const answer = useApi<IncidentReview>(`incidents/${encodeURIComponent(id)}`);
  const data = answer.data, one = data?.incident;
  return <>
    <p class="muted"><a href={link(['incidents'], range)}>Incidents</a> › {id}</p>
    <Heading title={`incident ${id}`}>Incident {id}{one ? <>: {one.journey} / {one.objective} <Badge kind={one.state === 'open' ? 'missed' : 'none'}>{one.severity}, {stateOf(one)}</Badge></> : null}</Heading>
    {waiting(answer, 'The incident')}
    {data && one ? <div class="panels">
      <Panel title="What happened" wide><Facts data={data} />
        {data.minutes_kept === false ? <p class="muted">Minutes of that time are no longer kept: what is below has its whole hours only, or nothing.</p> : null}
        <p class="muted"><a href={link(['slo', one.journey, one.objective], range)}>The objective</a> · the same as Markdown: <code>bellrock incident export {one.id}</code></p></Panel>
      {data.course ? <Panel title="From an hour before" wide>
        <StackChart label="Good, bad and unknown attempts over time" from={data.course.from_unix_s} to={data.course.to_unix_s} step={data.course.step_s} happenings={marksOf([one], data.changes)} height={200}
          columns={data.course.slices.map((slice) => ({start: slice.start_unix_s, counts: {good: slice.good, bad: slice.bad, unknown: slice.unknown}}))}
          rest={plural(data.course.slices.reduce((sum, slice) => sum + slice.good + slice.bad + slice.unknown, 0), 'attempt')} /></Panel> : null}
      {data.corrected ? <Panel title="Corrections"><CorrectionTable corrections={data.corrected.corrections} /></Panel> : null}
      <Panel title="Changes of the day before">{data.changes.length ? <ChangeTable changes={data.changes} /> : <Empty>None was marked.</Empty>}</Panel>
      {data.outcomes ? <Panel title="How attempts ended meanwhile">{sumOf(data.outcomes) ? <StackBar outcomes={data.outcomes} /> : <Empty>None ended.</Empty>}</Panel> : null}
      {data.storyboards?.length ? <Panel title="Attempts that failed, step by step" wide><StoryList outcomes={data.storyboards} /></Panel> : null}
      {data.dimensions ? <Panel title="Who was affected">{data.dimensions.length ? data.dimensions.map((dimension) => <DimensionTable key={dimension.name} dimension={dimension} />)
        : <Empty>The journey has no dimensions.</Empty>}</Panel> : null}
    </div> : null}
  </>;
}
