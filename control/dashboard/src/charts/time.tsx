// The frame of every chart over time: axes, marks of what happened, and a cursor that the pointer and the arrow keys move
// from slice to slice. What it stands on is said in a line below, where screen readers hear it too.
import type {ComponentChildren} from 'preact';
import {useEffect, useRef, useState} from 'preact/hooks';
import {timeMarks} from '../format.ts';

export interface Box { width: number; height: number; left: number; right: number; top: number; bottom: number; x(unixS: number): number }
export interface Happening { from: number; to: number | null; kind: 'change' | 'page' | 'ticket' | 'correction'; text: string }

interface Props {
  label: string;
  from: number; to: number; step: number;
  height?: number; left?: number;
  happenings?: Happening[];
  say: (slice: number) => string;  // what is in a slice, in words
  rest: ComponentChildren;         // shown while the cursor is nowhere
  draw: (box: Box) => ComponentChildren;
}

export function useWidth() {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => { if (entry) setWidth(Math.floor(entry.contentRect.width)); });
    if (element.current) observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return {element, width};
}

const kTop = 10, kRight = 10, kBottom = 24;

// Charts grow with the page's letters: 1 at 15 px.
export const unit = (): number => parseFloat(getComputedStyle(document.documentElement).fontSize) / 15;

function boxOf(width: number, props: Props): Box {
  const scale = unit(), left = (props.left ?? 46) * scale, height = (props.height ?? 170) * scale;
  const inner = Math.max(1, width - left - kRight);
  return {
    width, height, left, right: width - kRight, top: kTop, bottom: height - kBottom * scale,
    x: (unixS) => left + ((unixS - props.from) / (props.to - props.from)) * inner,
  };
}

function TimeAxis({box, from, to}: {box: Box; from: number; to: number}) {
  const marks = timeMarks(from, to, Math.max(2, (box.right - box.left) / (90 * unit())));
  return <g>
    <line class="grid" x1={box.left} x2={box.right} y1={box.bottom} y2={box.bottom} />
    {marks.map(({at, text}) => {
      const x = box.x(at);
      if (x < box.left + 12 || x > box.right - 20) return null;
      return <g key={at}><line class="grid" x1={x} x2={x} y1={box.bottom} y2={box.bottom + 4} />
        <text x={x} y={box.height - 6 * unit()} text-anchor="middle">{text}</text></g>;
    })}
  </g>;
}

// Bands for what lasts, lines for moments.
function Happenings({box, all, to}: {box: Box; all: Happening[]; to: number}) {
  return <g aria-hidden="true">{all.map((one, i) => {
    const x = Math.max(box.left, box.x(one.from));
    if (x > box.right) return null;
    if (one.kind === 'change') {
      return <g key={i} class="happened change"><line x1={x} x2={x} y1={box.top} y2={box.bottom} /><path d={`M${x - 4} ${box.top}h8l-4 6z`} /><title>{one.text}</title></g>;
    }
    const end = Math.min(box.right, box.x(one.to ?? to));
    return <rect key={i} class={`happened ${one.kind}`} x={x} y={box.top} width={Math.max(2, end - x)} height={box.bottom - box.top}><title>{one.text}</title></rect>;
  })}</g>;
}

export function TimeChart(props: Props) {
  const {element, width} = useWidth();
  const [cursor, setCursor] = useState<number | null>(null);
  const slices = Math.max(1, Math.round((props.to - props.from) / props.step));
  const box = boxOf(Math.max(240, width), props);
  const at = cursor === null ? null : Math.min(cursor, slices - 1);
  const pointed = (event: PointerEvent): void => {
    const x = event.clientX - (event.currentTarget as Element).getBoundingClientRect().left;
    const slice = Math.floor(((x - box.left) / (box.right - box.left)) * slices);
    setCursor(slice < 0 || slice >= slices ? null : slice);
  };
  const typed = (event: KeyboardEvent): void => {
    const moves: Record<string, number | null> = {
      ArrowLeft: Math.max(0, (at ?? slices) - 1), ArrowRight: Math.min(slices - 1, (at ?? -1) + 1), Home: 0, End: slices - 1,
      PageUp: Math.max(0, (at ?? slices) - 10), PageDown: Math.min(slices - 1, (at ?? -1) + 10), Escape: null,
    };
    if (event.altKey || event.ctrlKey || event.metaKey || !Object.hasOwn(moves, event.key)) return;
    event.preventDefault();
    setCursor(moves[event.key]!);
  };
  const each = (box.right - box.left) / slices;
  return <figure class="chart">
    <div ref={element} class="plot" tabIndex={0} role="group" aria-roledescription="chart" aria-label={`${props.label}. Arrow keys read it slice by slice.`}
      onKeyDown={typed} onPointerMove={pointed} onPointerDown={pointed} onPointerLeave={() => setCursor(null)}>
      {width > 0 ? <svg viewBox={`0 0 ${box.width} ${box.height}`} width={box.width} height={box.height} aria-hidden="true">
        {props.happenings ? <Happenings box={box} all={props.happenings} to={props.to} /> : null}
        {props.draw(box)}
        <TimeAxis box={box} from={props.from} to={props.to} />
        {at === null ? null : <rect class="cursor" x={box.left + at * each} y={box.top} width={Math.max(1, each)} height={box.bottom - box.top} />}
      </svg> : <div style={{height: `${box.height}px`}} />}
    </div>
    <figcaption class="readout" aria-live="polite">{at === null ? props.rest : props.say(at)}</figcaption>
  </figure>;
}

export function Level({box, y, text, kind = 'grid'}: {box: Box; y: number; text: string; kind?: string}) {
  return <g><line class={kind} x1={box.left} x2={box.right} y1={y} y2={y} /><text x={box.left - 6} y={y + 4} text-anchor="end">{text}</text></g>;
}
