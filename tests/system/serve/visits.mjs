// Chromium opens a page many times, and each time lets the snippet, which the edge serves from another origin, say one thing of
// every kind; then it posts JSON with credentials, for which a preflight is asked. What was handed to the network is noted by the
// page itself and printed as JSON: beacons by type, and answers to the posts.
//
//   node visits.mjs VIEWS COLLECTOR-ADDRESS
import {createRequire} from 'node:module';
import {createServer} from 'node:http';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const require = createRequire(new URL('../../../tools/shop/walk.mjs', import.meta.url));
const {chromium} = require('playwright-core');
const [views, collector] = [Number(process.argv[2]), process.argv[3]];
const kTabs = 4;

const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,">
<script async src="http://rum.shop.example/bellrock.js" data-endpoint="http://rum.shop.example/rum" data-clicks></script>
<body><h1>Shop</h1><button id="b" onclick="this.textContent = 'clicked'">Buy</button></body></html>`;
const server = createServer((request, response) => {
  response.writeHead(200, {'Content-Type': 'text/html; charset=utf-8'});
  response.end(html);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://shop.example:${server.address().port}`;

// Runs in every page before anything else. The tally outlives the page.
const note = () => {
  const tally = (body, sent) => {
    const counts = JSON.parse(sessionStorage.getItem('tally') ?? '{}');
    for (const {type} of [JSON.parse(body)].flat()) counts[type] = (counts[type] ?? 0) + (sent ? 1 : 0);
    sessionStorage.setItem('tally', JSON.stringify(counts));
  };
  const beacon = Navigator.prototype.sendBeacon;
  Navigator.prototype.sendBeacon = function (url, body) {
    const taken = beacon.call(this, url, body);
    tally(body, taken);
    return taken;
  };
  const fetching = window.fetch;
  window.fetch = (url, options) => {
    tally(options.body, true);
    return fetching(url, options);
  };
};

const visit = async (tab, number) => {
  await tab.goto(`${origin}/product/${number}`);
  await tab.waitForFunction(() => window.bellrock?.flush);
  await tab.click('#b');
  return tab.evaluate(async (n) => {
    const {bellrock} = window;
    bellrock.step('search.results', {result_count: n});
    bellrock.action('cart.add', {}, {ok: true});
    bellrock.error(new Error(`planned ${n}`));
    bellrock.feedback('ces', 5, 'fine');
    const body = JSON.stringify({v: 1, sid: `json-${n}`, ts: 1, type: 'step', page: '/json', name: 'json', dur: 1, ok: true});
    const answer = await fetch('http://rum.shop.example/rum',
      {method: 'POST', mode: 'cors', credentials: 'include', headers: {'Content-Type': 'application/json'}, body});
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return answer.status;
  }, number);
};

const profile = mkdtempSync(join(tmpdir(), 'bellrock-visits-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: '/usr/bin/chromium', headless: true, chromiumSandbox: false,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,MediaRouter', '--no-default-browser-check',
    `--host-resolver-rules=MAP rum.shop.example ${collector}, MAP shop.example 127.0.0.1, MAP * ~NOTFOUND`],
});
try {
  context.setDefaultTimeout(120_000);
  await context.addInitScript(note);
  await context.addCookies([{name: 'sid', value: 'visitor', domain: 'rum.shop.example', path: '/'}]);
  const said = {}, statuses = {};
  let next = 0;
  const lane = async () => {
    const tab = await context.newPage();
    while (next < views) {
      const status = await visit(tab, next++);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
    await tab.goto(`${origin}/last`);  // the page before has said its vitals
    for (const [type, n] of Object.entries(await tab.evaluate(() => JSON.parse(sessionStorage.getItem('tally'))))) {
      said[type] = (said[type] ?? 0) + n;
    }
    await tab.evaluate(() => window.stop());
    await tab.evaluate(() => { Navigator.prototype.sendBeacon = () => true; window.fetch = async () => {}; });
    await tab.close();
  };
  await Promise.all(Array.from({length: kTabs}, lane));
  console.log(JSON.stringify({said, statuses}));
} finally {
  await context.close();
  server.close();
  rmSync(profile, {recursive: true, force: true, maxRetries: 5});
}
