// The pages of a site as visitors had them: where they clicked in vain, went to and fro or tried again; web vitals and timings, rated by the published
// thresholds, in all and by device and connection.
import {useApi} from '../api.ts';
import {count, duration, percent, plural} from '../format.ts';
import type {Range} from '../route.ts';
import {ranges} from '../route.ts';
import type {RatedVital, VitalGroup, VitalGroups, VitalPage, Vitals} from '../types.ts';
import {Figure} from '../ui/figure.tsx';
import type {Row} from '../ui/figure.tsx';
import {Empty, Heading, pageName, Table, Unfold, waiting} from '../ui/parts.tsx';
import {ClickMaps} from './click_maps.tsx';
import {ClicksPanel} from './clicks.tsx';
import {ErrorsPanel} from './errors.tsx';
import {FrustrationPanel} from './frustration.tsx';
import {SlowPanel} from './slow.tsx';
import {CoveragePanel, SplitPanel} from './coverage.tsx';

const names: Record<RatedVital['vital'], string> = {
  lcp: 'Largest contentful paint', inp: 'Interaction to next paint', cls: 'Cumulative layout shift', fcp: 'First contentful paint',
  ttfb: 'Time to first byte', dcl: 'DOM content loaded', load: 'Load',
};
const ratings = ['good', 'needs_improvement', 'poor'] as const;
const words = {good: 'good', needs_improvement: 'needs improvement', poor: 'poor'};

const isRated = (one: RatedVital): boolean => one.unrated < one.count;
const p75Text = (one: RatedVital): string =>
  (one.p75 === null ? '–' : one.vital === 'cls' ? one.p75.toFixed(3) : duration(one.p75 * 1e9));

function Measured({one, of}: {one: RatedVital; of: string}) {
  const rows: Row[] = [['Page views measured', count(one.count)], ['Three of four within', p75Text(one)]];
  if (isRated(one)) rows.push(['Good', count(one.good)], ['Needs improvement', count(one.needs_improvement)], ['Poor', count(one.poor)]);
  const note = isRated(one) ? 'Counts are exact; what three of four had is exact to about one percent.' : 'A timing without published thresholds.';
  return <Figure text={p75Text(one)} title={`${names[one.vital]}: ${of}`} rows={rows} note={note} />;
}

function Rating({one}: {one: RatedVital}) {
  if (!isRated(one)) return <span class="muted">{count(one.count)} measured; it has no thresholds</span>;
  const shares = ratings.filter((rating) => one[rating] > 0);
  return <>
    <div class="stack" aria-hidden="true">{shares.map((rating) =>
      <div key={rating} class={`v-${rating}`} style={{width: `${(one[rating] / one.count) * 100}%`}} />)}</div>
    <span class="muted">{shares.map((rating) => `${percent(one[rating] / one.count, 1)} ${words[rating]}`).join(', ')}</span>
  </>;
}

function GroupTable({page, groups}: {page: VitalPage; groups: VitalGroup[]}) {
  const shown = page.vitals.map((one) => one.vital);
  const cell = (group: VitalGroup, vital: RatedVital['vital']) => {
    const one = group.vitals.find((other) => other.vital === vital);
    return one ? <><Measured one={one} of={`${page.page}, ${group.device}, ${group.connection}`} />
      {isRated(one) ? <span class="muted"> {percent(one.good / one.count, 0)} good</span> : null}</> : '–';
  };
  return <Table label={`Vitals of ${page.page} by device and connection`} head={['<Device', '<Connection', ...shown.map((vital) => vital.toUpperCase())]}>
    {groups.map((group) => <tr key={`${group.device} ${group.connection}`}>
      <th scope="row" class="wrap">{group.device}</th><td class="wrap">{group.connection}</td>
      {shown.map((vital) => <td key={vital}>{cell(group, vital)}</td>)}
    </tr>)}
  </Table>;
}

// All pages' are some twenty times as much as the rest.
function Groups({page, range}: {page: VitalPage; range: Range}) {
  const answer = useApi<VitalGroups>(`vitals/groups?range=${range}&page=${encodeURIComponent(page.page)}`), groups = answer.data?.groups;
  if (!groups) return waiting(answer, 'The groups');
  return groups.length === 0 ? <Empty>Nothing is known of devices and connections of this page.</Empty> : <GroupTable page={page} groups={groups} />;
}

function Card({page, range}: {page: VitalPage; range: Range}) {
  const views = Math.max(0, ...page.vitals.map((one) => one.count));
  return <article class="panel" aria-label={page.page}>
    <div class="panel-head"><h2>{pageName(page.page)}</h2><div class="aside">{plural(views, 'page view')} measured</div></div>
    <dl class="vitals">{page.vitals.map((one) => <div key={one.vital}>
      <dt>{names[one.vital]}</dt>
      <dd><Measured one={one} of={page.page} /></dd>
      <dd><Rating one={one} /></dd>
    </div>)}</dl>
    <Unfold summary="By device and connection">{() => <Groups page={page} range={range} />}</Unfold>
  </article>;
}

export function PagesPage({range}: {range: Range}) {
  const answer = useApi<Vitals>(`vitals?range=${range}`);
  const pages = answer.data?.pages;
  return <>
    <Heading title="pages">Pages <span class="muted">of the last {ranges[range]}: what three of four page views had</span></Heading>
    <ClicksPanel range={range} />
    <FrustrationPanel range={range} />
    <ErrorsPanel range={range} />
    {waiting(answer, 'The pages')}
    {pages ? pages.length === 0 ? <Empty>No page has web vitals in this time. A Site lists the pages to measure under <code>vitals</code>; the snippet sends what it measures.</Empty>
      : <div class="panels">{pages.map((page) => <Card key={page.page} page={page} range={range} />)}</div> : null}
    <CoveragePanel range={range} />
    <SplitPanel range={range} />
    <SlowPanel range={range} />
    <ClickMaps range={range} />
  </>;
}
