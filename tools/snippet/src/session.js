// The session of this tab: its id, the number of its next beacon, and what it has started to time. It lives in
// sessionStorage, so that it outlives a page load; where that is closed, in this page's memory.
import {data, endpoint, tried} from './base.js';

const key = 'bellrock';
let memory;

export const random = () => crypto.getRandomValues(new Uint32Array(3)).join('');

// With data-cookie the site's cookie is the session, and is made where it is missing.
function cookie(otherwise) {
  const name = data.cookie;
  if (!name) return otherwise;
  const found = `; ${document.cookie}`.split(`; ${name}=`)[1];
  if (found) return found.split(';')[0];
  document.cookie = `${name}=${otherwise};path=/;samesite=lax${isSecureContext ? ';secure' : ''}`;
  return otherwise;
}

// Reads, lets `change` change and writes: another frame of this tab shares what is stored.
export function session(change) {
  let state = tried(() => JSON.parse(sessionStorage[key])) || memory || {};
  const id = cookie(state.id || random());
  if (id != state.id) state = {id, n: 0, marks: state.marks || {}};
  const result = change(state);
  memory = state;
  tried(() => {
    sessionStorage[key] = JSON.stringify(state);
  });
  return result;
}

export const forget = () => {
  memory = undefined;
  tried(() => delete sessionStorage[key]);
};

export const outKey = 'bellrock.off';

// Do Not Track and Global Privacy Control need no word of the page.
// A whole session is in the sample or is not: the end of its id decides. A foreign cookie's end may be no number; it is in.
export const allowed = () =>
  endpoint && navigator.doNotTrack != 1 && !navigator.globalPrivacyControl &&
  tried(() => localStorage[outKey]) != 1 &&
  !(session(({id}) => id.slice(-4)) / 1e4 >= data.sample);
