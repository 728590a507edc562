// web-vitals, told when the page is hidden: what has changed since it was told last. They are the document's, whatever
// routes it went through since.
import {onCLS} from 'web-vitals/onCLS.js';
import {onFCP} from 'web-vitals/onFCP.js';
import {onINP} from 'web-vitals/onINP.js';
import {onLCP} from 'web-vitals/onLCP.js';
import {onTTFB} from 'web-vitals/onTTFB.js';
import {say, soon, view} from './page.js';
import {pageHides} from './shorter.js';


let values = {};
let document;  // its page view
export const newDocument = () => {
  document = view;
};

// TTFB comes when the page is loaded, and its entry has the rest. Of a page that was made in advance it says nothing about
// what the visitor waited for.
const take = ({name, value, entries: [{loadEventEnd, domContentLoadedEventEnd, activationStart} = {}] = []}) => {
  values[name.toLowerCase()] = value;
  if (loadEventEnd && !activationStart) {
    values.dcl = domContentLoadedEventEnd;
    values.load = loadEventEnd;
  }
};

export const watchVitals = () => {
  newDocument();
  for (const on of [onLCP, onINP, onCLS, onFCP, onTTFB]) on(take);
};

export const tellVitals = () => {
  pageHides();
  if (Object.keys(values)[0]) say('vitals', {...values, page: document.page, pv: document.pv}, {}, soon);
  values = {};
};
