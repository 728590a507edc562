// Told by the centre when there is something new, while the page can be seen: a browser has six connections to a host, so
// that pages in the background may not hold one.
const kKinds = ['status', 'failed', 'incident', 'change', 'correction'];
const kBeatMs = 10_000;  // the centre says how it is so often

let stream: EventSource | null = null;
let heardMs = 0;
const listeners = new Set<() => void>();

function tell(): void {
  for (const listener of listeners) listener();
}

function open(): EventSource {
  const opened = new EventSource('/api/v1/live');
  let greeted = false;  // what is shown was asked for when this was opened: the first event is no news
  for (const kind of kKinds) {
    opened.addEventListener(kind, () => {
      heardMs = Date.now();
      if (greeted) tell();
      greeted = true;
    });
  }
  opened.addEventListener('error', () => {
    if (heardMs !== 0) tell();
    heardMs = 0;
  });
  return opened;
}

// Follows while somebody listens and looks. One that the centre refused is opened again.
function follow(): void {
  const wanted = listeners.size > 0 && !document.hidden;
  if (stream && (!wanted || stream.readyState === EventSource.CLOSED)) {
    stream.close();
    stream = null;
    heardMs = 0;
  }
  if (wanted) stream ??= open();
}
document.addEventListener('visibilitychange', follow);

// Calls `listener` at all news, until what is returned is called.
export function listen(listener: () => void): () => void {
  listeners.add(listener);
  follow();
  return () => {
    listeners.delete(listener);
  };
}

// Nothing was heard for longer than the centre is silent: who wants to know has to ask. Tries to follow again.
export function isSilent(): boolean {
  if (Date.now() - heardMs <= 1.5 * kBeatMs) return false;
  follow();
  return true;
}
