// A number that opens what it is made of: its counts, its unknowns, how it follows from them. A button, so that the
// keyboard reaches it; the browser's own popover, so that Escape and a click elsewhere close it.
import type {ComponentChildren} from 'preact';
import {useId, useRef} from 'preact/hooks';
import {count, percent} from '../format.ts';
import type {Counts} from '../types.ts';

export type Row = [name: string, value: string];

export function countRows(counts: Counts & {ratio?: number | null}): Row[] {
  const rows: Row[] = [['Good', count(counts.good)], ['Bad', count(counts.bad)], ['Unknown', count(counts.unknown)]];
  if (counts.ratio !== undefined) rows.push(['Good of those known', percent(counts.ratio, 3)]);
  return rows;
}

const kGap = 6, kEdge = 8;

// Below its button where there is room, above it else, and never out of the window.
function place(popover: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect(), size = popover.getBoundingClientRect();
  const left = Math.max(kEdge, Math.min(at.left, innerWidth - size.width - kEdge));
  const below = at.bottom + kGap;
  const top = below + size.height <= innerHeight - kEdge ? below : Math.max(kEdge, at.top - size.height - kGap);
  popover.style.left = `${left}px`;
  popover.style.top = `${top}px`;
}

interface Props { text: ComponentChildren; title: string; rows: Row[]; note?: ComponentChildren; big?: boolean; class?: string }

export function Figure({text, title, rows, note, big, class: name}: Props) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null), popover = useRef<HTMLDivElement>(null);
  const opened = (event: Event): void => {
    if ((event as ToggleEvent).newState === 'open' && button.current && popover.current) place(popover.current, button.current);
  };
  return <span class="figure">
    <button type="button" ref={button} class={`number ${big ? 'big' : ''} ${name ?? ''}`} popovertarget={id} aria-describedby={`${id}t`}>{text}</button>
    <span id={`${id}t`} hidden>{title}: what it is made of</span>
    <div id={id} ref={popover} class="details" popover="auto" role="dialog" aria-label={title} onToggle={opened}>
      <strong>{title}</strong>
      <dl>{rows.map(([key, value]) => <div key={key}><dt>{key}</dt><dd>{value}</dd></div>)}</dl>
      {note ? <p>{note}</p> : null}
    </div>
  </span>;
}
