// Which pages were heard of by beacons, in all and by browser and place; and where the time of their loads went.
import {useApi} from '../api.ts';
import {count, duration, percent} from '../format.ts';
import type {Range} from '../route.ts';
import type {Coverage, CoverageCounts, Split, SplitPart, SplitTimes} from '../types.ts';
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
const meanings: Record<'page' | 'call', Record<SplitPart['part'], string>> = {
  page: {
    server: 'From the request to the first byte of the answer, as the edge saw it.',
    network: 'Of the browser’s time to first byte, what was not the server’s.',
    client: 'From the first byte to the end of the load event, in the browser.',
  },
  call: {
    server: 'From the request to the first byte of the answer, as the edge saw it.',
    network: 'Of the browser’s time to first byte, or of the whole call where it says no other, what was not the server’s.',
    client: 'From the first byte to the end of the call, in the browser.',
  },
};
const nsText = (ns: number | null): string => (ns === null ? '–' : duration(ns));

function Time({of, what, name}: {of: SplitPart; what: 'page' | 'call'; name: string}) {
  const rows: Row[] = [[what === 'page' ? 'Page loads' : 'Calls', count(of.count)], ['Half within', nsText(of.p50_ns)], ['Three of four within', nsText(of.p75_ns)], ['95 % within', nsText(of.p95_ns)]];
  if (of.clamped) rows.push(['Taken for 0, being negative', count(of.clamped)]);
  return <Figure text={nsText(of.p75_ns)} title={`${parts[of.part]}: ${name}`} rows={rows} note={meanings[what][of.part]} />;
}

const reasons: [keyof SplitTimes['unmatched'], string][] = [
  ['no_timing', 's without a timing'], ['forgotten', 's forgotten'], ['not_followed', 's not followed'],
];
const unmatched = ({unmatched: of}: SplitTimes, what: string): string => [
  ...reasons.filter(([reason]) => of[reason]).map(([reason, text]) => `${count(of[reason])} ${what}${text}`),
  ...(of.no_page ? [`${count(of.no_page)} timings without a ${what}`] : []),
].join(', ') || '–';

function SplitTable({what, all}: {what: 'page' | 'call'; all: (SplitTimes & {name: string})[]}) {
  return <Table label={`Split by ${what}`} head={[what === 'page' ? '<Page' : '<Call', ...Object.values(parts), '<Unmatched']}>
    {all.flatMap((one) => [<tr key={one.name}><th scope="row" class="wrap">{one.name}</th>
      {one.parts.map((of) => <td key={of.part}><Time of={of} what={what} name={one.name} /></td>)}<td class="wrap">{unmatched(one, what)}</td></tr>,
    ...one.devices.map(({device, parts: times}) => <tr key={`${one.name} ${device}`}><th scope="row" class="wrap"><span class="muted">{device}</span></th>
      {times.map((of) => <td key={of.part}><Time of={of} what={what} name={`${one.name}, ${device}`} /></td>)}<td /></tr>)])}
  </Table>;
}

export function SplitPanel({range}: {range: Range}) {
  const answer = useApi<Split>(`split?range=${range}`), {pages, calls} = answer.data ?? {};
  if (pages?.length === 0 && calls?.length === 0) return null;
  return <div class="rows"><Panel title="Server, network, browser" aside="what three of four page loads and calls had of each">
    {waiting(answer, 'The split')}
    {pages?.length ? <SplitTable what="page" all={pages.map((one) => ({...one, name: pageName(one.page)}))} /> : null}
    {calls?.length ? <SplitTable what="call" all={calls.map((one) => ({...one, name: one.call}))} /> : null}
  </Panel></div>;
}
