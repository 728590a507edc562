// When beacons are sent, how, and what is in a body.
import assert from 'node:assert/strict';
import {page} from './shop.mjs';

// Runs in the page before anything else: notes how bodies are sent.
const noteSending = (refuses) => {
  window.sent = [];
  const original = window.fetch;
  window.fetch = (url, options) => {
    window.sent.push({url, keepalive: options.keepalive, credentials: options.credentials, mode: options.mode, bytes: options.body.length});
    return original(url, options);
  };
  const beacon = Navigator.prototype.sendBeacon;
  if (refuses === 'absent') delete Navigator.prototype.sendBeacon;
  if (refuses === 'refuses') Navigator.prototype.sendBeacon = () => false;
  if (refuses === 'throws') Navigator.prototype.sendBeacon = () => { throw new TypeError('no'); };
  if (!refuses) Navigator.prototype.sendBeacon = function (url, body) {
    window.sent.push({beacon: url, bytes: body.length});
    return beacon.call(this, url, body);
  };
};

const collectorCookie = (v) => v.context.addCookies([{name: 'sid', value: 'abc', domain: 'rum.shop.example', path: '/'}]);

export const cases = {
  async 'a step is sent at once, other things wait and are sent together when the page is hidden'(v) {
    v.site.pages['/'] = page({attributes: 'data-clicks', body: '<p id="p">Text</p>'});
    const tab = await v.go('/');
    await tab.evaluate(() => window.bellrock.step('shown'));
    await v.one('step', 'shown');
    // What waits five seconds at most: the clock of the page does not run meanwhile.
    await tab.evaluate(() => {
      window.setTimeout = () => 1;
    });
    await tab.click('#p');
    await tab.click('#p', {position: {x: 300, y: 5}});
    assert.equal(v.site.posts.length, 1);
    await v.leave();
    await v.one('vitals');
    assert.deepEqual(JSON.parse(v.site.posts[1].body).map(({type}) => type), ['click', 'click', 'vitals']);
    assert.equal(v.site.posts.length, 2, 'one body for all');
  },

  async 'the visibilitychange of a tab that goes into the background sends, and so does the next'(v) {
    v.site.pages['/'] = page();
    const tab = await v.go('/');
    const show = (state) => tab.evaluate((now) => {
      Object.defineProperty(document, 'visibilityState', {value: now, configurable: true});
      document.dispatchEvent(new Event('visibilitychange', {bubbles: true}));
    }, state);
    await tab.evaluate(() => window.bellrock.error(new Error('first')));
    await show('hidden');
    await v.until(() => v.of('error').length === 1 && v.of('vitals').length === 1, 'the first');
    await show('visible');
    await tab.evaluate(() => window.bellrock.error(new Error('second')));
    await show('hidden');
    await v.until(() => v.of('error').length === 2, 'the second');
    assert.equal(v.of('vitals').length, 1, 'vitals that did not change are not told again');
  },

  async 'a thousand beacons arrive in bodies of less than 64 KiB, each once'(v) {
    v.site.pages['/'] = page();
    const tab = await v.go('/');
    await tab.evaluate(() => {
      for (let i = 0; i < 1000; ++i) window.bellrock.step(`step.${i}`, {text: 'ü'.repeat(100)});
    });
    await v.until(() => v.of('step').length >= 1000, 'a thousand');
    await v.settled();
    assert.deepEqual(v.of('step').filter(({name}) => name.startsWith('step.')).map(({n}) => n).sort((a, b) => a - b), Array.from({length: 1000}, (_, i) => i));
    assert.ok(v.site.posts.length >= 20 && v.site.posts.length <= 60, `${v.site.posts.length} bodies`);
  },

  async 'bodies go to another origin with its cookie, without a preflight'(v) {
    v.site.pages['/'] = page({attributes: `data-endpoint="${v.site.collectorOrigin}/rum"`});
    await collectorCookie(v);
    await v.context.addInitScript(noteSending);
    const tab = await v.go('/');
    await tab.evaluate(() => window.bellrock.step('there'));
    await v.one('step', 'there');
    const [{server, method, headers}] = v.site.requests;
    assert.deepEqual([server, method, headers.cookie, headers.origin], ['collector', 'POST', 'sid=abc', v.site.origin]);
    assert.deepEqual(v.site.requests.filter((request) => request.method === 'OPTIONS'), []);
    const [{beacon}] = await tab.evaluate(() => window.sent);
    assert.equal(beacon, `${v.site.collectorOrigin}/rum`);
  },

  async 'without an endpoint beacons go where the script came from'(v) {
    v.site.pages['/'] = {text: `<script async src="${v.site.collectorOrigin}/bellrock.js"></script>`};
    const tab = await v.go('/');
    await tab.evaluate(() => window.bellrock.step('there'));
    await v.one('step', 'there');
    assert.equal(v.site.posts[0].server, 'collector');
  },

  ...Object.fromEntries(['absent', 'refuses', 'throws'].map((how) => [
    `where sendBeacon ${how === 'absent' ? 'is absent' : how}, fetch sends the same, once`, async (v) => {
      v.site.pages['/'] = page({attributes: `data-endpoint="${v.site.collectorOrigin}/rum"`});
      await collectorCookie(v);
      await v.context.addInitScript(noteSending, how);
      const tab = await v.go('/');
      await tab.evaluate(() => window.bellrock.step('there'));
      await v.one('step', 'there');
      const [{keepalive, credentials, mode, url}] = await tab.evaluate(() => window.sent);
      // Refused on a page that is there: the quota is full, and keepalive would be refused as well.
      assert.deepEqual([keepalive, credentials, mode, url], [how === 'absent', 'include', 'no-cors', `${v.site.collectorOrigin}/rum`]);
      assert.equal(v.site.posts[0].headers.cookie, 'sid=abc');
      assert.deepEqual(v.site.requests.filter(({method}) => method === 'OPTIONS'), []);
      await tab.evaluate(() => window.bellrock.error(new Error('last')));
      await v.leave();
      await v.one('error');
      await v.one('vitals');
      assert.deepEqual(v.errors, []);
    }])),

  async 'a collector that cannot be reached is no error of the page'(v) {
    v.site.pages['/'] = page({attributes: 'data-endpoint="http://127.0.0.1:1/rum"'});
    await v.context.addInitScript(noteSending, 'absent');
    const tab = await v.go('/');
    await tab.evaluate(() => {
      window.rejected = 0;
      addEventListener('unhandledrejection', () => ++window.rejected);
      window.bellrock.step('lost');
    });
    await tab.waitForFunction(() => window.sent.length > 0);
    await tab.waitForTimeout(300);
    assert.deepEqual([v.errors, await tab.evaluate(() => window.rejected)], [[], 0]);
    v.site.requests = [];
  },
};
