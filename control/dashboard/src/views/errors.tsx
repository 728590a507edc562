// Errors that pages told of, by code, in all and page by page. A code is text of strangers: it is only ever shown as text.
import {useApi} from '../api.ts';
import {count, percent} from '../format.ts';
import type {Range} from '../route.ts';
import type {Errors} from '../types.ts';
import {Figure} from '../ui/figure.tsx';
import type {Row} from '../ui/figure.tsx';
import {Empty, pageName, Panel, waiting} from '../ui/parts.tsx';
import type {Column} from '../ui/sortable.tsx';
import {SortableTable} from '../ui/sortable.tsx';

interface Code { code: string; errors: number; all: number; pages: [page: string, errors: number][] }

const codeName = (code: string): string => (code === '__other__' ? 'all other codes' : code);

const meaning = (code: string): string => {
  if (code === '__other__') return 'Codes that are not told apart, and errors that say nothing.';
  return code.startsWith('#') ? 'A hash of the error’s message: the text stays on the node.' : 'As the page said it.';
};

function codesOf({codes, errors: all, pages}: Errors): Code[] {
  return codes.map(({code, errors}) => ({
    code, errors, all,
    pages: pages.flatMap(({page, codes: own}) => own.filter((one) => one.code === code).map((one): [string, number] => [pageName(page), one.errors]))
      .sort((a, b) => b[1] - a[1]),
  }));
}

function Count({of}: {of: Code}) {
  const rows: Row[] = [['Errors', count(of.errors)], ...of.pages.map(([page, errors]): Row => [`On ${page}`, count(errors)]), ['Errors of all codes', count(of.all)]];
  return <Figure text={count(of.errors)} title={`Errors: ${codeName(of.code)}`} rows={rows} note={meaning(of.code)} />;
}

const columns: Column<Code>[] = [
  {name: 'Code', by: (of) => codeName(of.code), cell: (of) => <code>{codeName(of.code)}</code>},
  {name: 'Errors', by: (of) => of.errors, cell: (of) => <Count of={of} />},
  {name: 'Share', by: (of) => of.errors / of.all, cell: (of) => percent(of.errors / of.all, 1)},
  {name: 'Mostly on', by: (of) => of.pages[0]?.[0] ?? '', cell: (of) => of.pages[0]?.[0] ?? '–'},
];

export function ErrorsPanel({range}: {range: Range}) {
  const answer = useApi<Errors>(`errors?range=${range}`), errors = answer.data;
  return <div class="rows"><Panel title="Errors by code" aside="each error beacon once: its code, else a hash of its message">
    {waiting(answer, 'The errors')}
    {errors ? errors.codes.length === 0 ? <Empty>No error was counted in this time. A Site asks for them with <code>errors</code>.</Empty>
      : <SortableTable label="Errors by code" columns={columns} items={codesOf(errors)} keyOf={(of) => of.code} first={1} /> : null}
  </Panel></div>;
}
