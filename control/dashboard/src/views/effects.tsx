// What slow steps did to how attempts of a journey ended: a figure by strata, and the curve as the counts have it.
import {Curve} from '../charts/curve.tsx';
import type {Point} from '../charts/curve.tsx';
import {count, duration, percent, plural} from '../format.ts';
import type {Effect, EffectEstimate, EffectMethod, HazardBand, TableBand} from '../types.ts';
import {Figure} from '../ui/figure.tsx';
import type {Row} from '../ui/figure.tsx';
import {Empty, Table} from '../ui/parts.tsx';

const points = (share: number): string => `${share < 0 ? '−' : '+'}${Math.abs(share * 100).toFixed(3)} pp`;
const verdicts: Record<EffectEstimate['verdict'], string> = {
  raises: 'more end so', lowers: 'fewer end so', none_seen: 'no effect seen', not_enough_data: 'not enough data',
};

function rowsOf(estimate: EffectEstimate): Row[] {
  const rows: Row[] = [['Attempts', count(estimate.n)], ['Ended so', count(estimate.events)]];
  if (estimate.per_100ms !== null && estimate.low !== null && estimate.high !== null) {
    rows.push(['100 ms more', points(estimate.per_100ms)], ['At least (95 %)', points(estimate.low)], ['At most (95 %)', points(estimate.high)]);
  }
  return rows;
}

function Estimate({title, estimate}: {title: string; estimate: EffectEstimate}) {
  const known = estimate.per_100ms !== null && estimate.low !== null && estimate.high !== null;
  const text = known ? `${points(estimate.per_100ms!)} [${points(estimate.low!)}, ${points(estimate.high!)}]` : verdicts.not_enough_data;
  return <><Figure text={text} title={title} rows={rowsOf(estimate)} note={estimate.reason ?? 'Percentage points of attempts, with an interval of 95 %.'} />
    {known ? ` – ${verdicts[estimate.verdict]}` : ` – ${estimate.reason}`}</>;
}

function Strata({method}: {method: EffectMethod<unknown>}) {
  if (method.strata.length === 0) return null;
  const more = method.strata_in_all - method.strata.length;
  return <details><summary>Each stratum by itself{more > 0 ? `, the largest of ${count(method.strata_in_all)}` : ''}</summary>
    <Table label="Effect by stratum" head={['<Stratum', 'Attempts', 'Ended so', '100 ms more', '95 %']}>
      {method.strata.map(({values, estimate}) => {
        const name = Object.entries(values).map(([dimension, value]) => `${dimension} ${value}`).join(', ');
        return <tr key={name}><th scope="row" class="wrap">{name}</th><td>{count(estimate.n)}</td><td>{count(estimate.events)}</td>
          <td>{estimate.per_100ms === null ? '–' : points(estimate.per_100ms)}</td>
          <td>{estimate.low === null || estimate.high === null ? '–' : `${points(estimate.low)} … ${points(estimate.high)}`}</td></tr>;
      })}
    </Table>
  </details>;
}

function Method({effect, kind}: {effect: Effect; kind: 'table' | 'hazard'}) {
  const method = effect[kind];
  if (!method) return null;
  const table = kind === 'table';
  const title = table ? 'Of those that were answered, by how long that took' : 'Of those still waiting, who leaves in the next 100 ms';
  const curve: Point[] = [];
  for (const band of method.bands) {
    const value = 'share' in band ? band.share : band.per_100ms;
    const ns = 'share' in band ? band.mean_ns : (Math.max(25e6, band.from_ns) + (band.to_ns ?? band.from_ns)) / 2;
    if (value !== null && band.low !== null && band.high !== null) curve.push({ns, value, low: band.low, high: band.high});
  }
  return <section>
    <h4>{title}</h4>
    <p>100 ms more: <Estimate title={`${effect.step}: ${kind}`} estimate={method.estimate} />
      {method.crude.per_100ms === null || effect.strata.length === 0 ? null : <span class="muted"> Without strata it would be {points(method.crude.per_100ms)}.</span>}</p>
    {curve.length > 1 ? <Curve label={`${title}, ${effect.journey}, ${effect.step}`} points={curve} /> : null}
    <details><summary>Show as a table</summary>
      {table ? <TableBands bands={effect.table!.bands} /> : <HazardBands bands={effect.hazard!.bands} />}
    </details>
    <Strata method={method} />
  </section>;
}

const bandText = (band: {from_ns: number; to_ns: number | null}): string =>
  band.to_ns === null ? `from ${duration(band.from_ns)}` : `${duration(band.from_ns)} – ${duration(band.to_ns)}`;
const between = (low: number | null, high: number | null): string =>
  low === null || high === null ? '–' : `${percent(low, 2)} … ${percent(high, 2)}`;

const TableBands = ({bands}: {bands: TableBand[]}) =>
  <Table label="Ends by latency" head={['Latency', 'Attempts', 'Ended so', 'Share', '95 %', 'Unknown']}>
    {bands.map((band) => <tr key={band.from_ns}><th scope="row">{bandText(band)}</th><td>{count(band.n)}</td><td>{count(band.events)}</td>
      <td>{percent(band.share, 2)}</td><td>{between(band.low, band.high)}</td><td>{count(band.unknown)}</td></tr>)}
  </Table>;

const HazardBands = ({bands}: {bands: HazardBand[]}) =>
  <Table label="Leaving by time waited" head={['Waited', 'Still waiting', 'Left', 'Answered', 'Leave in 100 ms', '95 %']}>
    {bands.map((band) => <tr key={band.from_ns}><th scope="row">{bandText(band)}</th><td>{count(band.at_risk)}</td><td>{count(band.left)}</td>
      <td>{count(band.answered)}</td><td>{percent(band.per_100ms, 2)}</td><td>{between(band.low, band.high)}</td></tr>)}
  </Table>;

export function Effects({effects}: {effects: Effect[]}) {
  return <>{effects.map((effect) => <section key={effect.effect} aria-label={`Effect of ${effect.effect}`}>
    <h3>What the latency of {effect.step} does to {effect.outcomes.join(', ')}</h3>
    {effect.attempts === 0 ? <Empty>No data yet: no attempt that came to {effect.from} ended in this range.</Empty> : <>
      <p class="muted">{plural(effect.attempts, 'attempt')} from {effect.from}, {count(effect.unknown)} of unknown end, {count(effect.undated)} whose wait nothing dates.
        By {effect.strata.length ? effect.strata.join(', ') : 'no strata'}. Observational: what goes along with slowness and is no stratum is in the figure.</p>
      <div class="split"><Method effect={effect} kind="table" /><Method effect={effect} kind="hazard" /></div></>}
  </section>)}</>;
}
