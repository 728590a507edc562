// How many errors of a journey's steps its visitors got over, of those that are decided.
import {count, duration, percent} from '../format.ts';
import type {Recovery as Answer} from '../types.ts';
import {Figure} from '../ui/figure.tsx';
import type {Row} from '../ui/figure.tsx';
import {Table} from '../ui/parts.tsx';

type Step = Answer['recovery'][number]['steps'][number];

function Rate({step, within}: {step: Step; within: number}) {
  const {value, low, high} = step.rate;
  if (value === null) return <span class="muted">none decided</span>;
  const rows: Row[] = [['Recovered', count(step.recovered)], ['Not recovered', count(step.not_recovered)], ['Unknown', count(step.unknown)],
    ['With those unknown at least', percent(low ?? 0, 1)], ['With those unknown at most', percent(high ?? 0, 1)]];
  return <Figure text={percent(value, 1)} title={`Recovered from ${step.step}`} rows={rows}
    note={`Errors that a success of the same visitor followed within ${duration(within * 1e9)}, of those decided in this time.`} />;
}

// Nothing of a journey that does not ask for it, or has no errors.
export function Recovery({of, recovery}: {of: string; recovery: Answer | null}) {
  const one = recovery?.recovery.find(({journey}) => journey === of);
  if (!one || one.steps.length === 0) return null;
  return <><h3>Errors that visitors got over</h3>
    <Table label={`Recovery of ${of}`} head={['<Error', 'Errors', 'Recovered', 'Not recovered', 'Unknown', 'Rate']}>
      {one.steps.map((step) => <tr key={step.step}>
        <th scope="row" class="wrap">{step.step}</th><td>{count(step.errors)}</td><td>{count(step.recovered)}</td>
        <td>{count(step.not_recovered)}</td><td>{count(step.unknown)}</td><td><Rate step={step} within={one.within_s} /></td>
      </tr>)}
    </Table></>;
}
