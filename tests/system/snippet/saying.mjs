// What a page says by the API and by attributes, and what every beacon carries.
import assert from 'node:assert/strict';
import {page} from './shop.mjs';

export const cases = {
  async 'a step has its attributes, outcome, value and the time since the page began'(v) {
    v.site.pages['/cart'] = page({attributes: 'data-site="shop" data-release="1.4.2" data-experiment="b" data-synthetic'});
    const tab = await v.go('/cart?token=secret#part');
    const [before, after] = await tab.evaluate(() => {
      const times = [performance.now()];
      window.bellrock.step('order.confirmed', {method: 'card', items: 3, gift: false}, {ok: false, value: 4990.2, cur: 'EUR'});
      return [...times, performance.now()];
    });
    const step = await v.one('step', 'order.confirmed');
    const {dur, sid, pv, ts, t, n, conn, ...rest} = step;
    assert.deepEqual(rest, {v: 1, type: 'step', page: '/cart', name: 'order.confirmed', ok: false, value: 4990, cur: 'EUR',
      rel: '1.4.2', exp: 'b', synthetic: true, attrs: {site: 'shop', method: 'card', items: 3, gift: false}});
    assert.ok(dur >= before - 0.001 && dur <= after + 0.001, `${before} ${dur} ${after}`);
    assert.ok(t >= before - 0.001 && t <= after + 0.001);
    assert.ok(Math.abs(ts - Date.now()) < 600_000);
    assert.ok(Number.isInteger(ts) && n === 0 && sid.length > 15 && pv.length > 15 && conn);
  },

  async 'an action is timed from its start to its end, once'(v) {
    v.site.pages['/'] = page();
    const tab = await v.go('/');
    const [shortest, longest] = await tab.evaluate(async () => {
      const outer = performance.now();
      window.bellrock.start('cart.add');
      const inner = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 80));
      const end = performance.now();
      window.bellrock.action('cart.add');
      return [end - inner, performance.now() - outer];
    });
    const {dur, ok} = await v.one('action', 'cart.add');
    assert.ok(ok && dur >= shortest - 0.3 && dur <= longest + 0.3, `${shortest} ${dur} ${longest}`);
    await tab.evaluate(() => window.bellrock.action('cart.add', {}, {dur: 7}));
    await v.until(() => v.of('action', 'cart.add').length === 2, 'the second');
    assert.equal(v.of('action', 'cart.add')[1].dur, 7);
  },

  async 'a call of a script is told with what it took, each of several at once'(v) {
    v.site.pages['/'] = page();
    v.site.pages['/api/v1/search'] = {text: 'found'};
    const tab = await v.go('/');
    const took = await tab.evaluate(async () => {
      const {bellrock} = window;
      const search = async (query) => {
        const began = performance.now();
        const answer = await fetch(`/api/v1/search?q=${query}`);
        const found = await answer.text();
        bellrock.action('api.search', {}, {ok: answer.ok, dur: performance.now() - began});
        return found;
      };
      const outer = performance.now();
      const all = await Promise.all([search('lamp'), search('desk')]);
      return all.join() === 'found,found' && performance.now() - outer;
    });
    await v.until(() => v.of('action', 'api.search').length === 2, 'both');
    for (const {dur, ok} of v.of('action', 'api.search')) assert.ok(ok && dur > 0 && dur <= took, `${dur} of ${took}`);
  },

  async 'a step that begins on one page and ends on another is timed over both'(v) {
    v.site.pages['/checkout'] = page({body: '<button id="pay" data-bellrock-start="order.confirmed">Pay</button>'});
    v.site.pages['/confirmation'] = page();
    const tab = await v.go('/checkout');
    const began = await tab.evaluate(() => performance.timeOrigin + performance.now());
    await tab.click('#pay');
    await v.go('/confirmation');
    const ended = await tab.evaluate(() => {
      window.bellrock.step('order.confirmed');
      return performance.timeOrigin + performance.now();
    });
    const {dur, t, page: path} = await v.one('step', 'order.confirmed');
    assert.equal(path, '/confirmation');
    assert.ok(dur > t && dur <= ended - began + 1, `${dur} of ${ended - began}, on the page for ${t}`);
  },

  async 'elements say steps when they are in the page, and actions when they are clicked or submitted'(v) {
    v.site.pages['/'] = page({body: `<main data-bellrock-step="home" data-bellrock-attrs='{"hits":12,"kind":"lamp"}'><p>Shop</p></main>
      <button id="add" data-bellrock-action="cart.add" data-bellrock-attrs="no JSON"><b>Add</b></button>
      <form data-bellrock-action="search" onsubmit="return false"><input name="q"><button id="find">Find</button></form>`});
    const tab = await v.go('/');
    assert.deepEqual((await v.one('step', 'home')).attrs, {hits: 12, kind: 'lamp'});
    await tab.click('#add b');
    assert.deepEqual((await v.one('action', 'cart.add')).attrs, {});
    await tab.click('#find');
    await v.one('action', 'search');
    await tab.evaluate(() => document.body.insertAdjacentHTML('beforeend', '<p data-bellrock-step="results">12</p><p data-bellrock-step="home">'));
    await v.one('step', 'results');
    await tab.evaluate(() => document.querySelector('p[data-bellrock-step=results]').setAttribute('data-bellrock-step', 'more'));
    await v.one('step', 'more');
    await v.settled();
    assert.equal(v.of('step', 'home').length, 1);
    assert.equal(v.of('action').length, 2);
  },

  async 'feedback has its kind, score and text'(v) {
    v.site.pages['/'] = page();
    await (await v.go('/')).evaluate(() => window.bellrock.feedback('csat', '4', 'Nice, “thanks” 👍'));
    const {kind, score, text} = await v.one('feedback');
    assert.deepEqual([kind, score, text], ['csat', 4, 'Nice, “thanks” 👍']);
  },

  async 'what is too long is cut to what the format allows, and what has no place in it is left out'(v) {
    v.site.pages[`/${'p'.repeat(3000)}`] = page();
    const tab = await v.go(`/${'p'.repeat(3000)}`);
    await tab.evaluate(() => {
      const attrs = Object.fromEntries(Array.from({length: 50}, (_, i) => [`a${i}`, i]));
      window.bellrock.step('é'.repeat(100), {...attrs, a1: {nested: 1}, a2: null, a3: NaN, a4: undefined, a5: 10n, a6: () => 1, a7: '\ud800'});
      window.bellrock.error({name: 'ü'.repeat(200), message: '€'.repeat(2000), code: '👍'.repeat(50)});
      window.bellrock.action('numbers', {}, {dur: -5, value: Infinity, cur: null});
    });
    const step = await v.one('step');
    assert.equal(step.name, 'é'.repeat(64));
    assert.equal(step.page.length, 2048);
    assert.deepEqual(Object.keys(step.attrs).slice(0, 4), ['a0', 'a7', 'a8', 'a9']);
    const action = await v.one('action', 'numbers');
    assert.ok(action.dur >= 0 && !('value' in action) && !('cur' in action));
    await v.leave();
    const error = await v.one('error');
    assert.deepEqual([error.name, error.msg, error.code], ['ü'.repeat(64), '€'.repeat(341), '👍'.repeat(16)]);
  },

  async 'a page that says nonsense, or is hostile, gets no exception'(v) {
    v.site.pages['/'] = page({head: `<script>
      Object.defineProperty(window, 'sessionStorage', {get() { throw new Error('closed'); }});
      Object.defineProperty(window, 'localStorage', {get() { throw new Error('closed'); }});
      window.bellrock.push(['nothing']); window.bellrock.push(null); window.bellrock.push([]);</script>`});
    const tab = await v.go('/');
    await tab.evaluate(() => {
      const {bellrock} = window;
      for (const verb of ['start', 'step', 'action', 'error', 'feedback']) {
        for (const given of [[], [null, null, null], [Symbol('s'), 1, 2], [{toString() { throw 1; }}, {get a() { throw 2; }}],
          [new Proxy({}, {get() { throw 3; }})], [[], 'text', 'text']]) bellrock[verb](...given);
      }
      bellrock.push('nonsense');
      bellrock.push(['step', 'pushed', {by: 'command'}]);
    });
    assert.deepEqual((await v.one('step', 'pushed')).attrs, {by: 'command'});
    await v.settled();
    assert.deepEqual(v.errors, []);
    const numbers = v.site.beacons.map(({n}) => n);
    assert.deepEqual([...new Set(numbers)].length, numbers.length, 'numbers in memory');
  },
};
