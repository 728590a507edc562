// What the shop's pages do, and what they say of it by the snippet (tools/snippet). The session is the cookie `sid`, which
// requests and beacons share.
'use strict';

const page = document.querySelector('main').dataset.page;

// A clock that runs on over page loads and never jumps.
const clock = () => performance.timeOrigin + performance.now();
const rounded = (ms) => Math.round(ms * 10) / 10;

const on = (id, action) => document.getElementById(id)?.addEventListener('click', action);

const pages = {
  home() {},
  search() {
    const {count, glitch} = document.querySelector('main').dataset;
    if (glitch === 'true') return bellrock.error({name: 'search.error', message: 'results did not render', code: 'R1'});
    bellrock.step('search.results', {search_ms: rounded(performance.now()), result_count: Number(count)});
  },
  product() {
    on('add', async () => {
      bellrock.start('cart.add');
      const answer = await fetch('/api/cart', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{"sku":100}'});
      bellrock.action('cart.add', {}, {ok: answer.ok});
      location.href = '/cart';
    });
  },
  cart() {
    bellrock.step('cart');
  },
  checkout() {
    on('address', () => bellrock.step('checkout.address'));
    on('cancel', () => {
      bellrock.step('checkout.cancel');
      document.getElementById('message').textContent = 'Cancelled.';
    });
    on('pay', pay);
  },
  confirmation() {
    const elapsed = rounded(clock() - Number(sessionStorage.getItem('paid_at')));
    bellrock.step('order.confirmed', {pay_to_confirmed_ms: elapsed, method: 'card'}, {dur: elapsed});
    on('rate', () => bellrock.feedback('ces', Number(document.getElementById('ease').value), 'from the thank-you page'));
  },
};

async function pay() {
  const card = document.getElementById('card').value;
  sessionStorage.setItem('paid_at', clock());
  bellrock.start('payment.declined');
  const answer = await fetch('/api/v1/payments', {
    method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({card, amount: 4990, currency: 'EUR'})});
  if (answer.ok) {
    const {order} = await answer.json();
    location.href = `/confirmation/${order}`;
    return;
  }
  if (answer.status === 402) bellrock.step('payment.declined', {}, {ok: false});
  document.getElementById('message').textContent = 'That did not work. Try another card.';
}

addEventListener('load', () => setTimeout(() => {
  pages[page]();
  document.documentElement.dataset.ready = 'true';  // what the page had to say at its start is said
}, 0));
