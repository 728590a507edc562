// About how many different visitors began attempts at a journey, with what an estimate of this kind does not know.
import {count, percentUp} from '../format.ts';
import type {Sessions} from '../types.ts';
import {Figure} from '../ui/figure.tsx';
import type {Row} from '../ui/figure.tsx';

// Nothing of a journey that does not ask for it.
export function Visitors({of, sessions}: {of: string; sessions: Sessions | null}) {
  const one = sessions?.sessions.find(({journey}) => journey === of);
  if (!sessions || !one) return null;
  const off = Math.ceil(one.sessions * sessions.standard_error);
  const rows: Row[] = [
    ['Different visitors, about', count(one.sessions)], [`Standard error (${percentUp(sessions.standard_error)})`, `± ${count(off)}`],
    ['At least (95 %)', count(one.low)], ['At most (95 %)', count(one.high)], ['Attempts that they began', count(one.starts)],
    ['Attempts under other rules, not in it', count(one.other_versions)],
  ];
  return <> by about <Figure text={`${count(one.sessions)} ± ${count(off)}`} title={`Different visitors of ${of}`} rows={rows}
    note="An estimate. Not known: who came to two nodes, or before and after midnight UTC. Such a visitor counts on each node and each day, since their keys differ." /> visitors</>;
}
