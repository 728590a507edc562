// What a page says by attributes: a step when its element is in the page; starts and actions when their element is clicked, or
// submitted if it is a form.
import {listen, safe, tried} from './base.js';
import {asOf, once, time} from './page.js';
import {action, start, step} from './verbs.js';

const scanMs = 100;

const attrsOf = (element) => tried(() => JSON.parse(element.getAttribute('data-bellrock-attrs')));

export const scan = () => {
  for (const element of document.querySelectorAll('[data-bellrock-step]')) {
    const name = element.getAttribute('data-bellrock-step');
    // An element that stays while the route changes is no new step: it remembers what it stood for.
    if (element.bellrock != name) once(`step ${name}`, () => step(name, attrsOf(element)));
    element.bellrock = name;
  }
};

// A page that changes all the time is looked at ten times a second, and its steps are of the time of the change.
let pending;
export const scanSoon = () => {
  const when = time();
  pending ||= setTimeout(safe(() => {
    pending = 0;
    asOf(when, scan);
  }), scanMs);
};

const verbs = {start, action};

const onUse = ({type, target}) => {
  for (const verb in verbs) {
    const attribute = `data-bellrock-${verb}`;
    const element = type == 'submit' ? target : target.closest(`:not(form)[${attribute}]`);
    const text = element?.getAttribute(attribute);
    if (text) verbs[verb](text, attrsOf(element));
  }
};

export const watchElements = () => {
  listen('click', onUse);
  listen('submit', onUse);
  scan();
};
