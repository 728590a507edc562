// The nodes that send frames: who is heard of, what was lost, and what each counts of itself.
import {useState} from 'preact/hooks';
import {useApi} from '../api.ts';
import {ago, count, duration, moment, percent, plural} from '../format.ts';
import type {Node, Nodes, Status} from '../types.ts';
import type {Row} from '../ui/figure.tsx';
import {Figure} from '../ui/figure.tsx';
import {Badge, Empty, Heading, Panel, Table, waiting} from '../ui/parts.tsx';

const counter = (node: Node, name: string): number => node.counters[name] ?? 0;

// A node that was set up anew is a source of its own; what holds now is what the newest one says.
function byNode(nodes: Node[]): {newest: Node; before: Node[]}[] {
  const groups = new Map<string, Node[]>();
  for (const node of nodes) groups.set(node.node, [...(groups.get(node.node) ?? []), node]);
  return [...groups.values()].map((all) => {
    const newest = all.reduce((a, b) => (b.last_seen_unix_ms >= a.last_seen_unix_ms ? b : a));
    return {newest, before: all.filter((one) => one !== newest)};
  });
}

function Edge({node, now}: {node: Node; now: number}) {
  if (!node.edge || node.stale) return <span class="muted">not known</span>;
  if (node.edge.running) return <Badge kind="met">running</Badge>;
  return <Badge kind="missed">down for {ago(now - node.edge.since_unix_ms / 1000).replace(' ago', '')}</Badge>;
}

function Clock({node}: {node: Node}) {
  const {clock_offset_ms: offset, clock_uncertain_ms: uncertain} = node;
  if (offset === null || uncertain === null || node.stale) return <span class="muted">not known</span>;
  const text = Math.abs(offset) <= uncertain && !node.clock_wrong ? 'right' : `${duration(Math.abs(offset) * 1e6)} ${offset < 0 ? 'ahead' : 'behind'}`;
  return <Figure text={node.clock_wrong ? <Badge kind="missed">{text}</Badge> : text} title={`Clock of ${node.node}`}
    rows={[['Centre’s time less the node’s', `${count(offset)} ms`], ['No further from the truth than', `${count(uncertain)} ms`]]} note="What a node counts is in the minutes that its clock says." />;
}

function Drops({node}: {node: Node}) {
  const packets = counter(node, 'packets'), passed = counter(node, 'passed'), dropped = Math.max(0, packets - passed);
  const rows: Row[] = Object.entries(node.counters).sort(([a], [b]) => a.localeCompare(b)).map(([name, n]) => [name, count(n)]);
  return <Figure text={packets ? `${count(dropped)} (${percent(dropped / packets, 2)})` : '–'} title={`Counters of ${node.node}`}
    rows={rows.length ? rows : [['Counters', 'none sent']]} note="Dropped: packets that were not passed on to the next stage; each has its reason here." />;
}

function Row1({newest: node, before, now}: {newest: Node; before: Node[]; now: number}) {
  const open = Object.values(node.open).reduce((sum, n) => sum + n, 0), {frames} = node;
  const identity: Row[] = [['Boot', node.boot], ['Board', node.board_id], ['Configuration', node.snapshot.slice(0, 16)], ['First heard of', moment(node.first_seen_unix_ms / 1000)],
    ['Newest frame', count(node.newest_seq)], ['Oldest frame it still has', count(node.oldest_seq_held)], ['Counted', count(node.recorded)], ['Earlier boots', String(before.length)]];
  const frameRows: Row[] = [['Applied', count(frames.applied)], ['Repeated, without effect', count(frames.repeated)], ['In conflict', count(frames.conflicts)], ['Declared lost', count(frames.lost)], ['Missing without a word', count(frames.unexplained)]];
  return <tr>
    <th scope="row" class="wrap"><Figure text={node.node} title={node.node} rows={identity} /></th>
    <td>{node.stale ? <Badge kind="missed">{ago(node.age_s)}</Badge> : <Badge kind="met">{ago(node.age_s)}</Badge>}</td>
    <td><Edge node={node} now={now} /></td>
    <td><Clock node={node} /></td>
    <td><Figure text={count(node.newest_seq - node.oldest_seq_held + 1)} title="Frames that the node still holds" rows={[['Newest frame', count(node.newest_seq)], ['Oldest frame held', count(node.oldest_seq_held)]]} note="One is the frame itself; more wait to be sent or to be answered." /></td>
    <td><Figure text={count(frames.applied)} title={`Frames of ${node.node}`} rows={frameRows} /></td>
    <td class={frames.lost + frames.unexplained ? 'bad' : ''}>{count(frames.lost + frames.unexplained)}</td>
    <td><Drops node={node} /></td>
    <td>{count(counter(node, 'beacons_accepted'))}</td>
    <td>{count(open)}</td>
  </tr>;
}

function Summary({status}: {status: Status}) {
  const {nodes, frames, recorded} = status;
  const tiles: [string, string, Row[], string][] = [
    ['Nodes heard of', `${nodes.total - nodes.stale} of ${nodes.total}`, [['Silent', count(nodes.stale)], ['Gone', count(nodes.gone)], ['Edges down', count(nodes.edges_down)]], 'A node is silent after two minutes without a frame, and gone after a day.'],
    ['Frames applied', count(frames.applied), [['Repeated', count(frames.repeated)], ['Refused', count(frames.refused)], ['Kept aside', count(frames.kept_aside)], ['In conflict', count(frames.conflicts)], ['Told to wait', count(frames.told_to_wait)]], 'Each counts once, however often it comes.'],
    ['Frames lost', count(frames.lost + frames.unexplained), [['Declared lost', count(frames.lost)], ['Missing without a word', count(frames.unexplained)]], 'What they held is not in any figure.'],
    ['Counts kept', count(recorded.kept), [['Recorded', count(recorded.recorded)], ['Trimmed for their age', count(recorded.trimmed)], ['Recorded = kept + trimmed', recorded.balanced ? 'holds' : 'does not hold']], 'The law that the store is checked by.'],
  ];
  return <div class="tiles">{tiles.map(([title, text, rows, note]) => <div key={title} class="tile"><h3>{title}</h3><Figure big text={text} title={title} rows={rows} note={note} /></div>)}</div>;
}

export function FleetPage() {
  const status = useApi<Status>('status'), nodes = useApi<Nodes>('nodes');
  const [filter, setFilter] = useState('');
  const groups = byNode(nodes.data?.nodes ?? []);
  const shown = groups.filter((one) => one.newest.node.toLowerCase().includes(filter.trim().toLowerCase()));
  return <>
    <Heading title="fleet">Fleet</Heading>
    <div class="panels">
      <Panel title="Could the collector itself be the cause?" wide>
        {waiting(status, 'The state of the fleet')}
        {status.data ? <>
          <Summary status={status.data} />
          {status.data.problems.length ? <ul class="problems">{status.data.problems.map((text, i) => <li key={i}>{text}</li>)}</ul>
            : <p class="muted">{status.data.nodes.total === 0 ? 'No node has reported yet, so nothing is known.'
              : `Nothing speaks for it: ${plural(status.data.nodes.total, 'node')}, no frame lost, every count in its place.`}</p>}
        </> : null}
      </Panel>
      <Panel title="Nodes" wide aside={groups.length > 8 ? <label>Find <input type="search" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} /></label> : null}>
        {waiting(nodes, 'The nodes')}
        {nodes.data ? groups.length === 0 ? <Empty>No data yet: no node has sent a frame. Start bellrock-agent with <code>central: {location.origin}</code> in its document.</Empty>
          : <Table label="Nodes" head={['Node', 'Heard of', 'Edge', 'Clock', 'Frames held', 'Frames', 'Lost', 'Packets dropped', 'Beacons', 'Open attempts']}>
            {shown.map((one) => <Row1 key={one.newest.node} {...one} now={nodes.data!.now_unix_s} />)}</Table> : null}
      </Panel>
    </div>
  </>;
}
