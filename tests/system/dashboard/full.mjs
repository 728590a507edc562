// The pages of a centre that was filled: what they show is what was planted.
import assert from 'node:assert/strict';
import {percent, whole} from './truth.mjs';
import {opened} from './visitor.mjs';

const main = (page) => page.locator('main');
export const section = (page, name) => page.locator(`section[aria-label="${name}"], article[aria-label="${name}"]`);
const minute = (unixS) => new Date(unixS * 1000).toISOString().slice(11, 16);

// The frame of time that a page shows moves on, perhaps just now: what depends on it has another chance.
export async function framed(visitor, page, path, compare) {
  for (let tries = 0; ; ++tries) {
    try {
      return await compare(await (await page.request.get(`${visitor.url}/api/v1/${path}`)).json());
    } catch (error) {
      if (tries === 2) throw error;
      await page.reload();
      await visitor.settle(page);
    }
  }
}

const legend = async (panel) => Object.fromEntries(await panel.locator('ul.legend').last().locator('li').evaluateAll((all) =>
  all.map((item) => [[...item.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join('').trim(), item.querySelector('b').textContent])));
const shown = (counts) => Object.fromEntries(Object.entries(counts).filter(([, n]) => n > 0).map(([name, n]) => [name, whole(n)]));

export const cases = {
  'each objective has the ratio, the counts and the budget that were planted': (visitor, truth) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/');
    for (const [journey, objective, target, places] of [['checkout', 'success', 992n, 2], ['checkout', 'e2e', 950n, 2], ['search', 'fast', 950n, 2]]) {
      const {good, bad, unknown} = truth.verdicts(journey, objective, 0, Infinity);
      const card = page.locator('article', {has: page.getByRole('link', {name: `${journey} / ${objective}`, exact: true})});
      const ratio = card.locator('button.big');
      assert.equal(await ratio.textContent(), percent(good, good + bad, places));
      const rows = await opened(page, ratio);
      assert.deepEqual([rows.Good, rows.Bad, rows.Unknown], [good, bad, unknown].map(whole));
      const allowed = BigInt(good + bad) * (1000n - target), left = allowed - BigInt(bad) * 1000n;
      assert.equal(await card.locator('.budget button').textContent(), percent(left, allowed, 1));
      const budget = await opened(page, card.locator('.budget button'));
      assert.equal(budget['Failures allowed'], (Number(allowed) / 1000).toFixed(1));
      const lower = percent(good, good + bad + unknown, places);
      assert.match(await card.locator('.ends').textContent(), unknown ? new RegExp(`between ${lower} and `) : /exact: nothing is unknown/);
    }
    const quiet = page.locator('article', {has: page.getByRole('link', {name: 'signup / success'})});
    assert.match(await quiet.textContent(), /○ No data.*nothing to judge yet/);
    await visitor.picture(page, 'overview');
  }),

  'a composite has the sum of its parts, by their weights': (visitor, truth) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/');
    const fast = truth.verdicts('search', 'fast', 0, Infinity), success = truth.verdicts('checkout', 'success', 0, Infinity);
    const [good, bad, unknown] = ['good', 'bad', 'unknown'].map((name) => fast[name] + 5 * success[name]);
    const card = section(page, 'whole-shop');
    assert.equal(await card.locator('button.big').textContent(), percent(good, good + bad, 2));
    const rows = await opened(page, card.locator('button.big'));
    assert.deepEqual([rows.Good, rows.Bad, rows.Unknown], [good, bad, unknown].map(whole));
    assert.match(await section(page, 'weakest').textContent(), /as the least healthy part.*signup \/ success.*No data/);
  }),

  'an objective\'s page has the outcomes, verdicts, dimensions and latencies of its range': (visitor, truth) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/slo/checkout/success');
    await framed(visitor, page, 'journeys?range=24h', async ({from_unix_s: from, to_unix_s: to}) => {
      assert.deepEqual(await legend(section(page, 'Good, bad and unknown')), shown(truth.verdicts('checkout', 'success', from, to)));
      assert.deepEqual(await legend(section(page, 'How attempts of checkout ended')), shown(truth.outcomes('checkout', from, to)));
      const phone = section(page, 'By dimension').getByRole('row', {name: 'phone'});
      const {good, bad} = truth.verdicts('checkout', 'success', from, to, {dimension: 'device', value: 'phone'});
      assert.equal(await phone.locator('td').nth(1).textContent(), whole(bad));
      assert.equal(await phone.locator('button').textContent(), percent(good, good + bad, 2));
    });
    await visitor.picture(page, 'objective');
    await visitor.go(page, '#/slo/search/fast');
    await framed(visitor, page, 'heatmap?journey=search&objective=fast&range=24h', async ({from_unix_s: from, to_unix_s: to}) => {
      const measured = ['good', 'bad'].reduce((sum, detail) => sum + truth.sum({journey: 'search', kind: 'objective', item: 'fast', detail}, from, to, {measured: true}), 0);
      assert.match(await section(page, 'Latency over time').locator('.readout').textContent(), new RegExp(`^${whole(measured)} attempts measured`));
      const cells = section(page, 'Latency over time').locator('details');
      await cells.locator('summary').click();
      const rows = await cells.locator('tbody tr td:last-child').allTextContents();
      const listed = rows.reduce((sum, text) => sum + Number(text.replaceAll(',', '')), 0);
      assert.ok(rows.length === 500 ? listed <= measured : listed === measured, `${listed} of ${measured} in ${rows.length} rows`);
    });
  }),

  'arrow keys read a chart slice by slice, with the counts that were planted': (visitor, truth) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/slo/checkout/success');
    await framed(visitor, page, 'journeys?range=24h', async ({from_unix_s: from, to_unix_s: to, step_s: step}) => {
      const chart = section(page, 'Good, bad and unknown');
      const wanted = Math.floor((truth.outage_from - from) / step), start = from + wanted * step;
      await chart.locator('.plot').focus();
      await page.keyboard.press('Home');
      for (let slice = 0; slice < wanted; ++slice) await page.keyboard.press('ArrowRight');
      const {good, bad, unknown} = truth.verdicts('checkout', 'success', start, start + step);
      const said = await chart.locator('.readout').textContent();
      assert.ok(said.includes(minute(start)) && said.includes(`: ${whole(good + bad + unknown)}, `) && said.includes(`bad ${whole(bad)} (`), said);
      await page.keyboard.press('Escape');
      assert.match(await chart.locator('.readout').textContent(), /attempts$/);
      await section(page, 'Burn rate').locator('.plot').focus();
      await page.keyboard.press('Home');
      for (let slice = 0; slice < wanted; ++slice) await page.keyboard.press('ArrowRight');
      const hour = truth.verdicts('checkout', 'success', start + step - 3600, start + step);
      const rates = await section(page, 'Burn rate').locator('.readout').textContent();
      assert.ok(rates.includes(`(${whole(hour.good)} good, ${whole(hour.bad)} bad, ${whole(hour.unknown)} unknown)`), `${rates} ${JSON.stringify(hour)}`);
      assert.ok(start + step < to);
    });
  }),

  'the outage is an incident with its first sign, its recovery and its attempts': (visitor, truth) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/incidents');
    const row = section(page, 'Incidents').getByRole('row', {name: 'checkout/success'});
    const {good, bad, unknown} = truth.verdicts('checkout', 'success', truth.outage_from, truth.outage_to);
    const text = await row.textContent();
    assert.ok(text.includes(minute(truth.outage_from)) && text.includes(minute(truth.outage_to)) && text.includes('25 min'), text);
    const rows = await opened(page, row.locator('button').last());
    assert.deepEqual([rows.Good, rows.Bad, rows.Unknown], [good, bad, unknown].map(whole));
    const changes = section(page, 'Changes');
    assert.ok((await changes.textContent()).includes(truth.what));
    await changes.getByRole('button', {name: 'Judge'}).focus();
    await page.keyboard.press('Enter');
    await changes.locator('li', {hasText: 'checkout/success'}).locator('.badge.missed').waitFor();
    await visitor.picture(page, 'incidents');
    await row.getByRole('link').first().click();
    await visitor.settle(page);
    await page.locator('h1', {hasText: /^Incident \d+: checkout \/ success/}).waitFor();
    assert.ok((await section(page, 'Changes of the day before').textContent()).includes(truth.what));
    assert.equal(await section(page, 'What happened').locator('dd button').first().textContent(), whole(bad));
    assert.deepEqual(await legend(section(page, 'How attempts ended meanwhile')), shown(truth.outcomes('checkout', truth.outage_from, truth.outage_to)));
    await visitor.picture(page, 'incident');
  }),

  'journeys have the steps and outcomes that were planted': (visitor, truth) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/journeys');
    await framed(visitor, page, 'journeys?range=24h', async ({from_unix_s: from, to_unix_s: to}) => {
      for (const journey of ['checkout', 'search']) {
        const card = section(page, journey);
        for (const step of await card.locator('.funnel li').all()) {
          const name = (await step.locator('.name').textContent()).split(' ')[0];
          assert.equal(await step.locator('button').textContent(), whole(truth.sum({journey, kind: 'step', item: name}, from, to)), name);
        }
        assert.deepEqual(await legend(card), shown(truth.outcomes(journey, from, to)));
        assert.match(await card.locator('.aside').textContent(), new RegExp(`^${whole(truth.sum({journey, kind: 'start', item: ''}, from, to))} attempts`));
      }
    });
    assert.match(await section(page, 'signup').textContent(), /No data yet/);
    await visitor.picture(page, 'journeys');
  }),

  'pages have the web vitals that were planted, by rating, device and connection': (visitor, truth) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/pages');
    await framed(visitor, page, 'vitals?range=24h', async ({from_unix_s: from, to_unix_s: to}) => {
      for (const name of ['/checkout', '/product/{id}']) {
        const of = (item, detail, where = {}) => truth.sum({journey: name, kind: 'vital', item, ...(detail ? {detail} : {}), ...where}, from, to);
        const all = (item, where) => ['good', 'needs_improvement', 'poor', 'unrated'].reduce((sum, detail) => sum + of(item, detail, where), 0);
        const card = section(page, name);
        assert.equal(await card.locator('.aside').textContent(), `${whole(all('lcp'))} page views measured`);
        const lcp = card.locator('.vitals > div', {hasText: 'Largest contentful paint'});
        const rows = await opened(page, lcp.locator('button'));
        assert.deepEqual([rows.Good, rows['Needs improvement'], rows.Poor], ['good', 'needs_improvement', 'poor'].map((rating) => whole(of('lcp', rating))));
        assert.ok((await lcp.textContent()).includes(`${percent(of('lcp', 'good'), all('lcp'), 1)} good`));
        assert.match(await card.locator('.vitals > div', {hasText: 'DOM content loaded'}).textContent(), new RegExp(`${whole(all('dcl'))} measured; it has no thresholds`));
        await card.locator('summary').click();
        const slow = card.getByRole('row', {name: 'phone 3g'}).locator('button').first();
        const where = {dimension: 'connection,device', value: '3g,phone'};
        const group = await opened(page, slow);
        assert.equal(group['Page views measured'], whole(all('lcp', where)));
        assert.equal(group.Poor, whole(of('lcp', 'poor', where)));
      }
    });
    await visitor.picture(page, 'pages');
  }),

  'a journey says what slow payments do to who stays, by strata and with its interval': (visitor, truth) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/journeys');
    await framed(visitor, page, 'effects?range=24h', async ({from_unix_s: from, to_unix_s: to, effects: [effect]}) => {
      const part = section(page, 'Effect of pay_ok');
      assert.match(await part.textContent(), new RegExp(`${whole(truth.sum({journey: 'checkout', kind: 'effect', item: 'pay_ok'}, from, to))} attempts from pay`));
      assert.match(await part.textContent(), /Observational/);
      for (const method of ['table', 'hazard']) {
        const {estimate} = effect[method];
        assert.equal(estimate.verdict, 'raises', method);
        const rows = await opened(page, part.locator('button', {hasText: 'pp ['}).nth(method === 'table' ? 0 : 1));
        assert.deepEqual([rows.Attempts, rows['Ended so']], [estimate.n, estimate.events].map(whole));
        assert.ok(estimate.low < estimate.per_100ms && estimate.per_100ms < estimate.high);
      }
      // One more leaves of 60 for 100 ms more.
      assert.ok(Math.abs(effect.table.estimate.per_100ms - 1 / 60) < 0.003, effect.table.estimate.per_100ms);
      assert.equal(await part.locator('svg path.band').count(), 2);
    });
    await section(page, 'Effect of pay_ok').scrollIntoViewIfNeeded();
    await visitor.picture(page, 'effect');
  }),

  'the fleet has both nodes, their drops, and what is wrong with them': (visitor, truth) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/fleet');
    const panel = section(page, 'Nodes');
    assert.equal(await panel.locator('tbody tr').count(), 2);
    const row = panel.getByRole('row', {name: 'edge-north'});
    assert.match(await row.textContent(), /1,000 \(0\.10\s%\)/);
    const rows = await opened(page, row.locator('button').last());
    assert.equal(rows.drop_not_ours, '990');
    // Its clock was a minute ahead when it last spoke; a node that is silent says nothing of its clock any more.
    const clock = row.locator('td').nth(2);
    if (await clock.locator('button').count()) {
      assert.match(await clock.textContent(), /ahead/);
      assert.equal((await opened(page, clock.locator('button')))['Centre’s time less the node’s'], '-61,500 ms');
    } else assert.match(await clock.textContent(), /not known/);
    // It has nothing to say any more two minutes after its last frame.
    const problems = await section(page, 'Could the collector itself be the cause?').textContent();
    assert.ok(['agent up, edge not running', 'not heard of'].some((what) => problems.includes(`node ${truth.hostile.node}: ${what}`)), problems);
    const sums = await opened(page, page.locator('.tile').nth(3).locator('button'));
    assert.equal(sums['Recorded = kept + trimmed'], 'holds');
    await visitor.picture(page, 'fleet');
  }),

  'names that are markup are text, wherever they are': (visitor, truth) => visitor.look({expected: /status of 404/}, async (page) => {
    const {node, value, name, outcome} = truth.hostile;
    for (const [hash, texts] of [['#/slo/checkout/success', [value, name, outcome, truth.what]], ['#/incidents', [truth.what, '<ci>', '2.4.1 <u>']], ['#/journeys', [outcome]],
      ['#/fleet', [node]], ['#/slo/search/fast?range=7d', ['planned <em>maintenance</em>']], ['#/slo/%3Cimg%20src=x%20onerror=window.xss=6%3E/x', ['<img src=x onerror=window.xss=6> / x']]]) {
      await visitor.go(page, '#/nothing');
      await visitor.go(page, hash);
      const said = await main(page).textContent();
      for (const text of texts) assert.ok(said.includes(text), `${hash} has no ${text}`);
      assert.equal(await page.locator('.brand').textContent(), truth.title);
      await visitor.checkMarkup(page);
    }
    await visitor.go(page, '#/fleet');
    const counters = await opened(page, section(page, 'Nodes').getByRole('row', {name: node}).locator('button').last());
    assert.equal(counters[name], '7');
  }),
};
