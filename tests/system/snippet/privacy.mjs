// When nothing is measured, and what is kept in the browser.
import assert from 'node:assert/strict';
import {open} from './browser.mjs';
import {page, Visit} from './shop.mjs';

const everything = () => {
  const {bellrock} = window;
  bellrock.start('a');
  bellrock.step('a');
  bellrock.action('a');
  bellrock.error(new Error('a'));
  bellrock.feedback('ces', 1);
  setTimeout(() => { throw new Error('thrown'); });
};
const kept = (tab) => tab.evaluate(() => ({session: {...sessionStorage}, local: {...localStorage}, cookie: document.cookie}));
const nothing = {session: {}, local: {}, cookie: ''};

// Everything a page can say, and leaving it, sends and stores nothing.
async function staysSilent(v) {
  const tab = await v.go('/');
  await tab.click('button');
  await tab.evaluate(everything);
  await v.until(() => v.errors.length, 'the error of the page');
  assert.deepEqual(await kept(tab), nothing);
  await v.leave();
  await v.go('/other', {measured: false});
  await v.tab.waitForTimeout(300);
  assert.deepEqual(v.site.requests, []);
}
const button = () => page({body: '<button data-bellrock-action="a">A</button><p data-bellrock-step="p">'});

export const cases = {
  async 'a visitor who set Do Not Track in the browser is not measured'(v) {
    v.site.pages['/'] = v.site.pages['/other'] = button();
    const browser = await open({preferences: {enable_do_not_track: true}});
    try {
      const visit = new Visit(v.site, browser.context);
      await staysSilent(visit);
      assert.equal(await visit.tab.evaluate(() => navigator.doNotTrack), '1');
    } finally {
      await browser.close();
    }
  },

  async 'a visitor with Global Privacy Control is not measured'(v) {
    v.site.pages['/'] = v.site.pages['/other'] = button();
    await v.context.addInitScript(() => Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true}));
    await staysSilent(v);
  },

  async 'who opts out is forgotten and not measured again, until opting in'(v) {
    v.site.pages['/'] = page({attributes: 'data-clicks', body: '<p id="p">Text</p>'});
    const tab = await v.go('/');
    await tab.evaluate(() => window.bellrock.step('before'));
    const {sid} = await v.one('step', 'before');
    await tab.click('#p');  // it waits, and is forgotten
    await tab.evaluate(() => window.bellrock.optOut());
    const sent = v.site.requests.length;
    await tab.evaluate(everything);
    assert.deepEqual(await kept(tab), {...nothing, local: {'bellrock.off': '1'}});
    await v.leave();
    await v.go('/');
    await tab.evaluate(everything);
    assert.deepEqual(await kept(tab), {...nothing, local: {'bellrock.off': '1'}});
    await tab.waitForTimeout(300);
    assert.equal(v.site.requests.length, sent);
    await tab.evaluate(() => window.bellrock.optOut(false));
    await tab.evaluate(() => window.bellrock.step('after'));
    const after = await v.one('step', 'after');
    assert.ok(after.sid !== sid && after.n === 0, 'a new session');
  },

  async 'a page may opt out before the snippet is there'(v) {
    v.site.pages['/'] = page({head: '<script>bellrock.step("early"); bellrock.optOut()</script>'});
    const tab = await v.go('/');
    await tab.evaluate(everything);
    await tab.waitForTimeout(300);
    assert.deepEqual(v.site.requests, []);
  },

  async 'without being asked it sets no cookie and keeps its session to the tab'(v) {
    v.site.pages['/'] = page();
    let tab = await v.go('/');
    await tab.evaluate(() => window.bellrock.step('first'));
    const {sid} = await v.one('step', 'first');
    const {session, local, cookie} = await kept(tab);
    assert.deepEqual([Object.keys(session), local, cookie], [['bellrock'], {}, '']);
    assert.deepEqual(await v.context.cookies(), []);
    tab = await v.newTab();
    await v.go('/');
    await tab.evaluate(() => window.bellrock.step('second'));
    assert.notEqual((await v.one('step', 'second')).sid, sid);
  },

  async 'asked for a cookie, it makes the session one of the whole site, and follows the one that is there'(v) {
    v.site.pages['/'] = page({attributes: 'data-cookie="visitor"'});
    const tab = await v.go('/');
    await tab.evaluate(() => window.bellrock.step('first'));
    const {sid} = await v.one('step', 'first');
    const [made] = await v.context.cookies();
    assert.deepEqual([made.name, made.value, made.path, made.sameSite, made.expires], ['visitor', sid, '/', 'Lax', -1]);
    await v.newTab();
    await (await v.go('/')).evaluate(() => window.bellrock.step('second'));
    assert.equal((await v.one('step', 'second')).sid, sid);
    await v.tab.evaluate(() => {
      document.cookie = 'visitor=of-the-site; path=/';
      window.bellrock.step('third');
    });
    const {sid: other, n} = await v.one('step', 'third');
    assert.deepEqual([other, n], ['of-the-site', 0]);
  },

  async 'a sample of none sends nothing, one of all sends all'(v) {
    v.site.pages['/none'] = page({attributes: 'data-sample="0"'});
    v.site.pages['/all'] = page({attributes: 'data-sample="1"'});
    await (await v.go('/none')).evaluate(everything);
    await (await v.go('/all')).evaluate(() => window.bellrock.step('all'));
    await v.one('step', 'all');
    assert.ok(v.site.beacons.every(({page: path}) => path === '/all'));
  },

  async 'a page that allows only its own scripts and its own collector reports no violation'(v) {
    v.site.pages['/'] = page({attributes: 'data-cookie="sid"', body: '<button id="a">A</button>', headers: {'Content-Security-Policy':
      "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:; require-trusted-types-for 'script'; trusted-types 'none'; report-uri /csp"}});
    v.site.pages['/blocked'] = page({head: '<script>blocked = 1</script>', headers: v.site.pages['/'].headers});
    const tab = await v.go('/');
    await tab.click('#a');
    await tab.evaluate(() => {
      window.bellrock.step('strict');
      history.pushState(null, '', '/elsewhere');
      window.bellrock.error(new Error('strict'));
    });
    await v.one('step', 'strict');
    await v.leave();
    await v.one('vitals');
    await v.one('error');
    assert.deepEqual(v.site.violations, []);
    await v.go('/blocked');
    await v.until(() => v.site.violations.length, 'a violation, where there is one');
  },
};
