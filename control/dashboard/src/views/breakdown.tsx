// Which values of a dimension are worse than the others.
import {useApi} from '../api.ts';
import {count, percent} from '../format.ts';
import type {Range} from '../route.ts';
import type {Breakdown as Answer, Dimension} from '../types.ts';
import {countRows, Figure} from '../ui/figure.tsx';
import {Empty, Panel, Table, waiting} from '../ui/parts.tsx';

export function DimensionTable({dimension}: {dimension: Dimension}) {
  const most = Math.max(1, ...dimension.values.map((one) => one.bad));
  return <Table label={`By ${dimension.name}`} head={[`<${dimension.name}`, 'Good of known', 'Bad', '<Most bad']}>
    {dimension.values.map((one) => <tr key={one.value}>
      <th scope="row" class="wrap">{one.value}</th>
      <td><Figure text={percent(one.ratio, 2)} title={`${dimension.name} ${one.value}`} rows={countRows(one)} /></td>
      <td>{count(one.bad)}</td>
      <td class="bar-cell"><div class="bar" aria-hidden="true"><div style={{width: `${(one.bad / most) * 100}%`}} /></div></td>
    </tr>)}
  </Table>;
}

export function Breakdown({path, range}: {path: string; range: Range}) {
  const answer = useApi<Answer>(`${path}/dimensions?range=${range}`);
  const data = answer.data;
  return <Panel title="By dimension" aside="those with the most bad attempts first">
    {waiting(answer, 'The dimensions')}
    {data ? data.dimensions.length === 0 ? <Empty>No data yet: dimensions appear where the journey has <code>dimensions</code> and attempts were counted in this range.</Empty>
      : data.dimensions.map((dimension) => <DimensionTable key={dimension.name} dimension={dimension} />) : null}
  </Panel>;
}
