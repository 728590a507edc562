// About how many different visitors began attempts at a journey, with what an estimate of this kind does not know.
import {count, percentUp} from '../format.ts';
import type {Range} from '../route.ts';
import {ranges} from '../route.ts';
import type {Sessions} from '../types.ts';
import {Figure} from '../ui/figure.tsx';
import type {Row} from '../ui/figure.tsx';

type Estimate = Sessions['sessions'][number];

function EstimateFigure({one, error}: {one: Estimate; error: number}) {
  const off = Math.ceil(one.sessions * error);
  const rows: Row[] = [
    ['Different visitors, about', count(one.sessions)], [`Standard error (${percentUp(error)})`, `± ${count(off)}`],
    ['At least (95 %)', count(one.low)], ['At most (95 %)', count(one.high)], ['Attempts that they began', count(one.starts)],
    ['Attempts under other rules, not in it', count(one.other_versions)],
  ];
  return <Figure text={`${count(one.sessions)} ± ${count(off)}`} title={`Different visitors of ${one.journey}`} rows={rows}
    note="An estimate. Not known: who came to two nodes, or before and after midnight UTC. Such a visitor counts on each node and each day, since their keys differ." />;
}

// Nothing of a journey that does not ask for it.
export function Visitors({of, sessions}: {of: string; sessions: Sessions | null}) {
  const one = sessions?.sessions.find(({journey}) => journey === of);
  return sessions && one ? <> by about <EstimateFigure one={one} error={sessions.standard_error} /> visitors</> : null;
}

// One sentence of all journeys that somebody came to.
export function VisitorsOfAll({sessions, range}: {sessions: Sessions | null; range: Range}) {
  const some = sessions?.sessions.filter((one) => one.sessions > 0) ?? [];
  if (!sessions || some.length === 0) return null;
  return <p class="muted">Visitors of the last {ranges[range]}, about: {some.map((one, i) => <span key={one.journey}>{i ? ', ' : ''}{one.journey} <EstimateFigure one={one} error={sessions.standard_error} /></span>)}</p>;
}
