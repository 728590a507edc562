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

// TTFB comes when the page is loaded, and its entry has the rest. A page made in advance began when it was shown.
const take = ({name, value, entries: [{loadEventEnd, domContentLoadedEventEnd, activationStart = 0} = {}] = []}) => {
  values[name.toLowerCase()] = value;
  if (loadEventEnd) {
    values.dcl = Math.max(0, domContentLoadedEventEnd - activationStart);
    values.load = Math.max(0, loadEventEnd - activationStart);
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
