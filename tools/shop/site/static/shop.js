// What the shop's pages do, and the native beacons they send while doing it (Bellrock's beacon format, version 1).
'use strict';

const page = document.querySelector('main').dataset.page;
const pageView = crypto.getRandomValues(new Uint32Array(1))[0].toString(16);

// The session: a first-party cookie that the beacons repeat.
function sessionId() {
  const found = document.cookie.match(/(?:^|; )sid=([^;]+)/);
  if (found) return found[1];
  const made = Array.from(crypto.getRandomValues(new Uint32Array(3)), (n) => n.toString(36)).join('');
  document.cookie = `sid=${made}; path=/; samesite=lax`;
  return made;
}
const sid = sessionId();

// A clock that runs on over page loads and never jumps.
const clock = () => performance.timeOrigin + performance.now();
const rounded = (ms) => Math.round(ms * 10) / 10;

function nextNumber() {
  const n = Number(sessionStorage.getItem('n') ?? 0);
  sessionStorage.setItem('n', n + 1);
  return n;
}

function say(...beacons) {
  const common = () => ({v: 1, sid, ts: Date.now(), page: location.pathname, n: nextNumber(), t: rounded(performance.now()), pv: pageView});
  const bodies = beacons.map((beacon) => ({...common(), ...beacon}));
  navigator.sendBeacon('/rum', JSON.stringify(bodies.length === 1 ? bodies[0] : bodies));
}
const step = (name, ok, dur, attrs) => ({type: 'step', name, ok, dur: rounded(dur), ...(attrs && {attrs})});

function vitals() {
  const [navigation] = performance.getEntriesByType('navigation');
  const paint = performance.getEntriesByName('first-contentful-paint')[0];
  const beacon = {type: 'vitals', ttfb: rounded(navigation.responseStart), dcl: rounded(navigation.domContentLoadedEventEnd)};
  if (paint) beacon.fcp = rounded(paint.startTime);
  return beacon;
}

const on = (id, action) => document.getElementById(id)?.addEventListener('click', action);

const pages = {
  home() {
    say(vitals());
  },
  search() {
    const {count, glitch} = document.querySelector('main').dataset;
    const elapsed = performance.now();
    if (glitch === 'true') return say({type: 'error', name: 'search.error', msg: 'results did not render', code: 'R1'});
    say(vitals(), step('search.results', true, elapsed, {search_ms: rounded(elapsed), result_count: Number(count)}));
  },
  product() {
    say(vitals());
    on('add', async (event) => {
      const started = performance.now();
      say({type: 'click', kind: 'click', x: event.clientX, y: event.clientY, w: innerWidth, h: innerHeight});
      const answer = await fetch('/api/cart', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{"sku":100}'});
      say({type: 'action', name: 'cart.add', ok: answer.ok, dur: rounded(performance.now() - started)});
      location.href = '/cart';
    });
  },
  cart() {
    say(step('cart', true, performance.now()));
  },
  checkout() {
    say(vitals());
    on('address', () => say(step('checkout.address', true, performance.now())));
    on('cancel', () => {
      say(step('checkout.cancel', true, performance.now()));
      document.getElementById('message').textContent = 'Cancelled.';
    });
    on('pay', pay);
  },
  confirmation() {
    const paid = Number(sessionStorage.getItem('paid_at'));
    const elapsed = clock() - paid;
    say(vitals(), step('order.confirmed', true, elapsed, {pay_to_confirmed_ms: rounded(elapsed), method: 'card'}));
    on('rate', () => {
      const score = Number(document.getElementById('ease').value);
      say({type: 'feedback', kind: 'ces', score, text: 'from the thank-you page'});
    });
  },
};

async function pay() {
  const card = document.getElementById('card').value;
  sessionStorage.setItem('paid_at', clock());
  const started = performance.now();
  const answer = await fetch('/api/v1/payments', {
    method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({card, amount: 4990, currency: 'EUR'})});
  if (answer.ok) {
    const {order} = await answer.json();
    location.href = `/confirmation/${order}`;
    return;
  }
  if (answer.status === 402) say(step('payment.declined', false, performance.now() - started));
  document.getElementById('message').textContent = 'That did not work. Try another card.';
}

addEventListener('load', () => setTimeout(() => {
  pages[page]();
  document.documentElement.dataset.ready = 'true';  // what the page had to say at its start is said
}, 0));
