// Clicks that tell of trouble: in a rage, on something that does nothing, and those that an error follows.
import {data, endpoint, listen, now, safe} from './base.js';
import {scanSoon} from './elements.js';
import {later, say} from './page.js';
import {onRoute} from './routes.js';

const rageClicks = 3, rageMs = 1000, ragePixels = 30;
const deadMs = 2000, errorMs = 1000;

let last;     // the click before
let burst;    // how many came at one place
let reacted;  // when the page last did something
const stir = () => {
  reacted = now();
};

// Where on the whole page, scrolled or not.
const tell = (kind, {target, x, y}) => {
  const {scrollWidth: w, scrollHeight: h} = document.documentElement;
  say('click', {kind, x, y, w, h, name: target.id || target.localName}, {}, later);
};

export const clickFailed = () => last && now() - last.timeStamp < errorMs && tell('error', last);

// What promises to do something when it is clicked, unless it does that where we cannot see it.
const promising = 'a,button,[role=button],[onclick]';
const elsewhere = '[download],[href^=mailto],[href^=tel]';

function onClick(event) {
  const {target, timeStamp, pageX: x, pageY: y} = event, click = {target, timeStamp, x, y};
  if (!event.isTrusted) return;
  burst = last && timeStamp - last.timeStamp < rageMs && Math.hypot(x - last.x, y - last.y) < ragePixels ? burst + 1 : 1;
  last = click;
  if ('clicks' in data) tell('click', last);
  // Three clicks also select a paragraph.
  if (burst == rageClicks && !`${getSelection()}`) tell('rage', last);
  const promise = target.closest(promising);
  if (burst > 1 || promise?.matches(elsewhere)) return;
  setTimeout(safe(() => {
    if (!(reacted > timeStamp) && (promise || getComputedStyle(target).cursor == 'pointer')) tell('dead', click);
  }), deadMs);
}

// Whatever the page does counts as its reaction: it changes, scrolls, takes input, loses the focus, asks the network.
export const watchClicks = () => {
  listen('click', onClick);
  for (const type of ['scroll', 'input', 'blur']) listen(type, stir);
  new MutationObserver(safe(() => {
    stir();
    onRoute();
    scanSoon();
  })).observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
  new PerformanceObserver(safe((list) => list.getEntries().some(({name}) => name != endpoint) && stir())).observe({type: 'resource'});
};
