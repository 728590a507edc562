// Walks headless Chromium through the shop, one fresh visitor for each scenario, and prints as JSON what they did: each
// visitor's attempts with the outcome that the journeys' rules give them. Run by stage.py inside the visitors' namespace.
//
//   node walk.mjs ORIGIN ADDRESS PROFILE-DIRECTORY ROUNDS
import {chromium} from 'playwright-core';

const [origin, address, profile, rounds] = process.argv.slice(2);
const host = new URL(origin).hostname;

const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,MediaRouter',
  '--no-default-browser-check', `--host-resolver-rules=MAP ${host} ${address}, MAP * ~NOTFOUND`];

const phone = {
  userAgent: 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36',
  viewport: {width: 412, height: 915}, isMobile: true, hasTouch: true,
};

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const think = () => pause(120 + Math.random() * 200);

// What a visitor can do. `did` collects the attempts: [journey, outcome, steps].
class Visitor {
  constructor(page) {
    this.page = page;
    this.did = [];
  }
  attempt(journey, outcome, ...steps) {
    this.did.push({journey, outcome, steps});
  }
  async home() {
    await this.page.goto(`${origin}/`);
    await this.settled();
  }
  // The page has said what it says at its start; its beacons are on their way.
  async settled() {
    await this.page.waitForSelector('html[data-ready]', {state: 'attached'});
    await pause(120);
  }
  async search(query) {
    await this.page.fill('input[name=q]', query);
    await this.page.click('#find');
    await this.page.waitForURL('**/search**');
  }
  async found(query) {
    await this.search(query);
    await this.settled();
    this.attempt('search', 'success', 'query', 'page', 'results');
  }
  async product() {
    await this.page.click('.hit');
    await this.page.waitForURL('**/product/**');
    await this.settled();
    await think();
  }
  async cart() {
    await this.page.click('#add');
    await this.page.waitForURL('**/cart');
    await this.settled();
  }
  async checkout() {
    await this.page.click('#checkout');
    await this.page.waitForURL('**/checkout');
    await this.settled();
  }
  async toCheckout() {
    await this.home();
    await this.found('lamp');
    await this.product();
    await this.cart();
    await this.checkout();
  }
  async address() {
    await this.page.click('#address');
    await think();
  }
  async pay(card) {
    await this.page.selectOption('#card', card);
    const answered = card === 'endless' ? pause(700)
      : this.page.waitForResponse((response) => response.url().endsWith('/api/v1/payments'));
    await this.page.click('#pay');
    await answered;
    await pause(150);
  }
  async confirmed() {
    await this.page.waitForURL('**/confirmation/**');
    await this.settled();
  }
}

const paid = ['open', 'pay', 'pay_ok', 'confirmed'];

const scenarios = {
  async buys(v) {
    await v.toCheckout();
    await v.address();
    await v.pay('good');
    await v.confirmed();
    v.attempt('checkout', 'success', ...paid, 'address');
    await v.page.click('#rate');
    await think();
  },
  async buys_at_a_slow_bank(v) {
    await v.toCheckout();
    await v.pay('slow');
    await v.confirmed();
    v.attempt('checkout', 'success', ...paid);
  },
  async is_declined_and_takes_another_card(v) {
    await v.toCheckout();
    await v.pay('declined');
    v.attempt('checkout', 'failed.user', 'open', 'pay', 'declined');
    await think();
    await v.pay('good');
    await v.confirmed();
    v.attempt('checkout', 'success', 'pay', 'pay_ok', 'confirmed');
  },
  async meets_a_broken_gateway(v) {
    await v.toCheckout();
    await v.pay('broken');
    v.attempt('checkout', 'failed.system', 'open', 'pay', 'broken');
  },
  async tries_again_after_a_broken_gateway(v) {
    await v.toCheckout();
    await v.address();
    await v.address();
    await v.pay('broken');
    v.attempt('checkout', 'failed.system', 'open', 'pay', 'broken', 'address', 'address');
    await think();
    await v.pay('good');
    await v.confirmed();
    v.attempt('checkout', 'success', 'pay', 'pay_ok', 'confirmed');
  },
  async leaves_before_paying(v) {
    await v.toCheckout();
    await v.address();
    v.attempt('checkout', 'open', 'open', 'address');
  },
  async cancels(v) {
    await v.toCheckout();
    await v.page.click('#cancel');
    await think();
    v.attempt('checkout', 'cancelled', 'open', 'left');
  },
  async reloads_the_checkout(v) {
    await v.toCheckout();
    await v.page.reload();
    await v.settled();
    v.attempt('checkout', 'superseded', 'open');
    await v.pay('good');
    await v.confirmed();
    v.attempt('checkout', 'success', ...paid);
  },
  async gives_up_while_the_payment_hangs(v) {
    await v.toCheckout();
    await v.pay('endless');
    v.attempt('checkout', 'abandoned.waiting', 'open', 'pay');
    await v.page.close();
  },
  async searches_slowly(v) {
    await v.home();
    await v.found('slow lamp');
    await v.home();
    await v.found('bell');
  },
  async sees_no_results(v) {
    await v.home();
    await v.search('glitch');
    await v.settled();
    v.attempt('search', 'failed.system', 'query', 'page', 'broken');
  },
  async meets_a_broken_search(v) {
    await v.home();
    await v.search('broken');
    v.attempt('search', 'failed.system', 'query', 'broken');
  },
  async gives_up_while_the_search_hangs(v) {
    await v.home();
    await v.page.fill('input[name=q]', 'endless');
    await v.page.click('#find', {noWaitAfter: true});
    await pause(600);
    v.attempt('search', 'abandoned.waiting', 'query');
    await v.page.close();
  },
};

async function visit(browser, name, n) {
  const device = n % 3 === 1 ? 'phone' : 'desktop';
  const context = await browser.newContext(device === 'phone' ? phone : {});
  context.setDefaultTimeout(120_000); // a loaded machine is slow, not broken
  const visitor = new Visitor(await context.newPage());
  await scenarios[name](visitor);
  const sid = (await context.cookies()).find((cookie) => cookie.name === 'sid')?.value;
  await pause(200);
  await context.close();
  return {scenario: name, device, sid, attempts: visitor.did};
}

// Most visitors simply buy; each other scenario happens once a round. A few visitors are in the shop at a time.
const round = [...Object.keys(scenarios), 'buys', 'buys', 'buys'];
const visitorsAtOnce = 3;

const server = await chromium.launchPersistentContext(profile, {executablePath: '/usr/bin/chromium', headless: true, args: flags});
const queue = Array.from({length: Number(rounds)}, () => round).flat().map((name, n) => [name, n]);
const visits = [];
async function receive(browser) {
  for (let next = queue.shift(); next; next = queue.shift()) visits.push(await visit(browser, ...next));
}
try {
  await Promise.all(Array.from({length: visitorsAtOnce}, () => receive(server.browser())));
} finally {
  await server.close();
}
console.log(JSON.stringify(visits));
