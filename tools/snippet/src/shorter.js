// What bundle.mjs puts in the place of web-vitals' own helpers: they give what a beacon has a field for, and neither
// ratings, deltas, entries nor attribution; the page is shown before any of it runs (main.js). The definitions of the
// metrics stay web-vitals'.
import {hidden, now, tried} from './base.js';

export const initMetric = (name, value = -1) => ({name, value, entries: []});

export const bindReporter = (callback, metric) => {
  let told;
  return (final) => {
    if (final && metric.value >= 0 && metric.value !== told) {
      told = metric.value;
      callback(metric);
    }
  };
};

export const initUnique = (options, Class) => new Class();
export const whenActivated = (work) => work();
export const onBFCacheRestore = (work) => addEventListener('pageshow', (event) => event.persisted && work(event), true);
export const whenIdleOrHidden = (work) => work();  // what we do with a value takes no time

// When the page was hidden first, and what has to be known by then. vitals.js says when it is.
const works = [];
const watcher = {onHidden: (work) => works.push(work)};
export const getVisibilityWatcher = () => {
  watcher.firstHiddenTime ??= performance.getEntriesByType('visibility-state').find(({name}) => name == 'hidden')?.startTime ??
    (hidden() ? 0 : Infinity);
  return watcher;
};
export const pageHides = () => {
  works.map((work) => work());
  watcher.firstHiddenTime = Math.min(watcher.firstHiddenTime, now());
};

// A microtask later: Safari calls back at once (web-vitals issue 277).
export const observe = (type, callback, options) => tried(() => {
  if (!PerformanceObserver.supportedEntryTypes.includes(type)) return undefined;
  const observer = new PerformanceObserver((list) => queueMicrotask(() => callback(list.getEntries())));
  observer.observe({type, buffered: true, ...options});
  return observer;
});

// Shifts less than a second apart, over five seconds at most, are one.
export class LayoutShiftManager {
  _sessionValue = 0;
  _processEntry({hadRecentInput, startTime, value}) {
    if (hadRecentInput) return;
    if (!(startTime - this._last < 1000 && startTime - this._first < 5000)) {
      this._first = startTime;
      this._sessionValue = 0;
    }
    this._last = startTime;
    this._sessionValue += value;
  }
}

// The ten longest interactions; INP is the longest but one for every fifty.
const getInteractionCount = () => performance.interactionCount || 0;
export const initInteractionCountPolyfill = () => {};
export class InteractionManager {
  _before = 0;
  _longest = [];
  _resetInteractions() {
    this._before = getInteractionCount();
    this._longest = [];
  }
  _processEntry({interactionId, entryType, duration}) {
    if (!interactionId && entryType != 'first-input') return;
    const same = this._longest.find(({id}) => id == interactionId);
    if (same) same._latency = Math.max(same._latency, duration);
    else this._longest.push({id: interactionId, _latency: duration});
    this._longest = this._longest.sort((a, b) => b._latency - a._latency).slice(0, 10);
  }
  _estimateP98LongestInteraction() {
    return this._longest[Math.min(this._longest.length - 1, Math.floor((getInteractionCount() - this._before) / 50))];
  }
}
// LCP wants one as well and asks nothing of it; the one above ignores such entries.
export {InteractionManager as LCPEntryManager};
