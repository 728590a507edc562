// Which page templates the server is slow on, the slowest by p95 first.
import {useApi} from '../api.ts';
import {count, duration} from '../format.ts';
import type {Range} from '../route.ts';
import type {Slow, SlowPage} from '../types.ts';
import {Figure} from '../ui/figure.tsx';
import type {Row} from '../ui/figure.tsx';
import {pageName, Panel, waiting} from '../ui/parts.tsx';
import type {Column} from '../ui/sortable.tsx';
import {SortableTable} from '../ui/sortable.tsx';

const nsText = (ns: number | null): string => (ns === null ? '–' : duration(ns));
const ratioText = (ratio: number | null): string => (ratio === null ? '–' : ratio.toFixed(1));

function P95({page}: {page: SlowPage}) {
  if (page.reason !== null) return <span class="muted">too few page loads</span>;
  const rows: Row[] = [['Page loads measured', count(page.count)], ['Without a measured time', count(page.unmeasured)],
    ['Half within', nsText(page.p50_ns)], ['95 % within', nsText(page.p95_ns)], ['How many times as long', ratioText(page.p95_to_p50)]];
  return <Figure text={nsText(page.p95_ns)} title={`Server: ${pageName(page.page)}`} rows={rows}
    note="From the request to the first byte of the answer, as the edge saw it; exact to about one percent." />;
}

const columns: Column<SlowPage>[] = [
  {name: 'Page', by: (page) => pageName(page.page), cell: (page) => pageName(page.page)},
  {name: 'Rank', by: (page) => -(page.rank ?? Infinity), cell: (page) => page.rank ?? '–'},
  {name: 'p95', by: (page) => page.p95_ns ?? -1, cell: (page) => <P95 page={page} />},
  {name: 'p50', by: (page) => page.p50_ns ?? -1, cell: (page) => nsText(page.p50_ns)},
  {name: 'p95 / p50', by: (page) => page.p95_to_p50 ?? -1, cell: (page) => ratioText(page.p95_to_p50)},
  {name: 'Page loads', by: (page) => page.count, cell: (page) => count(page.count)},
  {name: 'Unmeasured', by: (page) => page.unmeasured, cell: (page) => count(page.unmeasured)},
];

export function SlowPanel({range}: {range: Range}) {
  const answer = useApi<Slow>(`slow?range=${range}`), pages = answer.data?.pages;
  if (pages?.length === 0) return null;
  return <div class="rows"><Panel title="Slow pages" aside={`the server’s time, of templates with ${answer.data?.min_page_loads ?? 'enough'} page loads or more`}>
    {waiting(answer, 'The slow pages')}
    {pages ? <SortableTable label="Slow pages" columns={columns} items={pages} keyOf={(page) => page.page} first={2} /> : null}
  </Panel></div>;
}
