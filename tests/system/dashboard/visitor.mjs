// Somebody who looks at the dashboard in headless Chromium, and sees to it that nothing but the centre is asked, nothing
// fails, and no label becomes markup.
import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import {join} from 'node:path';

const require = createRequire(new URL('../../../tools/shop/walk.mjs', import.meta.url));
const {chromium} = require('playwright-core');
const flags = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'];

export class Visitor {
  static async come(url, keep) {
    const visitor = new Visitor();
    visitor.url = url;
    visitor.keep = keep;
    visitor.browser = await chromium.launch({executablePath: '/usr/bin/chromium', headless: true, args: flags, chromiumSandbox: false});
    return visitor;
  }
  async leave() {
    await this.browser.close();
  }

  // Runs `work` with a page of its own; afterwards nothing may have gone wrong in it but what is `expected`.
  async look({width = 1440, height = 900, scheme = 'light', expected = /^$/, ...settings}, work) {
    const context = await this.browser.newContext({viewport: {width, height}, colorScheme: scheme, timezoneId: 'UTC', locale: 'en-GB', ...settings});
    const page = await context.newPage();
    const wrong = [];
    page.on('console', (message) => { if (message.type() === 'error' || message.type() === 'warning') wrong.push(message.text()); });
    page.on('pageerror', (error) => wrong.push(error.message));
    page.on('request', (request) => { if (!request.url().startsWith(`${this.url}/`)) wrong.push(`asked ${request.url()}`); });
    page.on('dialog', (dialog) => { wrong.push(`said ${dialog.message()}`); dialog.dismiss(); });
    try {
      await work(page);
      assert.deepEqual(wrong.filter((text) => !expected.test(text)), []);
      await this.checkMarkup(page);
    } finally {
      await context.close();
    }
  }
  // Of a page that has been looked at: every element is one of ours.
  async checkMarkup(page) {
    const strange = await page.evaluate(() => {
      const foreign = 'iframe, script, u, em, b[onclick], [onclick], [onload], [onerror], img:not([src="/icon.svg"]), i:not([class])';
      const all = [...document.querySelectorAll('#app *')].filter((element) => element.matches(foreign));
      return {said: String(window.xss), elements: all.map((element) => element.outerHTML)};
    });
    assert.deepEqual(strange, {said: 'undefined', elements: []});
  }

  // Goes to a page and waits until nothing of it is still loading, the centre's own state at its top included. It is loaded
  // anew, so that nothing of the page before can be taken for it.
  async go(page, hash) {
    await page.goto('about:blank');
    await page.goto(`${this.url}/${hash}`);
    await this.settle(page);
  }
  async settle(page) {
    await page.waitForFunction(() => document.querySelector('main h1') && !document.querySelector('[aria-busy=true]'));
  }
  async picture(page, name) {
    if (this.keep) await page.screenshot({path: join(this.keep, `${name}.png`), fullPage: true});
  }
}

// The text of a figure's popover, opened and closed by keyboard alone: {name: value}.
export async function opened(page, button) {
  await button.focus();
  await page.keyboard.press('Enter');
  const id = await button.getAttribute('popovertarget');
  const popover = page.locator(`[id="${id}"]`);
  await popover.waitFor({state: 'visible'});
  const box = await popover.boundingBox(), view = page.viewportSize();
  assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= view.width && box.y + box.height <= view.height, `a popover leaves the window: ${JSON.stringify(box)}`);
  const rows = await popover.locator('dl > div').evaluateAll((all) => all.map((row) => [row.querySelector('dt').textContent, row.querySelector('dd').textContent]));
  await page.keyboard.press('Escape');
  await popover.waitFor({state: 'hidden'});
  assert.ok(await button.evaluate((element) => element === document.activeElement), 'the focus is where it was');
  return Object.fromEntries(rows);
}
