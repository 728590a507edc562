// Where on their pages clicks were: a picture of each page, on asking.
import {useState} from 'preact/hooks';
import {useApi} from '../api.ts';
import {count, plural} from '../format.ts';
import type {Range} from '../route.ts';
import type {ClickMap, Clicks} from '../types.ts';
import {Table, Unfold, waiting} from '../ui/parts.tsx';

type ClickMapKind = ClickMap['kinds'][number];
type ClickPage = Clicks['pages'][number];

const names = {rage: 'Rage', dead: 'Dead', error: 'With an error', click: 'All that the page tells'};
const devices = ['', 'phone', 'tablet', 'desktop', 'unknown'];
const kTableRows = 500;

// Seven steps on a logarithmic scale: one click must be visible beside a thousand.
const heat = (n: number, most: number): number => 1 + Math.round(6 * (most <= 1 ? 1 : Math.log(n) / Math.log(most)));

function Grid({map, kind}: {map: ClickMap; kind: ClickMapKind}) {
  const most = Math.max(...kind.places.map((place) => place[2]));
  const paths: string[] = Array(8).fill('');
  for (const [column, row, n] of kind.places) paths[heat(n, most)] += `M${column} ${row}h1v1h-1z`;
  return <svg class="click-map" viewBox={`0 0 ${map.columns} ${map.rows}`} role="img"
    aria-label={`${names[kind.kind]} clicks on ${map.page}: ${plural(kind.places.length, 'place')}, at most ${count(most)} on one`}>
    {paths.map((path, step) => (path ? <path key={step} class={`h${step}`} d={path} /> : null))}
  </svg>;
}

function Places({map, kind}: {map: ClickMap; kind: ClickMapKind}) {
  const rows = [...kind.places].sort((a, b) => b[2] - a[2]).slice(0, kTableRows);
  return <Table label={`${names[kind.kind]} clicks on ${map.page} by place`} head={['From the left', 'From the top', 'Clicks']}>
    {rows.map(([column, row, n]) => <tr key={`${column} ${row}`}>
      <td>{((column / map.columns) * 100).toFixed(0)} %</td><td>{((row / map.rows) * 100).toFixed(0)} %</td><td>{count(n)}</td></tr>)}
  </Table>;
}

function restText(map: ClickMap, kind: ClickMapKind): string {
  const rest = [`${count(kind.placed)} shown`];
  if (map.suppress_below !== null) rest.push(`${count(kind.suppressed)} suppressed on places with fewer than ${count(map.suppress_below)}`);
  if (kind.unplaced) rest.push(`${count(kind.unplaced)} did not say where`);
  if (kind.no_room) rest.push(`${count(kind.no_room)} on more places than are told apart`);
  return rest.join(', ');
}

function MapOf({page, range}: {page: string; range: Range}) {
  const [device, setDevice] = useState('');
  const answer = useApi<ClickMap>(`clicks/map?range=${range}&page=${encodeURIComponent(page)}${device ? `&device=${device}` : ''}`);
  const map = answer.data, seen = map?.kinds.filter((kind) => kind.clicks > 0) ?? [];
  return <>
    <label>Device <select value={device} onChange={(event) => setDevice(event.currentTarget.value)}>
      {devices.map((one) => <option key={one} value={one}>{one || 'all'}</option>)}</select></label>
    {waiting(answer, 'The grid')}
    {map && seen.length === 0 ? <p class="empty">No grid of this page has come in this time. A Site asks for one under <code>clicks: {'{grid: …}'}</code>; it comes when its period is over.</p> : null}
    {map ? <div class="click-maps">{seen.map((kind) => <figure key={kind.kind}>
      <figcaption>{names[kind.kind]}: {plural(kind.clicks, 'click')}<br /><span class="muted">{restText(map, kind)}</span></figcaption>
      {kind.places.length > 0 ? <><Grid map={map} kind={kind} /><Unfold summary="Show as a table">{() => <Places map={map} kind={kind} />}</Unfold></> : null}
    </figure>)}</div> : null}
  </>;
}

function Card({page, range}: {page: ClickPage; range: Range}) {
  return <article class="panel" aria-label={`Where the clicks on ${page.page} were`}>
    <div class="panel-head"><h2>Where clicks were: {page.page}</h2></div>
    <Unfold summary="Where on the page">{() => <MapOf page={page.page} range={range} />}</Unfold>
  </article>;
}

// Nothing where no Site lists pages.
export function ClickMaps({range}: {range: Range}) {
  const answer = useApi<Clicks>(`clicks?range=${range}`);
  const pages = (answer.data?.pages ?? []).filter((page) => page.page !== '__other__');
  if (answer.error && !answer.data) return waiting(answer, 'The clicks');
  return pages.length === 0 ? null : <div class="panels">{pages.map((page) => <Card key={page.page} page={page} range={range} />)}</div>;
}
