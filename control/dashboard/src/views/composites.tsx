// Several objectives as one: a card for each composite, with its parts.
import {count, percent, percentUp, placesOf, span} from '../format.ts';
import type {Range} from '../route.ts';
import {link} from '../route.ts';
import type {Composite} from '../types.ts';
import {countRows, Figure} from '../ui/figure.tsx';
import {Panel, states} from '../ui/parts.tsx';

const kinds = {attempt: 'every attempt counts once', weighted: 'attempts by weight', least_healthy: 'as the least healthy part'};

const leftText = (left: number | null): string => (left === null ? '–' : left < 0 ? `overdrawn by ${percent(-left, 0)}` : `${percent(left, 1)} left`);

function Ratio({one}: {one: Composite}) {
  const places = placesOf(one.target_text ?? '');
  const rows = countRows(one.counts);
  rows.push(['Lowest it can be', percent(one.lower, places + 1)], ['Highest it can be', percentUp(one.upper, places + 1)],
    ['Budget left if all unknown were bad', percent(one.left_lower, 1)], ['Budget left if all unknown were good', percent(one.left_upper, 1)]);
  const note = one.worst ? `The counts of ${one.worst}, which has used the largest share of its own budget` : `Good among good and bad: ${kinds[one.kind]}`;
  return <Figure big text={percent(one.counts.ratio, places)} title={one.name} rows={rows} note={note} />;
}

function Card({one, range}: {one: Composite; range: Range}) {
  return <section class={`card ${one.state}`} aria-label={one.name}>
    <div class="card-head">
      <h3>{one.name}</h3>
      <span class="badges"><span class={`badge ${one.state}`}>{states[one.state]}{one.partial ? ', partial' : ''}</span></span>
      <p>{kinds[one.kind]}, over {span(one.window_s)}</p>
    </div>
    <div class="headline"><Ratio one={one} /><span class="muted">{one.target_text ? `target ${one.target_text}` : one.worst ?? 'no data'}</span></div>
    <div class="label-row"><span>Error budget</span><span>{leftText(one.left)}</span></div>
    {one.corrected ? <div class="label-row"><span>As corrections leave it</span><span>{states[one.corrected.state]},{' '}
      <Figure text={leftText(one.corrected.left)} title={`${one.name} without what corrections take out`} rows={countRows(one.corrected.counts)} /></span></div> : null}
    <ul class="parts">{one.parts.map((part) => <li key={`${part.journey}\n${part.objective}`}>
      <a href={link(['slo', part.journey, part.objective], range)}>{part.journey} / {part.objective}</a>
      {' '}<span class="muted">{part.state ? `${states[part.state]}, ` : ''}{one.kind === 'weighted' ? `weight ${count(part.weight)}, ` : ''}{leftText(part.left)}</span>
    </li>)}</ul>
  </section>;
}

export function Composites({all, range}: {all: Composite[]; range: Range}) {
  if (all.length === 0) return null;
  return <Panel title="Composites" wide><div class="cards">{all.map((one) => <Card key={one.name} one={one} range={range} />)}</div></Panel>;
}
