// What visitors answer, where they click in vain and how many they are: the pages show what was planted.
import assert from 'node:assert/strict';
import {framed, section} from './full.mjs';
import {percent, whole} from './truth.mjs';
import {opened} from './visitor.mjs';

// Of those who succeeded, only what was answered under other rules is a 0.
const answered = (truth, question, from, to, where = {}) => (outcome, first, last) => {
  let sum = 0;
  for (let answer = Math.max(first, outcome === 'success' ? 1 : 0); answer <= last; ++answer) sum += truth.sum({journey: 'checkout', kind: 'feedback', item: outcome, detail: `${question}/${answer}`, ...where}, from, to);
  return sum;
};
const table = (page, name) => page.getByRole('region', {name});
const rowOf = (region, name) => region.locator('tbody tr', {has: region.page().getByRole('rowheader', {name, exact: true})});
// What a cell shows, without what its figures open.
const shownIn = (cell) => cell.evaluate((element) => [...element.querySelectorAll(':scope > span:not(.figure), :scope button')].map((part) => part.textContent).join(''));
// In tenths of a point, cut, as a net promoter score.
function points(difference, all) {
  const tenths = (BigInt(Math.abs(difference)) * 1000n) / BigInt(all);
  return `${tenths === 0n ? '' : difference < 0 ? '−' : '+'}${tenths / 10n}.${tenths % 10n}`;
}

export const cases = {
  'feedback has the scores, the response and the counts that were planted, by how attempts ended': (visitor, truth) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/feedback');
    await framed(visitor, page, 'feedback?range=24h', async ({from_unix_s: from, to_unix_s: to}) => {
      const nps = answered(truth, 'nps', from, to), csat = answered(truth, 'csat', from, to), ces = answered(truth, 'ces', from, to);
      const rows = table(page, 'checkout: recommendation (NPS) by how attempts ended');
      for (const outcome of ['success', 'failed.system']) {
        const row = rowOf(rows, outcome), all = nps(outcome, 0, 10), promoters = nps(outcome, 9, 10), detractors = nps(outcome, 0, 6);
        assert.ok(all >= 30, outcome);
        assert.equal(await row.locator('td').first().textContent(), whole(all));
        const score = row.locator('button').nth(1);
        assert.equal(await score.textContent(), points(promoters - detractors, all), outcome);
        const made = await opened(page, score);
        assert.deepEqual([made.Answers, made['Promoters (9 to 10)'], made['Detractors (0 to 6)']], [all, promoters, detractors].map(whole));
        for (let answer = 0; answer <= 10; ++answer) assert.equal(made[`Answered ${answer}`], whole(nps(outcome, answer, answer)));
        assert.ok((await row.textContent()).includes(`${whole(detractors)} detractors (${percent(detractors, all, 1)})`));
        const attempts = truth.outcomes('checkout', from, to)[outcome], response = await opened(page, row.locator('button').first());
        assert.equal(await row.locator('button').first().textContent(), percent(all, attempts, 1));
        assert.deepEqual([response['Attempts that ended so'], response.Answered, response['Did not']], [attempts, all, attempts - all].map(whole));
      }
      const satisfied = rowOf(table(page, 'checkout: satisfaction (CSAT) by how attempts ended'), 'abandoned');
      assert.equal(await satisfied.locator('button').nth(1).textContent(), percent(csat('abandoned', 4, 5), csat('abandoned', 1, 5), 1));
      const effort = rowOf(table(page, 'checkout: effort (CES) by how attempts ended'), 'success').locator('button').nth(1);
      const sum = [1, 2, 3, 4, 5, 6, 7].reduce((all, answer) => all + answer * ces('success', answer, answer), 0);
      assert.equal(await effort.textContent(), (sum / ces('success', 1, 7)).toFixed(2));
      const hours = truth.sum({journey: 'checkout', kind: 'feedback', item: 'success', detail: 'nps/4'}, from, to);
      assert.match(await page.locator('main').textContent(), new RegExp(`checkout: ${whole(hours)} answers in no band of latency, for want of room; ${whole(3 * hours)} answers under other rules in no figure`));
    });
    await visitor.picture(page, 'feedback');
  }),

  'too few answers are no figure, and say how few they are': (visitor, truth) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/feedback');
    await framed(visitor, page, 'feedback?range=24h', async ({from_unix_s: from, to_unix_s: to}) => {
      const few = answered(truth, 'nps', from, to)('failed.user', 0, 10);
      assert.ok(few > 0 && few < 30, String(few));
      const row = rowOf(table(page, 'checkout: recommendation (NPS) by how attempts ended'), 'failed.user');
      assert.match(await row.textContent(), new RegExp(`too few answers \\(${few} of 30\\)$`));
      assert.equal(await row.locator('button, svg').count(), 0);
    });
    await visitor.go(page, '#/feedback?range=28d');
    const all = answered(truth, 'nps', 0, Infinity)('failed.user', 0, 10);
    assert.ok(all >= 30);
    assert.equal(await rowOf(table(page, 'checkout: recommendation (NPS) by how attempts ended'), 'failed.user').locator('button').nth(1).textContent(), '−100.0');
  }),

  'feedback by latency has what was planted in each band': (visitor, truth) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/feedback');
    await framed(visitor, page, 'feedback?range=24h', async ({from_unix_s: from, to_unix_s: to}) => {
      const rows = table(page, 'checkout: recommendation (NPS) by latency');
      for (const [band, words] of [['0ms', 'under 200 ms'], ['200ms', '200 ms – 400 ms'], ['400ms', '400 ms – 800 ms'], ['1600ms', '1.6 s – 3.2 s']]) {
        const nps = answered(truth, 'nps', from, to, {dimension: 'latency', value: band});
        const all = nps('success', 0, 10), made = await opened(page, rowOf(rows, words).first().locator('button'));
        assert.equal(await rowOf(rows, words).locator('button').first().textContent(), points(nps('success', 9, 10) - nps('success', 0, 6), all), words);
        assert.deepEqual([made.Answers, made['Promoters (9 to 10)'], made['Passives (7 to 8)']], [all, nps('success', 9, 10), nps('success', 7, 8)].map(whole));
      }
      const slow = answered(truth, 'nps', from, to, {dimension: 'latency', value: '3200ms'})('success', 0, 10);
      assert.match(await rowOf(rows, '3.2 s – 6.4 s').textContent(), new RegExp(`too few answers \\(${slow} of 30\\)$`));
    });
  }),

  'signs of frustration are counted by page, with their share of its page views': (visitor, truth) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/pages');
    const rows = table(page, 'Frustration by page');
    await framed(visitor, page, 'frustration?range=24h', async ({from_unix_s: from, to_unix_s: to}) => {
      const of = (journey, item) => truth.sum({journey, kind: 'frustration', item}, from, to);
      for (const name of ['/checkout', '/product/{id}']) {
        const row = rowOf(rows, name), views = of(name, 'views');
        assert.equal(await shownIn(row.locator('td').nth(0)), whole(views));
        for (const [i, sign] of ['back', 'loop', 'thrash', 'retry'].entries()) {
          const n = of(name, sign);
          assert.equal(await shownIn(row.locator('td').nth(i + 1)), n ? `${whole(n)} ${percent(n, views, 1)}` : whole(n), `${name} ${sign}`);
        }
      }
    });
  }),

  'coverage and split have what was planted, by page, browser and part': (visitor, truth) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/pages');
    await framed(visitor, page, 'coverage?range=24h', async ({from_unix_s: from, to_unix_s: to}) => {
      const of = (item, detail, where) => truth.sum({journey: '/checkout', kind: 'coverage', item, detail, ...where}, from, to);
      const row = rowOf(table(page, 'Coverage by page'), '/checkout');
      const [seen, covered, uncovered, unknown] = [of('seen'), of('covered'), of('uncovered'), of('unknown', 'restart')];
      assert.ok(unknown > 0);
      assert.equal(await row.locator('td').nth(0).locator('button').textContent(), percent(covered, covered + uncovered, 1));
      assert.deepEqual(await Promise.all([1, 2, 3, 4, 5].map((i) => row.locator('td').nth(i).textContent())), [seen, covered, uncovered, unknown, 0].map(whole));
      const made = await opened(page, row.locator('button').first());
      assert.deepEqual([made['Pages seen'], made['Unknown: the edge was away'], made['Further beacons']], [seen, unknown, of('beacon', 'further')].map(whole));
      const safari = of('covered', '', {dimension: 'browser', value: 'safari'});
      const safaris = await table(page, 'Coverage by page').locator('tbody tr', {hasText: 'safari'}).locator('td').nth(2).textContent();
      assert.equal(safaris, whole(safari));
    });
    await framed(visitor, page, 'split?range=24h', async ({from_unix_s: from, to_unix_s: to}) => {
      const of = (item, detail) => truth.sum({journey: '/checkout', kind: 'split', item, detail}, from, to);
      const row = rowOf(table(page, 'Split by page'), '/checkout');
      for (const [i, part] of ['server', 'network', 'client'].entries()) {
        assert.equal((await opened(page, row.locator('td').nth(i).locator('button')))['Page loads'], whole(of(part)), part);
      }
      assert.match(await row.textContent(), new RegExp(`${whole(of('unmatched', 'no_timing'))} pages without a timing`));
    });
    await visitor.picture(page, 'pages');
  }),

  'calls are split like page loads, and pages that the server is slow on come first': (visitor, truth) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/pages');
    const of = (journey, item, detail, from, to) => truth.sum({journey, kind: 'split', item, detail}, from, to);
    await framed(visitor, page, 'split?range=24h', async ({from_unix_s: from, to_unix_s: to}) => {
      const row = rowOf(table(page, 'Split by call'), '/api/cart');
      const shares = [['server', 0.03125], ['network', 0.0625]];
      for (const [i, [part, seconds]] of shares.entries()) {
        const made = await opened(page, row.locator('td').nth(i).locator('button'));
        assert.equal(made.Calls, whole(of('/api/cart', `call_${part}`, '', from, to)), part);
        assert.ok(Math.abs(parseFloat(made['Three of four within']) / (seconds * 1000) - 1) < 0.02, made['Three of four within']);
      }
      assert.match(await row.textContent(), new RegExp(`${whole(of('/api/cart', 'call_unmatched', 'not_followed', from, to))} calls not followed`));
      assert.equal(await rowOf(table(page, 'Split by page'), '/api/cart').count(), 0);
    });
    await framed(visitor, page, 'slow?range=24h', async ({from_unix_s: from, to_unix_s: to}) => {
      const rows = table(page, 'Slow pages');
      assert.deepEqual(await rows.locator('tbody th').allTextContents(), ['/product/{id}', '/checkout', 'All other pages']);
      for (const [i, [name, p95, p50]] of [['/product/{id}', 4, 0.5], ['/checkout', 0.125, 0.125]].entries()) {
        const row = rowOf(rows, name), made = await opened(page, row.locator('button'));
        assert.equal(await row.locator('td').first().textContent(), String(i + 1));
        assert.equal(made['Page loads measured'], whole(of(name, 'server', '', from, to)));
        const seconds = (text) => parseFloat(text) * (text.endsWith('ms') ? 0.001 : 1);
        assert.ok(Math.abs(seconds(made['95 % within']) / p95 - 1) < 0.02 && Math.abs(seconds(made['Half within']) / p50 - 1) < 0.02, JSON.stringify(made));
      }
      const few = rowOf(rows, 'All other pages');
      assert.deepEqual(await Promise.all([0, 1, 4].map((i) => few.locator('td').nth(i).textContent())), ['–', 'too few page loads', whole(of('__other__', 'server', '', from, to))]);
    });
  }),

  'errors are counted by code, in all and page by page, and a code that is markup is text': (visitor, truth) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/pages');
    await framed(visitor, page, 'errors?range=24h', async ({from_unix_s: from, to_unix_s: to}) => {
      const told = (journey, value) => truth.sum({journey, kind: 'error', dimension: 'code', value}, from, to);
      const pages = ['/checkout', '/product/{id}', '__other__'], rows = table(page, 'Errors by code');
      const all = pages.reduce((sum, name) => sum + truth.sum({journey: name, kind: 'error'}, from, to), 0);
      for (const [code, on] of [['E1043', '/product/{id}'], ['#9f86d081884c7d65', '/checkout'], [truth.hostile.value, '/product/{id}']]) {
        const row = rowOf(rows, code), errors = pages.reduce((sum, name) => sum + told(name, code), 0);
        assert.ok(errors > 0);
        const made = await opened(page, row.locator('button'));
        assert.deepEqual([made.Errors, made[`On ${on}`], made['Errors of all codes']], [errors, told(on, code), all].map(whole), code);
        assert.equal(await row.locator('td').nth(1).textContent(), percent(errors, all, 1));
        assert.equal(await row.locator('td').nth(2).textContent(), on);
      }
      const others = truth.sum({journey: '__other__', kind: 'error', dimension: 'no room'}, from, to);
      assert.equal(await shownIn(rowOf(rows, 'all other codes').locator('td').first()), whole(others));
    });
    await visitor.checkMarkup(page);
    await visitor.picture(page, 'errors');
  }),

  'a journey shows errors that were got over, and failed attempts step by step with their replays': (visitor, truth) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/journeys');
    await framed(visitor, page, 'recovery?range=24h', async ({from_unix_s: from, to_unix_s: to}) => {
      const of = (detail) => truth.sum({journey: 'checkout', kind: 'recovery', item: 'broken', detail}, from, to);
      const row = rowOf(table(page, 'Recovery of checkout'), 'broken');
      const counts = ['errors', 'recovered', 'not_recovered', 'unknown'].map(of);
      assert.ok(counts.every((n) => n > 0));
      assert.deepEqual(await Promise.all([0, 1, 2, 3].map((i) => row.locator('td').nth(i).textContent())), counts.map(whole));
      assert.equal(await row.locator('td').nth(4).locator('button').textContent(), percent(counts[1], counts[1] + counts[2], 1));
    });
    const told = page.getByRole('region', {name: 'Storyboards: failed.system'});
    const asks = page.locator('article', {has: page.getByRole('heading', {name: 'checkout', exact: true})}).locator('summary', {hasText: 'step by step'});
    await framed(visitor, page, 'storyboards?range=24h&journey=checkout', async ({from_unix_s: from, to_unix_s: to}) => {
      if ((await told.count()) === 0) await asks.click();
      const failed = truth.sum({journey: 'checkout', kind: 'outcome', item: 'failed.system'}, from, to);
      assert.match(await told.locator('h3').textContent(), new RegExp(`3 of ${whole(failed)} attempts, by chance`));
      assert.equal(await told.locator('li').count(), 3);
      const first = told.locator('li').first(), link = first.getByRole('link', {name: 'Replay'});
      const at = Number((await link.getAttribute('href')).match(/^https:\/\/replay\.example\.com\/s\/(\d+)$/)[1]);
      assert.ok(at >= truth.outage_from && at < truth.outage_to);
      assert.equal(await link.getAttribute('rel'), 'noopener noreferrer');
      assert.match(await first.textContent(), /9 s, last broken \(503\).*phone/);
      const steps = first.locator('tbody tr');
      await first.locator('summary').click();
      await steps.first().waitFor();
      assert.deepEqual(await steps.locator('th').allTextContents(), ['open', 'pay', 'broken', 'rage click']);
      assert.match(await steps.nth(2).textContent(), /503\s*2 s$/);
    });
    await visitor.picture(page, 'journeys-told');
  }),

  'successes that no attempt waited for are said beside the objective': (visitor, truth) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/slo/checkout/success');
    await page.locator('summary', {hasText: 'How this is computed'}).click();
    assert.match(await page.locator('main').textContent(), /Successes that no attempt waited for: [\d,]+.*at most [\d,]+ of the [\d,]+ unknown attempts? may have succeeded at another node/);
  }),

  'clicks in vain are counted by page, with their share of all clicks, and put in order by any column': (visitor, truth) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/pages');
    const rows = table(page, 'Clicks by page');
    await framed(visitor, page, 'clicks?range=24h', async ({from_unix_s: from, to_unix_s: to}) => {
      const of = (journey, item, where) => truth.sum({journey, kind: 'click', item, ...where}, from, to);
      for (const name of ['/checkout', '/product/{id}']) {
        const row = rowOf(rows, name), all = of(name, 'click');
        assert.equal(await shownIn(row.locator('td').nth(0)), whole(all));
        for (const [i, kind] of ['rage', 'dead', 'error'].entries()) {
          assert.equal(await shownIn(row.locator('td').nth(i + 1)), `${whole(of(name, kind))} ${percent(of(name, kind), all, 1)}`, `${name} ${kind}`);
        }
        assert.equal(await row.locator('td').nth(4).textContent(), whole(['rage', 'dead', 'error'].reduce((sum, kind) => sum + of(name, kind), 0)));
      }
      const dead = await opened(page, rowOf(rows, '/checkout').locator('td').nth(2).locator('button'));
      assert.deepEqual([dead['Dead clicks'], dead['By phone'], dead['By desktop']], [of('/checkout', 'dead'), of('/checkout', 'dead', {dimension: 'device', value: 'phone'}), of('/checkout', 'dead', {dimension: 'device', value: 'desktop'})].map(whole));
      const lost = await opened(page, rowOf(rows, '/product/{id}').locator('td').nth(2).locator('button'));
      const known = of('/product/{id}', 'dead', {dimension: 'device', value: 'unknown'});
      assert.deepEqual([lost['By a device that is not known'], lost['Without room for their device']], [known, of('/product/{id}', 'dead') - known].map(whole));
      const others = rowOf(rows, 'All other pages');
      assert.equal(await others.locator('td').first().textContent(), 'not told');
      assert.equal(await shownIn(others.locator('td').nth(3)), whole(of('__other__', 'error')));
    });
    const names = () => rows.locator('tbody th').allTextContents();
    assert.equal((await names())[0], '/checkout');
    const heading = rows.getByRole('columnheader', {name: 'Error'});
    await heading.getByRole('button').focus();
    await page.keyboard.press('Enter');
    assert.equal(await heading.getAttribute('aria-sort'), 'descending');
    const down = await names();
    await page.keyboard.press('Enter');
    assert.equal(await heading.getAttribute('aria-sort'), 'ascending');
    const counts = await rows.locator('tbody tr td:nth-child(5) button').allTextContents();
    const numbers = counts.map((text) => Number(text.replaceAll(',', '')));
    assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b));
    assert.notDeepEqual(await names(), down);
    await rows.getByRole('button', {name: 'Page'}).focus();
    await page.keyboard.press('Enter');
    const sorted = await names();
    assert.deepEqual(sorted, [...sorted].sort((a, b) => a.localeCompare(b)));
  }),

  'a journey has about as many different visitors as were planted, and says what it does not know': (visitor, truth) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/journeys');
    await framed(visitor, page, 'sessions?range=24h', async ({from_unix_s: from, to_unix_s: to, standard_error: error, sessions: [one]}) => {
      const came = new Set();
      for (const [at, first, n] of truth.visitors) if (at >= from && at < to) for (let i = 0; i < n; ++i) came.add(first + i);
      assert.ok(Math.abs(one.sessions - came.size) <= 5 * error * came.size, `${one.sessions} of ${came.size}`);
      const figure = section(page, 'checkout').locator('.aside button');
      assert.equal(await figure.textContent(), `${whole(one.sessions)} ± ${whole(Math.ceil(one.sessions * error))}`);
      const rows = await opened(page, figure);
      assert.equal(rows['Attempts that they began'], whole(truth.sum({journey: 'checkout', kind: 'distinct'}, from, to)));
      assert.deepEqual([rows['At least (95 %)'], rows['At most (95 %)']], [one.low, one.high].map(whole));
      assert.equal(rows['Standard error (2.03\u00a0%)'], `± ${whole(Math.ceil(one.sessions * error))}`);
      assert.match(await section(page, 'checkout').locator('.aside [popover]').textContent(), /two nodes.*midnight UTC/);
    });
    assert.equal(await section(page, 'search').locator('.aside button').count(), 0);
    await visitor.go(page, '#/');
    await framed(visitor, page, 'sessions?range=24h', async ({standard_error: error, sessions: [one]}) => {
      const estimate = `${whole(one.sessions)} ± ${whole(Math.ceil(one.sessions * error))}`;
      assert.equal(await page.locator('.toolbar button').textContent(), estimate);
      assert.ok((await page.locator('.toolbar').textContent()).includes(`Visitors of the last 24 h, about: checkout ${estimate}`));
    });
  }),

  'the name of a page that is markup is text': (visitor, truth) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/pages');
    const row = rowOf(table(page, 'Clicks by page'), truth.hostile.value);
    assert.equal(await row.locator('th').textContent(), truth.hostile.value);
    const rage = await opened(page, row.locator('button').first());
    assert.ok(rage['Rage clicks'] !== '0' && rage['By other devices'] === rage['Rage clicks'], JSON.stringify(rage));
    await opened(page, row.locator('button').nth(1));
    await visitor.checkMarkup(page);
  }),
};
