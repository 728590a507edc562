// The frame around every page: where one is, the range, the theme, and whether the centre is well.
import {render} from 'preact';
import {useEffect, useState} from 'preact/hooks';
import {useApi} from './api.ts';
import type {Range, Route} from './route.ts';
import {link, ranges, useRoute} from './route.ts';
import type {Theme} from './theme.ts';
import {setTheme, storedTheme, themes} from './theme.ts';
import type {Status} from './types.ts';
import {Heading} from './ui/parts.tsx';
import {FeedbackPage} from './views/feedback.tsx';
import {FleetPage} from './views/fleet.tsx';
import {IncidentPage} from './views/incident.tsx';
import {IncidentsPage} from './views/incidents.tsx';
import {JourneysPage} from './views/journeys.tsx';
import {Overview} from './views/overview.tsx';
import {PagesPage} from './views/pages.tsx';
import {SloPage} from './views/slo.tsx';

const pages: [string, string[]][] = [['Objectives', []], ['Journeys', ['journeys']], ['Pages', ['pages']], ['Feedback', ['feedback']], ['Incidents', ['incidents']], ['Fleet', ['fleet']]];

function ThemeButton() {
  const [theme, set] = useState<Theme>(storedTheme);
  const next = themes[(themes.indexOf(theme) + 1) % themes.length]!;
  const texts: Record<Theme, string> = {auto: '◐ Auto', light: '☀ Light', dark: '☾ Dark'};
  return <button type="button" class="theme" aria-label={`Colours: ${theme}. Change to ${next}`} onClick={() => { setTheme(next); set(next); }}>{texts[theme]}</button>;
}

function Ranges({route}: {route: Route}) {
  return <fieldset class="ranges"><legend class="hidden">Time range of the charts</legend>
    {(Object.entries(ranges) as [Range, string][]).map(([value, text]) => <label key={value}>
      <input type="radio" name="range" value={value} checked={value === route.range} onChange={() => { location.hash = link(route.path, value); }} /><span>{text}</span></label>)}
  </fieldset>;
}

// Whether figures may be trusted: asked on every page.
function Health({status, error}: {status: Status | null; error: Error | null}) {
  const silent = status?.nodes.total === 0 && status.healthy;  // nothing is wrong, and nothing is known
  const kind = error ? 'down' : !status || silent ? '' : status.healthy ? 'ok' : 'warn';
  const text = error ? (status ? 'The centre does not answer; figures are old' : 'The centre does not answer') : !status ? 'Loading…'
    : silent ? 'No node has reported yet' : `${status.healthy ? 'Healthy' : 'Needs a look'}: ${status.nodes.total - status.nodes.stale} of ${status.nodes.total} nodes`;
  return <p class={`health ${kind}`} role="status" aria-busy={!status && !error}><span class="dot" aria-hidden="true" /><a href="#/fleet">{text}</a></p>;
}

// Pages whose charts have a range.
const ranged = ({path}: Route): boolean => path[0] !== 'fleet' && !(path[0] === 'incidents' && path.length > 1);

function current(route: Route): string {
  const first = route.path[0];
  return first === undefined || first === 'slo' ? 'Objectives' : pages.find(([, path]) => path[0] === first)?.[0] ?? '';
}

function Page({route}: {route: Route}) {
  const [first, second, third] = route.path, {range} = route;
  if (first === undefined) return <Overview range={range} />;
  if (first === 'slo' && second !== undefined && third !== undefined) return <SloPage key={`${second}\n${third}`} journey={second} objective={third} range={range} />;
  if (first === 'journeys') return <JourneysPage range={range} />;
  if (first === 'pages') return <PagesPage range={range} />;
  if (first === 'feedback') return <FeedbackPage range={range} />;
  if (first === 'incidents') return second === undefined ? <IncidentsPage range={range} /> : <IncidentPage key={second} id={second} range={range} />;
  if (first === 'fleet') return <FleetPage />;
  return <><Heading title="nothing">There is nothing here</Heading><p><a href={link([], range)}>All objectives</a></p></>;
}

function zone(): string {
  const minutes = -new Date().getTimezoneOffset();
  return `UTC${minutes < 0 ? '−' : '+'}${Math.floor(Math.abs(minutes) / 60)}${minutes % 60 ? `:${String(Math.abs(minutes) % 60).padStart(2, '0')}` : ''}`;
}

function App() {
  const route = useRoute(), {data: status, error} = useApi<Status>('status');
  const title = status?.title ?? 'Bellrock', at = current(route);
  useEffect(() => {
    document.title = [route.path.slice(1).join(' / ') || at, title].filter(Boolean).join(' · ');
  }, [title, at, route.path.join('/')]);
  const skip = (event: Event): void => {
    event.preventDefault();
    document.querySelector('main')?.focus();
  };
  return <>
    <a class="skip" href="#main" onClick={skip}>Skip to the page</a>
    <header class="top">
      <a class="brand" href={link([], route.range)}><img src="/icon.svg" alt="" width="30" height="30" /><span>{title}</span></a>
      <nav aria-label="Pages">{pages.map(([name, path]) => <a key={name} href={link(path, route.range)} aria-current={name === at ? 'page' : undefined}>{name}</a>)}</nav>
      <Health status={status} error={error} />
      {ranged(route) ? <Ranges route={route} /> : null}
      <ThemeButton />
    </header>
    <main id="main" tabIndex={-1}><Page route={route} /></main>
    <footer class="foot"><span>{status ? `bellrock-central ${status.version}, wire schema ${status.wire_schema}` : ''}</span>
      <span>Times are local ({zone()}). <a href="/api/v1/openapi.json">The API</a> has the same figures.</span></footer>
  </>;
}

render(<App />, document.getElementById('app')!);
