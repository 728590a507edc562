// Sessions over page loads, routes of single pages, vitals, scripts that come late, and pages that come back.
import assert from 'node:assert/strict';
import {open} from './browser.mjs';
import {page, Visit} from './shop.mjs';

const routes = async (v) => {
  const tab = await v.go('/list');
  await tab.evaluate(() => {
    window.bellrock.step('list');
    history.replaceState({}, '', '/list?sorted=1');
    window.bellrock.step('sorted');
    history.pushState({}, '', '/item/7');
    document.body.append('Item 7');
  });
  await v.one('action', 'route');
  await tab.evaluate(() => window.bellrock.step('item'));
  await v.one('step', 'item');
  await tab.evaluate(() => {
    history.back();
    return new Promise((resolve) => addEventListener('popstate', () => {
      document.body.append('List');
      setTimeout(resolve, 200);
    }));
  });
  await tab.evaluate(() => window.bellrock.step('back'));
  await v.one('step', 'back');
  const [list, sorted, item, back] = ['list', 'sorted', 'item', 'back'].map((name) => v.of('step', name)[0]);
  assert.deepEqual([list, sorted, item, back].map((step) => step.page), ['/list', '/list', '/item/7', '/list']);
  assert.equal(list.pv, sorted.pv);
  assert.equal(new Set([list.pv, item.pv, back.pv]).size, 3, 'a page view for each route');
  assert.ok(item.dur < item.t, 'measured since the route began');
  assert.deepEqual(v.of('action', 'route').map((route) => route.page), ['/item/7', '/list']);
  await v.leave();
  const vitals = await v.one('vitals');
  assert.deepEqual([vitals.page, vitals.pv], ['/list', list.pv], 'vitals are of the page that was loaded');
};

export const cases = {
  async 'one session numbers its beacons over page loads without a hole, each page view has its id'(v) {
    v.site.pages['/a'] = v.site.pages['/b'] = page();
    for (const path of ['/a', '/b', '/a']) {
      await v.go(path);
      await v.tab.evaluate(() => {
        window.bellrock.step('one');
        window.bellrock.step('two');
      });
      await v.settled();
    }
    await v.leave();
    await v.until(() => v.of('vitals').length === 3, 'vitals of three pages');
    const {beacons} = v.site;
    assert.deepEqual(beacons.map(({n}) => n).sort((a, b) => a - b), beacons.map((_, i) => i));
    assert.equal(new Set(beacons.map(({sid}) => sid)).size, 1);
    assert.equal(new Set(beacons.map(({pv}) => pv)).size, 3);
  },

  async 'vitals have what the browser measured'(v) {
    v.site.pages['/'] = page({body: '<h1 style="font-size:80px">Large</h1><button id="slow">Slow</button><p id="moved">Text</p>', head:
      `<script>addEventListener('load', () => {
        document.getElementById('slow').onclick = () => { const end = performance.now() + 120; while (performance.now() < end); };
        setTimeout(() => { document.getElementById('moved').before(Object.assign(document.createElement('div'), {style: 'height:300px'})); }, 300);
      })</script>`});
    const tab = await v.go('/');
    // A shift within half a second of a click would be one that the visitor expects.
    await tab.evaluate(() => new Promise((resolve) => {
      new PerformanceObserver(resolve).observe({type: 'layout-shift', buffered: true});
    }));
    await tab.click('#slow');
    await tab.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
    const {responseStart, domContentLoadedEventEnd, loadEventEnd, painted} = await tab.evaluate(() => ({
      ...performance.getEntriesByType('navigation')[0].toJSON(), painted: performance.getEntriesByName('first-contentful-paint')[0].startTime}));
    await v.leave();
    const vitals = await v.one('vitals');
    const near = (a, b) => Math.abs(a - b) < 0.2;
    assert.ok(near(vitals.ttfb, responseStart) && near(vitals.dcl, domContentLoadedEventEnd) && near(vitals.load, loadEventEnd), JSON.stringify(vitals));
    assert.ok(near(vitals.fcp, painted) && vitals.lcp >= vitals.fcp, JSON.stringify(vitals));
    assert.ok(vitals.inp >= 120 && vitals.cls > 0 && vitals.cls < 1, JSON.stringify(vitals));
  },

  'a route of a single page is a new page view': async (v) => {
    v.site.pages['/list'] = page();
    await routes(v);
  },
  async 'routes are seen without the Navigation API as well'(v) {
    v.site.pages['/list'] = page({head: '<script>Object.defineProperty(window, "navigation", {value: undefined})</script>'});
    await routes(v);
  },
  async 'an element that stays while the route changes says its step once'(v) {
    v.site.pages['/one'] = page({body: '<main data-bellrock-step="frame"></main>'});
    const tab = await v.go('/one');
    await v.one('step', 'frame');
    await tab.evaluate(() => {
      history.pushState({}, '', '/two');
      document.querySelector('main').innerHTML = '<p data-bellrock-step="two">';
    });
    assert.equal((await v.one('step', 'two')).page, '/two');
    await v.settled();
    assert.equal(v.of('step', 'frame').length, 1);
  },

  async 'what a page says before the snippet is there is said afterwards, with its own time'(v) {
    let release;
    v.site.held = new Promise((resolve) => {
      release = resolve;
    });
    v.site.pages['/'] = page({head: `<script>bellrock.start('timed'); bellrock.step('early', {a: 1});
      setTimeout(() => bellrock.action('timed'), 100); setTimeout(() => { throw new TypeError('early'); }, 50)</script>`});
    const tab = await v.newTab();
    await tab.goto(v.site.origin, {waitUntil: 'commit'});
    await tab.waitForFunction(() => window.bellrock?.length === 4);
    const loaded = await tab.evaluate(() => performance.now());
    release();
    await tab.waitForFunction(() => window.bellrock.flush);
    const step = await v.one('step', 'early');
    assert.ok(step.t < loaded && step.dur === step.t && step.attrs.a === 1, `${JSON.stringify(step)} ${loaded}`);
    const {dur, t} = await v.one('action', 'timed');
    assert.ok(t < loaded && dur >= 99, `${dur} at ${t}, script at ${loaded}`);
    await v.leave();
    assert.equal((await v.one('error')).msg, 'early');
  },

  async 'an endpoint that is none, and a tag that is none, send nothing anywhere and break nothing'(v) {
    v.site.pages['/'] = page({attributes: 'data-endpoint="http://"'});
    await (await v.go('/')).evaluate(() => window.bellrock.step('nowhere'));
    v.site.pages['/inline'] = {text: `<h1>Shop</h1><script>${v.site.files['/bellrock.js']}</script>`};
    await (await v.go('/inline')).evaluate(() => window.bellrock.step('inline'));
    await v.one('step', 'inline');
    assert.deepEqual([v.errors, v.site.posts.length], [[], 1]);
  },

  async 'a page that never gets the snippet loads and works'(v) {
    v.site.files['/bellrock.js'] = 'throw new Error("not today")';
    v.site.pages['/'] = page({body: '<button onclick="bellrock.step(`clicked`); this.id = `done`">A</button>'});
    const tab = await v.go('/', {measured: false});
    await tab.click('button');
    await tab.waitForSelector('#done');
  },

  async 'a script that is loaded twice measures once'(v) {
    v.site.pages['/'] = page({body: '<script async src="/bellrock.js?again"></script><button id="a" data-bellrock-action="a">A</button>'});
    const tab = await v.go('/');
    await tab.waitForTimeout(200);
    await tab.click('#a');
    await v.settled();
    await v.one('action', 'a');
  },

  async 'a page that comes back as it was left is a new page view'(v) {
    v.site.pages['/a'] = v.site.pages['/b'] = page({stub: false});
    const browser = await open({restores: true});
    try {
      const visit = new Visit(v.site, browser.context);
      const tab = await visit.go('/a');
      await tab.evaluate(() => {
        window.mark = true;
        window.bellrock.step('first');
      });
      const first = await visit.one('step', 'first');
      await visit.go('/b');
      await tab.goBack({waitUntil: 'commit'});
      assert.ok(await tab.evaluate(() => window.mark), 'the browser kept the page');
      await tab.evaluate(() => window.bellrock.step('again'));
      const again = await visit.one('step', 'again');
      assert.ok(again.pv !== first.pv && again.sid === first.sid && again.dur < again.t, JSON.stringify([first, again]));
      await visit.leave();
      await visit.until(() => visit.of('vitals').some(({pv}) => pv === again.pv), 'vitals of the page that came back');
    } finally {
      await browser.close();
    }
  },
};
