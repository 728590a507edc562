// Which pages were heard of by beacons, in all and by browser and place; and where the time of their loads went.
import {useApi} from '../api.ts';
import {count, duration, percent} from '../format.ts';
import type {Range} from '../route.ts';
import type {Coverage, CoverageCounts, Split, SplitPart} from '../types.ts';
import {Figure} from '../ui/figure.tsx';
import type {Row} from '../ui/figure.tsx';
import {Empty, pageName, Panel, Table, waiting} from '../ui/parts.tsx';

const unknowns: [keyof CoverageCounts['unknown'], string][] = [
  ['restart', 'Unknown: the edge was away'], ['forgotten', 'Unknown: gave way to newer pages'],
  ['crowded', 'Unknown: too many of one visitor'], ['no_key', 'Unknown: no key of the visitor'],
];
const unknown = (of: CoverageCounts): number => unknowns.reduce((sum, [reason]) => sum + of.unknown[reason], 0);
const shareText = (share: number | null): string => (share === null ? '–' : percent(share, 1));

function Share({of, name}: {of: CoverageCounts; name: string}) {
  const rows: Row[] = [['Pages seen', count(of.seen)], ['With a beacon in time', count(of.covered)], ['Without', count(of.uncovered)]];
  for (const [reason, text] of unknowns) if (of.unknown[reason]) rows.push([text, count(of.unknown[reason])]);
  rows.push(['Further beacons', count(of.beacons.further)]);
  if (of.beacons.no_key) rows.push(['Beacons without a key', count(of.beacons.no_key)]);
  return <Figure text={shareText(of.share)} title={`Beacon coverage: ${name}`} rows={rows}
    note="Of pages whose waiting is over and known. A page counts where it was seen, its end where it was decided." />;
}

function CoverageRow({of, name, aside}: {of: CoverageCounts; name: string; aside?: string}) {
  return <tr><th scope="row" class="wrap">{aside ? <span class="muted">{aside}</span> : name}</th>
    <td><Share of={of} name={aside ? `${name}, ${aside}` : name} /></td>
    <td>{count(of.seen)}</td><td>{count(of.covered)}</td><td>{count(of.uncovered)}</td><td>{count(unknown(of))}</td><td>{count(of.beacons.unseen)}</td></tr>;
}

export function CoveragePanel({range}: {range: Range}) {
  const answer = useApi<Coverage>(`coverage?range=${range}`), pages = answer.data?.pages;
  return <div class="rows"><Panel title="Beacon coverage" aside="pages that the server answered, and whether a beacon spoke of them">
    {waiting(answer, 'The coverage')}
    {pages ? pages.length === 0 ? <Empty>No page was waited for in this time. A Site asks for it under <code>coverage</code>.</Empty>
      : <Table label="Coverage by page" head={['<Page', 'Covered', 'Seen', 'With beacon', 'Without', 'Unknown', 'Beacons of no page']}>
        {pages.flatMap((page) => [<CoverageRow key={page.page} of={page} name={pageName(page.page)} />,
          ...page.groups.map((group) => <CoverageRow key={`${page.page} ${group.browser} ${group.place ?? ''}`} of={group} name={pageName(page.page)}
            aside={group.place === null ? group.browser : `${group.browser}, ${group.place}`} />)])}
      </Table> : null}
  </Panel></div>;
}

const parts: Record<SplitPart['part'], string> = {server: 'Server', network: 'Network', client: 'Browser'};
const meanings: Record<SplitPart['part'], string> = {
  server: 'From the request to the first byte of the answer, as the edge saw it.',
  network: 'Of the browser’s time to first byte, what was not the server’s.',
  client: 'From the first byte to the end of the load event, in the browser.',
};
const nsText = (ns: number | null): string => (ns === null ? '–' : duration(ns));

function Time({of, name}: {of: SplitPart; name: string}) {
  const rows: Row[] = [['Page loads', count(of.count)], ['Half within', nsText(of.p50_ns)], ['Three of four within', nsText(of.p75_ns)], ['95 % within', nsText(of.p95_ns)]];
  if (of.clamped) rows.push(['Taken for 0, being negative', count(of.clamped)]);
  return <Figure text={nsText(of.p75_ns)} title={`${parts[of.part]}: ${name}`} rows={rows} note={meanings[of.part]} />;
}

const reasons: [keyof Split['pages'][number]['unmatched'], string][] = [
  ['no_timing', 'pages without a timing'], ['forgotten', 'pages forgotten'], ['not_followed', 'pages not followed'], ['no_page', 'timings without a page'],
];

export function SplitPanel({range}: {range: Range}) {
  const answer = useApi<Split>(`split?range=${range}`), pages = answer.data?.pages;
  if (pages?.length === 0) return null;
  return <div class="rows"><Panel title="Server, network, browser" aside="what three of four page loads had of each">
    {waiting(answer, 'The split')}
    {pages ? <Table label="Split by page" head={['<Page', ...Object.values(parts), '<Unmatched']}>
      {pages.flatMap((page) => {
        const name = pageName(page.page);
        const left = reasons.filter(([reason]) => page.unmatched[reason]).map(([reason, text]) => `${count(page.unmatched[reason])} ${text}`);
        return [<tr key={name}><th scope="row" class="wrap">{name}</th>{page.parts.map((of) => <td key={of.part}><Time of={of} name={name} /></td>)}
          <td class="wrap">{left.join(', ') || '–'}</td></tr>,
        ...page.devices.map(({device, parts: all}) => <tr key={`${name} ${device}`}><th scope="row" class="wrap"><span class="muted">{device}</span></th>
          {all.map((of) => <td key={of.part}><Time of={of} name={`${name}, ${device}`} /></td>)}<td /></tr>)];
      })}
    </Table> : null}
  </Panel></div>;
}
