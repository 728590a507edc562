// Errors, and clicks that tell of trouble.
import assert from 'node:assert/strict';
import {page} from './shop.mjs';

const ofKind = (v, kind) => v.of('click').filter((click) => click.kind === kind);

export const cases = {
  async 'uncaught errors and rejections are told with name, message, code and place, each kind once'(v) {
    v.site.pages['/'] = page();
    const tab = await v.go('/');
    v.site.files['/broken.js'] = 'for (let i = 0; i < 30; ++i) setTimeout(() => { throw new TypeError("broken"); });\n' +
      'Promise.reject(Object.assign(new RangeError("refused"), {code: 17}));\nPromise.reject("only text"); Promise.reject();';
    await tab.addScriptTag({url: '/broken.js?token=secret'});
    await v.until(() => v.errors.length >= 30, 'errors of the page');
    await v.leave();
    await v.until(() => v.of('error').length >= 4, 'errors');
    const told = v.of('error').map(({name, msg, code}) => [name, msg, code]).sort();
    assert.deepEqual(told, [['Error', 'only text', undefined], ['Error', 'undefined', undefined], ['RangeError', 'refused', '17'],
      ['TypeError', 'broken', undefined]]);
    assert.match(v.of('error', 'TypeError')[0].attrs.at, /^http:.*\/broken\.js:1:\d+$/);
  },

  async 'a page that goes wrong without end tells of fifty kinds of errors'(v) {
    v.site.pages['/'] = page();
    const tab = await v.go('/');
    await tab.evaluate(() => {
      for (let i = 0; i < 500; ++i) window.bellrock.error(new Error(`number ${i}`));
    });
    await v.leave();
    await v.until(() => v.of('error').length >= 50, 'errors');
    await v.go('/');
    await v.settled();
    assert.equal(v.of('error').length, 50);
  },

  async 'three quick clicks at one place are rage, three slow ones or elsewhere are none'(v) {
    v.site.pages['/'] = page({body: '<p id="a" style="height:300px"></p>'});
    await v.go('/');
    const times = [0, 300, 600, 900, 3000, 4001, 5002, 8000, 8300, 8600, 8900];
    const places = [20, 120, 220, 320, 20, 20, 20, 40, 45, 40, 40];
    for (const [i, time] of times.entries()) await v.clickAt(time, places[i], 200);
    await v.leave();
    const {x, y, w, h, name, kind} = await v.one('click');
    assert.deepEqual([kind, x, y, name], ['rage', 40, 200, 'a']);
    assert.ok(w > 0 && h > 0);
  },

  async 'a click on something that promises and does nothing is dead; one that the page answers is not'(v) {
    v.site.pages['/'] = page({body: `<button id="dead">Dead</button> <p id="text">Text</p>
      <span id="looks" style="cursor:pointer">Looks like a link</span>
      <button id="lives" onclick="this.title = 'clicked'">Lives</button>
      <button id="asks" onclick="fetch('/elsewhere')">Asks</button> <a id="mail" href="mailto:a@shop.example" onclick="return false">Write</a>`});
    // The two seconds of patience are over when the page has done what it does.
    await v.context.addInitScript(() => {
      const original = window.setTimeout;
      window.patience = [];
      window.setTimeout = (work, ms) => (ms === 2000 ? window.patience.push(work) : original(work, ms));
    });
    for (const id of ['dead', 'text', 'looks', 'lives', 'asks', 'mail']) {
      const tab = await v.go('/');
      await tab.click(`#${id}`);
      if (id === 'asks') await tab.waitForFunction(() => performance.getEntriesByType('resource').some(({name}) => name.endsWith('/elsewhere')));
      await tab.evaluate(async () => {
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 100)));
        for (const work of window.patience) work();
      });
    }
    await v.leave();
    await v.until(() => ofKind(v, 'dead').length >= 2, 'dead clicks');
    await v.go('/');
    await v.settled();
    assert.deepEqual(v.of('click').map(({kind, name}) => `${kind} ${name}`).sort(), ['dead dead', 'dead looks']);
  },

  async 'a click that an error follows is told as such, and every click where the page asks for it'(v) {
    v.site.pages['/'] = page({attributes: 'data-clicks', body: `<button id="a" onclick="document.title = 1; throw new Error('x')">A</button>`});
    await v.go('/');
    const {x, y} = await v.tab.locator('#a').boundingBox();
    await v.clickAt(await v.tab.evaluate(() => performance.now() + 60_000), x + 2, y + 2);
    await v.until(() => v.errors.length, 'the error of the page');
    await v.leave();
    await v.until(() => v.of('click').length === 2, 'clicks');
    assert.deepEqual(v.of('click').map(({kind}) => kind), ['click', 'error']);
  },
};
