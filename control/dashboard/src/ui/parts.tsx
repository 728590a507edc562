// Small parts that several pages have.
import type {ComponentChildren} from 'preact';
import {useEffect, useRef, useState} from 'preact/hooks';
import type {Answer} from '../api.ts';
import {count, percent} from '../format.ts';
import type {Slo, State} from '../types.ts';
import {Figure} from './figure.tsx';

// Nobody needs colour to tell them apart.
export const states: Record<State, string> = {met: '✓ Met', missed: '✕ Missed', unproven: '? Unproven', no_data: '○ No data', no_target: '– No target'};

export const StateBadge = ({slo}: {slo: Slo}) =>
  <span class={`badge ${slo.state}`}>{states[slo.state]}{slo.partial ? ', partial' : ''}</span>;

export const Badge = ({kind, children}: {kind: 'met' | 'missed' | 'unproven' | 'none'; children: ComponentChildren}) =>
  <span class={`badge ${kind}`}>{children}</span>;

// A page's template as an edge reports it; those that no Site lists are one.
export const pageName = (template: string): string => (template === '__other__' ? 'All other pages' : template);

export const Empty = ({children}: {children: ComponentChildren}) => <p class="empty">{children}</p>;

// What an answer that is not there yet, or never will be, looks like; null once there is one.
export function waiting(answer: Answer<unknown>, what: string) {
  if (answer.data) return null;
  if (answer.error) return <p class="empty" role="alert">{what} cannot be shown: {answer.error.message}</p>;
  return <p class="empty" aria-busy="true">Loading {what.toLowerCase()}…</p>;
}

interface PanelProps { title: string; aside?: ComponentChildren; wide?: boolean; children: ComponentChildren }

export function Panel({title, aside, wide, children}: PanelProps) {
  return <section class={`panel ${wide ? 'wide' : ''}`} aria-label={title}>
    <div class="panel-head"><h2>{title}</h2>{aside ? <div class="aside">{aside}</div> : null}</div>
    {children}
  </section>;
}

// The heading of a page takes the focus when the reader comes to it, so that the keyboard and a screen reader start there.
export function Heading({children, title}: {children: ComponentChildren; title: string}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (document.activeElement !== document.body && document.body.dataset.moved) heading.current?.focus();
    document.body.dataset.moved = 'yes';
  }, [title]);
  return <h1 ref={heading} tabIndex={-1}>{children}</h1>;
}

// What is made, and asked for, only while somebody looks. Those inside open by themselves.
export function Unfold({summary, children}: {summary: string; children: () => ComponentChildren}) {
  const [open, setOpen] = useState(false);
  return <details onToggle={(event) => { if (event.target === event.currentTarget) setOpen((event.currentTarget as HTMLDetailsElement).open); }}>
    <summary>{summary}</summary>{open ? children() : null}
  </details>;
}

// Scrolls by itself, so that the page never does sideways; the keyboard can reach and scroll it. Columns of text begin
// with '<' in `head` and are on the left, as their cells of class `wrap`.
export const Table = ({label, head, children}: {label: string; head: string[]; children: ComponentChildren}) =>
  <div class="scroll" tabIndex={0} role="region" aria-label={label}>
    <table>
      <thead><tr>{head.map((cell, i) => <th key={i} scope="col" class={cell.startsWith('<') ? 'wrap' : ''}>{cell.replace(/^</, '')}</th>)}</tr></thead>
      <tbody>{children}</tbody>
    </table>
  </div>;

// What is left of the error budget, with its bounds.
export function BudgetMeter({slo}: {slo: Slo}) {
  if (slo.state === 'no_target') return <p class="muted">No target, so there is no error budget.</p>;
  const budget = slo.budget, left = budget?.left_ratio ?? null;
  const kind = left === null ? '' : left < 0 ? 'over' : left < 0.25 ? 'low' : '';
  const text = left === null ? (slo.target >= 1 ? 'no failure is allowed' : '–') : left < 0 ? `overdrawn by ${percent(-left, 0)}` : percent(left, 1);
  const rows: [string, string][] = budget ? [
    ['Failures allowed', budget.allowed.toFixed(1)], ['Bad', count(slo.counts.bad)], ['Left', budget.left.toFixed(1)],
    ['Left if all unknown were bad', percent(budget.left_ratio_lower, 1)], ['Left if all unknown were good', percent(budget.left_ratio_upper, 1)],
    ['Unknown', count(slo.counts.unknown)], ['Good', count(slo.counts.good)],
  ] : [['Attempts', '0']];
  return <div class="budget">
    <div class="label-row"><span>Error budget left</span><Figure text={text} title="Error budget left" rows={rows}
      note={`The target ${slo.target_text} allows ${percent(1 - slo.target, 3)} of the attempts to fail.`} class={kind === 'over' ? 'bad' : ''} /></div>
    <div class={`meter ${kind}`} aria-hidden="true"><div style={{width: left === null || left < 0 ? '0' : `${Math.min(1, left) * 100}%`}} /></div>
  </div>;
}
