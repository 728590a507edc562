// Where visitors click in vain: rage, dead and error clicks of each page, as counts and as shares of all clicks where a
// page tells them all.
import {useApi} from '../api.ts';
import {count, percent} from '../format.ts';
import type {Range} from '../route.ts';
import type {Clicks} from '../types.ts';
import {Figure} from '../ui/figure.tsx';
import type {Row} from '../ui/figure.tsx';
import {Empty, pageName, Panel, waiting} from '../ui/parts.tsx';
import type {Column} from '../ui/sortable.tsx';
import {SortableTable} from '../ui/sortable.tsx';

type Page = Clicks['pages'][number];
const troubles = ['rage', 'dead', 'error'] as const;
type Kind = 'click' | typeof troubles[number];

const names: Record<Kind, string> = {click: 'All clicks', rage: 'Rage', dead: 'Dead', error: 'Error'};
const meanings: Record<Kind, string> = {
  click: 'Every click, of pages that tell them all.', rage: 'Three clicks at one place within a second each: one rage click.',
  dead: 'A click on what promises to do something, and nothing happened.', error: 'A click with an error at once after it.',
};

const deviceNames: Record<string, string> = {unknown: 'a device that is not known', __other__: 'other devices'};

function Count({page, kind}: {page: Page; kind: Kind}) {
  if (kind === 'click' && page.click === 0) return <span class="muted">not told</span>;
  const n = page[kind], placed = page.devices.reduce((sum, one) => sum + one[kind], 0);
  const rows: Row[] = [[kind === 'click' ? 'Clicks' : `${names[kind]} clicks`, count(n)]];
  for (const one of page.devices) if (one[kind]) rows.push([`By ${deviceNames[one.device] ?? one.device}`, count(one[kind])]);
  if (placed < n) rows.push(['Without room for their device', count(n - placed)]);
  if (kind !== 'click') rows.push(['All clicks of the page', page.click ? count(page.click) : 'not told']);
  return <><Figure text={count(n)} title={`${names[kind]}: ${pageName(page.page)}`} rows={rows} note={meanings[kind]} />
    {kind !== 'click' && page.click ? <span class="muted"> {percent(n / page.click, 1)}</span> : null}</>;
}

const trouble = (page: Page): number => troubles.reduce((sum, kind) => sum + page[kind], 0);

const columns: Column<Page>[] = [
  {name: 'Page', by: (page) => pageName(page.page), cell: (page) => pageName(page.page)},
  ...(['click', ...troubles] as const).map((kind): Column<Page> => ({name: names[kind], by: (page) => page[kind], cell: (page) => <Count page={page} kind={kind} />})),
  {name: 'Of trouble', by: trouble, cell: (page) => count(trouble(page))},
];

export function ClicksPanel({range}: {range: Range}) {
  const answer = useApi<Clicks>(`clicks?range=${range}`), pages = answer.data?.pages;
  return <div class="rows"><Panel title="Clicks that tell of trouble" aside="shares are of all clicks, of pages that tell them">
    {waiting(answer, 'The clicks')}
    {pages ? pages.length === 0 ? <Empty>No click was counted in this time. A Site lists the pages under <code>clicks</code>; the snippet tells rage, dead and error clicks by itself.</Empty>
      : <SortableTable label="Clicks by page" columns={columns} items={pages} keyOf={(page) => page.page} first={columns.length - 1} /> : null}
  </Panel></div>;
}
