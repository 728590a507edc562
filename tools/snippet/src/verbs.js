// What a page can say: the methods of `bellrock`.
import {say, soon, time, view} from './page.js';
import {session} from './session.js';

const marksMax = 16;

// Runs on over page loads, so that a step may end on another page than it began on.
const clock = () => performance.timeOrigin + time();

export const start = (name) => session(({marks}) => {
  delete marks[name];
  marks[name] = clock();
  const names = Object.keys(marks);
  if (names[marksMax]) delete marks[names[0]];
});

// ms since start(name), which counts once; else since the page view began.
const since = (name) => session(({marks}) => {
  const began = marks[name] ?? view.start;
  delete marks[name];
  return Math.max(0, clock() - began);
});

const said = (type) => (name, attrs, {ok = true, dur, value, cur} = {}) => {
  const measured = since(name);
  say(type, {name: `${name}`, ok: !!ok, dur: dur >= 0 ? +dur : measured, value: +value, cur}, attrs, soon);
};

export const step = said('step');
export const action = said('action');
export const feedback = (kind, score, text) => ['ces', 'nps', 'csat'].includes(kind) && isFinite(score) &&
  say('feedback', {kind, score: +score, text}, {}, soon);
