// Errors that nobody caught, and those that the page tells of: each kind once in a page view, within the bound of once().
import {clickFailed} from './clicks.js';
import {once, say, soon} from './page.js';

// Anything can be thrown: an Error, a text, nothing.
export function error(thrown, attrs, text = thrown) {
  const {name = 'Error', message = text, code} = Object(thrown);
  once(`${name} ${message} ${attrs?.at}`, () => {
    say('error', {name: `${name}`, msg: `${message}`, code: code && `${code}`}, attrs, soon);
    clickFailed();
  });
}

// Where it happened, without the query: it may hold what is nobody's business.
export const onError = (event) => event.message &&
  error(event.error, {at: `${event.filename.split(/[?#]/)[0]}:${event.lineno}:${event.colno}`}, event.message);

export const onRejection = ({reason}) => error(reason);
