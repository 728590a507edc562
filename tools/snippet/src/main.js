// bellrock.js: what a visitor's browser tells Bellrock. README.md says how a page uses it.
import {newDocument, tellVitals, watchVitals} from './vitals.js';
import {gate, hidden, listen, now, safe, tried} from './base.js';
import {watchClicks} from './clicks.js';
import {scan, watchElements} from './elements.js';
import {error, onError, onRejection} from './errors.js';
import {asOf, turn} from './page.js';
import {watchRoutes} from './routes.js';
import {drop, flush} from './send.js';
import {onBFCacheRestore} from './shorter.js';
import {allowed, forget, outKey} from './session.js';
import {action, feedback, start, step} from './verbs.js';

// Hidden is the last that a page is sure to learn of; web-vitals hears of it first, having listened first. A page that is
// left is told to go (pagehide) before it is hidden, one in the background after.
const leave = () => {
  if (!hidden()) return;
  scan();
  tellVitals();
  flush();
};

function watchLeaving() {
  listen('visibilitychange', leave);
  listen('pagehide', leave);
  onBFCacheRestore(safe(() => {
    turn(now());
    newDocument();
  }));
}

let watching;
const begin = (prerendered) => tried(() => {
  const may = allowed();
  gate(may);
  if (!may || watching) return;
  watching = true;
  turn(prerendered ? now() : 0);
  for (const watch of [watchVitals, watchLeaving, watchRoutes, watchClicks, watchElements]) tried(watch);
  listen('error', onError);
  listen('unhandledrejection', onRejection);
});

const bellrock = {
  optOut(out = true) {
    gate(false);
    drop();
    tried(() => {
      localStorage[outKey] = +out;
    });
    out ? forget() : begin();
  },
  // A command is [verb, ...arguments]; its `time` is when it was given.
  push: (command) => asOf(command?.time, () => bellrock[command[0]](...command.slice(1))),
};
const verbs = {start, step, action, error, feedback, flush};
for (const name in verbs) bellrock[name] = safe(verbs[name]);

const run = (event) => {
  const early = window.bellrock;
  if (early?.flush) return;
  begin(event);
  window.bellrock = bellrock;
  if (early?.map) early.map(bellrock.push);
};

document.prerendering ? document.addEventListener('prerenderingchange', run, {once: true}) : run();
