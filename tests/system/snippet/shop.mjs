// One browser for all tests, a new context and a new server for each; what every test has to hold is checked here.
import assert from 'node:assert/strict';
import {open} from './browser.mjs';
import {page, Site} from './server.mjs';
import {faults} from './spec.mjs';

export {page};

export class Shop {
  constructor(snippet, stub) {
    this.files = [snippet, stub];
    this.posts = [];   // of all tests
    this.beacons = 0;
  }
  async open() {
    this.shared = await open();
  }
  close() {
    return this.shared.close();
  }

  // Lets `work` visit a site; a test that needs a browser of its own opens it.
  async visit(work) {
    const site = await new Site(...this.files).start();
    const context = await this.shared.context.browser().newContext();
    try {
      await work(new Visit(site, context));
    } finally {
      await context.close();
      site.stop();
    }
    for (const {headers, body} of site.posts) {
      assert.equal(headers['content-type'], 'text/plain;charset=UTF-8');
      assert.ok(body.length <= 65536, `a body of ${body.length} bytes`);
    }
    for (const beacon of site.beacons) assert.deepEqual([faults(beacon), beacon], [[], beacon]);
    this.posts.push(...site.posts);
    this.beacons += site.beacons.length;
  }
}

export class Visit {
  constructor(site, context) {
    this.site = site;
    this.context = context;
    this.errors = [];  // what the page did not expect
    context.setDefaultTimeout(120_000);  // a loaded machine is slow, not broken
  }

  // Opens a page of the site and waits for the snippet. Pages that hold bellrock back say so by `measured: false`.
  async go(path, {measured = true} = {}) {
    if (!this.tab) await this.newTab();
    await this.tab.goto(this.site.origin + path);
    if (measured) await this.tab.waitForFunction(() => window.bellrock?.flush);
    return this.tab;
  }
  async newTab() {
    this.tab = await this.context.newPage();
    this.tab.on('pageerror', (error) => this.errors.push(error.message));
    return this.tab;
  }
  // A click of the visitor at this time of the page's clock, however long the browser takes.
  async clickAt(time, x, y) {
    const origin = await this.tab.evaluate(() => performance.timeOrigin);
    this.input ??= await this.context.newCDPSession(this.tab);
    const click = {x, y, button: 'left', clickCount: 1, timestamp: (origin + time) / 1000};
    await this.input.send('Input.dispatchMouseEvent', {type: 'mousePressed', ...click});
    await this.input.send('Input.dispatchMouseEvent', {type: 'mouseReleased', ...click});
  }
  // The browser hides the page that is left, and tells it.
  leave() {
    return this.tab.goto('about:blank');
  }
  of(type, name) {
    return this.site.beacons.filter((beacon) => beacon.type === type && (name === undefined || beacon.name === name));
  }
  // Waits until `find` finds something.
  async until(find, what) {
    for (let tries = 0; tries < 2400; ++tries) {
      const found = find();
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail(`never came: ${what}\n${JSON.stringify(this.site.beacons, null, 1)}`);
  }
  async one(type, name) {
    await this.until(() => this.of(type, name).length > 0, `${type} ${name ?? ''}`);
    assert.equal(this.of(type, name).length, 1, `${type} ${name ?? ''} came once`);
    return this.of(type, name)[0];
  }
  // What was said until now has arrived, and something said after it.
  async settled() {
    const name = `settled.${Math.random()}`;
    await this.tab.evaluate((step) => window.bellrock.step(step), name);
    await this.until(() => this.of('step', name).length, name);
  }
}
