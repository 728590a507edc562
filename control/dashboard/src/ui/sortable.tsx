// A table whose rows the reader puts in order by a column: by its heading, which is a button, and again the other way.
import type {ComponentChildren} from 'preact';
import {useState} from 'preact/hooks';

export interface Column<Item> {
  name: string;
  by: (item: Item) => number | string;       // numbers begin with the largest, text with the first
  cell: (item: Item) => ComponentChildren;
}

interface Props<Item> { label: string; columns: Column<Item>[]; items: Item[]; keyOf: (item: Item) => string; first: number }

function compare(a: number | string, b: number | string): number {
  return typeof a === 'number' && typeof b === 'number' ? b - a : String(a).localeCompare(String(b));
}

// The first column names the row; `first` is the column that orders them to begin with.
export function SortableTable<Item>({label, columns, items, keyOf, first}: Props<Item>) {
  const [order, setOrder] = useState({column: first, turned: false});
  const by = columns[order.column]!.by;
  const sorted = [...items].sort((a, b) => (order.turned ? -1 : 1) * compare(by(a), by(b)));
  const direction = (i: number): 'ascending' | 'descending' | undefined => {
    if (i !== order.column || items.length === 0) return undefined;
    return (typeof by(items[0]!) === 'number') === order.turned ? 'ascending' : 'descending';
  };
  const marks = {ascending: ' ▲', descending: ' ▼'};
  return <div class="scroll" tabIndex={0} role="region" aria-label={label}>
    <table>
      <thead><tr>{columns.map(({name}, i) => {
        const way = direction(i);
        return <th key={name} scope="col" class={i === 0 ? 'wrap' : ''} aria-sort={way}>
          <button type="button" class="sort" onClick={() => setOrder({column: i, turned: i === order.column && !order.turned})}>{name}<span aria-hidden="true">{way ? marks[way] : ''}</span></button>
        </th>;
      })}</tr></thead>
      <tbody>{sorted.map((item) => <tr key={keyOf(item)}>{columns.map(({name, cell}, i) =>
        (i === 0 ? <th key={name} scope="row" class="wrap">{cell(item)}</th> : <td key={name}>{cell(item)}</td>))}</tr>)}</tbody>
    </table>
  </div>;
}
