// What everything else stands on: the script's own tag, and the promise that the page never notices us.

// `currentScript` is there while a classic script runs, async or not.
const script = document.currentScript || {dataset: {}};
export const data = script.dataset;
// What goes wrong in here stays in here: a measurement is lost, the page is not.
export const tried = (work) => {
  try {
    return work();
  } catch {
    return undefined;
  }
};

export const endpoint = tried(() => new URL(data.endpoint || '/rum', script.src || location).href);

// Open while something may be measured.
let open;
export const gate = (state) => {
  open = state;
};

export const safe = (work) => (...given) => tried(() => open && work(...given));
export const listen = (type, work) => addEventListener(type, safe(work), true);

export const now = () => performance.now();
export const hidden = () => document.visibilityState == 'hidden';
