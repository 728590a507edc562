// What holds on every page, with data and without.
import assert from 'node:assert/strict';
import {opened} from './visitor.mjs';

export const pages = {
  overview: '#/', long: `#/slo/${'j'.repeat(63)}/${'o'.repeat(63)}`, objective: '#/slo/checkout/success', latency: '#/slo/search/fast?range=7d', journeys: '#/journeys', pages: '#/pages', feedback: '#/feedback', incidents: '#/incidents', fleet: '#/fleet',
};

// Everything that somebody can do something with, in the order of the document.
const operable = 'a[href], button, select, summary, input, .plot, .scroll, [tabindex="0"]';

async function tabThrough(page) {
  const wanted = await page.evaluate((what) => {
    const one = (element) => element.matches('input[type=radio]') ? 'one of the ranges' : `${element.tagName} ${element.getAttribute('aria-label') ?? element.textContent}`.slice(0, 80);
    window.nameOf = one;
    const all = [...document.querySelectorAll(what)].filter((element) => element.checkVisibility() && !element.closest('[popover]'));
    return [...new Set(all.map(one))];
  }, operable);
  await page.evaluate(() => document.activeElement?.blur());
  const reached = new Set();
  for (let presses = 0; presses < 400; ++presses) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate(() => (document.activeElement === document.body ? null : window.nameOf(document.activeElement)));
    if (name === null) break;
    reached.add(name);
  }
  return wanted.filter((name) => !reached.has(name));
}

const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

// Contrast of text with what is behind it (WCAG 2.2, 1.4.3), for text of one's own; charts have their words beside them.
const pale = (page) => page.evaluate(() => {
  const parse = (text) => text.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const element of document.querySelectorAll('#app *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility() || element.closest('svg')) continue;
    const [a, b] = [luminance(parse(getComputedStyle(element).color)), luminance(behind(element))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) poor.push(`${((a + 0.05) / (b + 0.05)).toFixed(2)} ${element.textContent.slice(0, 40)}`);
  }
  return poor;
});

export const cases = {
  'every page fits 360 pixels and 4K, in light and in dark, and is readable': async (visitor) => {
    for (const [scheme, width, height] of [['light', 360, 740], ['dark', 360, 740], ['light', 1440, 900], ['dark', 1440, 900], ['light', 3840, 2160]]) {
      await visitor.look({width, height, scheme}, async (page) => {
        for (const [name, hash] of Object.entries(pages)) {
          await visitor.go(page, hash);
          assert.equal(await sideways(page), 0, `${name} scrolls sideways at ${width}`);
          assert.deepEqual(await pale(page), [], `${name}, ${scheme}`);
          assert.doesNotMatch(await page.locator('#app').textContent(), /undefined|NaN|\[object|null/, name);
          await visitor.picture(page, `${visitor.mode}-${name}-${scheme}-${width}`);
        }
      });
    }
  },

  'the keyboard reaches everything': (visitor) => visitor.look({}, async (page) => {
    for (const [name, hash] of Object.entries(pages)) {
      await visitor.go(page, hash);
      assert.deepEqual(await tabThrough(page), [], name);
    }
  }),

  'the first stop of the keyboard leads to the page, and links move the focus to its heading': (visitor) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
    await page.getByRole('link', {name: 'Fleet', exact: true}).focus();
    await page.keyboard.press('Enter');
    await visitor.settle(page);
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1' && document.activeElement.textContent === 'Fleet');
    assert.match(await page.title(), /^Fleet · /);
  }),

  'ranges are kept by links and can be chosen with arrow keys': (visitor) => visitor.look({}, async (page) => {
    await visitor.go(page, '#/');
    await page.locator('.ranges input:checked').focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForURL(/range=7d$/);
    await page.getByRole('link', {name: 'Journeys'}).click();
    await page.waitForURL(/#\/journeys\?range=7d$/);
    await page.locator('h1', {hasText: 'of the last 7 d'}).waitFor();
  }),

  'colours follow the system until somebody chooses, and stay chosen': (visitor) => visitor.look({scheme: 'dark'}, async (page) => {
    await visitor.go(page, '#/');
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await ground();
    await page.emulateMedia({colorScheme: 'light'});
    const light = await ground();
    assert.notEqual(dark, light);
    await page.locator('button.theme').click();  // light
    await page.locator('button.theme').click();  // dark
    assert.equal(await ground(), dark);
    await page.reload();
    await visitor.settle(page);
    assert.equal(await ground(), dark);
  }),

  'a centre that does not answer is said so, and old figures stay': (visitor) => visitor.look({expected: /ERR_FAILED/}, async (page) => {
    await page.clock.install();
    await visitor.go(page, '#/');
    const before = await page.locator('main h3').count();
    await page.route('**/api/v1/**', (route) => route.abort());
    await page.clock.runFor(31_000);
    await page.locator('.health.down').waitFor();
    assert.match(await page.locator('.health').textContent(), /does not answer; figures are old/);
    assert.equal(await page.locator('main h3').count(), before);
  }),

  'a number says what it is made of, within the window, also on a phone': (visitor) => visitor.look({width: 360, height: 640}, async (page) => {
    await visitor.go(page, '#/');
    for (const button of await page.locator('main button.number').all()) {
      const rows = await opened(page, button);
      assert.ok(Object.keys(rows).length > 0, await button.textContent());
    }
  }),
};
