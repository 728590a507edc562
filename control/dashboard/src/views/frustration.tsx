// Where visitors go to and fro or try again: signs of frustration of each page, as counts and as shares of its page views.
import {useApi} from '../api.ts';
import {count, percent} from '../format.ts';
import type {Range} from '../route.ts';
import type {Frustration} from '../types.ts';
import {Figure} from '../ui/figure.tsx';
import type {Row} from '../ui/figure.tsx';
import {Empty, pageName, Panel, waiting} from '../ui/parts.tsx';
import type {Column} from '../ui/sortable.tsx';
import {SortableTable} from '../ui/sortable.tsx';

type Page = Frustration['pages'][number];
const signs = ['back', 'loop', 'thrash', 'retry'] as const;
type Kind = 'views' | typeof signs[number];

const names: Record<Kind, string> = {views: 'Page views', back: 'Back at once', loop: 'Loops', thrash: 'Thrash', retry: 'Retries'};
const meanings: Record<Kind, string> = {
  views: 'Page views that were looked at.', back: 'From this page back to the one before, soon after.',
  loop: 'Again and again back to this page.', thrash: 'Many page views in a moment and no step of a journey; the last was of this page.',
  retry: 'On this page, a step again that had failed or had no answer yet.',
};
const deviceNames: Record<string, string> = {unknown: 'a device that is not known', __other__: 'other devices'};

function Count({page, kind}: {page: Page; kind: Kind}) {
  const n = page[kind], placed = page.devices.reduce((sum, one) => sum + one[kind], 0);
  const rows: Row[] = [[names[kind], count(n)]];
  for (const one of page.devices) if (one[kind]) rows.push([`By ${deviceNames[one.device] ?? one.device}`, count(one[kind])]);
  if (placed < n) rows.push(['Without room for their device', count(n - placed)]);
  if (kind !== 'views') rows.push(['Page views', count(page.views)]);
  return <><Figure text={count(n)} title={`${names[kind]}: ${pageName(page.page)}`} rows={rows} note={meanings[kind]} />
    {kind !== 'views' && n > 0 && page.views > 0 ? <span class="muted"> {percent(n / page.views, 1)}</span> : null}</>;
}

const trouble = (page: Page): number => signs.reduce((sum, kind) => sum + page[kind], 0);

const columns: Column<Page>[] = [
  {name: 'Page', by: (page) => pageName(page.page), cell: (page) => pageName(page.page)},
  ...(['views', ...signs] as const).map((kind): Column<Page> => ({name: names[kind], by: (page) => page[kind], cell: (page) => <Count page={page} kind={kind} />})),
  {name: 'Of frustration', by: trouble, cell: (page) => count(trouble(page))},
];

export function FrustrationPanel({range}: {range: Range}) {
  const answer = useApi<Frustration>(`frustration?range=${range}`), pages = answer.data?.pages;
  return <div class="rows"><Panel title="Signs of frustration" aside="shares are of the page’s views">
    {waiting(answer, 'The signs of frustration')}
    {pages ? pages.length === 0 ? <Empty>No page view was looked at in this time. A Site asks for it with <code>frustration</code>.</Empty>
      : <SortableTable label="Frustration by page" columns={columns} items={pages} keyOf={(page) => page.page} first={columns.length - 1} /> : null}
  </Panel></div>;
}
