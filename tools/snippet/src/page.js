// The page view, and what every beacon says.
import {data, now, tried} from './base.js';
import {enqueue} from './send.js';
import {random, session} from './session.js';

// A command that waited for the script is of the time when it was given.
let given;
export const time = () => given ?? now();
export const asOf = (when, work) => {
  given = when;
  tried(work);
  given = undefined;
};

// `said`: what is said only once in a page view, and so many things at most.
export let view;
export const turn = (start) => {
  view = {start: performance.timeOrigin + start, page: location.pathname, pv: random(), said: new Set()};
};
const onceMax = 50;
export const once = (what, work) => view.said.has(what) || view.said.size >= onceMax || (view.said.add(what), work());

export const soon = 0;        // a journey waits for it
export const later = 5000;  // nobody does
const attrsMax = 32;

export const say = (type, fields, attrs, wait) => session((state) => {
  const t = time();
  attrs = Object.entries({site: data.site, ...attrs}).slice(0, attrsMax);
  enqueue({
    v: 1, sid: state.id, type, page: view.page, pv: view.pv, n: state.n++, ts: Math.round(Date.now() - now() + t), t,
    rel: data.release, exp: data.experiment, conn: navigator.connection?.effectiveType,
    synthetic: 'synthetic' in data || undefined, ...fields, attrs: Object.fromEntries(attrs),
  }, wait);
});
