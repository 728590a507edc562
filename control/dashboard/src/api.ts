// Asks the centre, and again while the page can be seen: when there is news, or every few seconds where there is no way to
// hear of it. Computes nothing.
import {useEffect, useState} from 'preact/hooks';
import {isSilent, listen} from './live.ts';

const kPollMs = 10_000, kTimeoutMs = 15_000;

export class Refused extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

async function ask<T>(path: string, gone: AbortSignal): Promise<T> {
  const reply = await fetch(`/api/v1/${path}`, {signal: AbortSignal.any([gone, AbortSignal.timeout(kTimeoutMs)]), cache: 'no-store'});
  const body = await reply.json().catch(() => null);
  if (!reply.ok) throw new Refused(reply.status, body?.message ?? `${path}: status ${reply.status}`);
  return body as T;
}

export interface Answer<T> { data: T | null; error: Error | null }

// `path` without its query is what is asked about: while only the query changes, the old answer stays until the new one
// is there. None: nothing is asked.
export function useApi<T>(path: string | null): Answer<T> {
  const subject = path?.split('?')[0] ?? null;
  const [held, setHeld] = useState<{subject: string | null} & Answer<T>>({subject, data: null, error: null});
  useEffect(() => {
    if (path === null) return undefined;
    const gone = new AbortController();
    let waits = false, again = false;
    const refresh = async (): Promise<void> => {
      if (document.hidden) return;
      if (waits) {
        again = true;
        return;
      }
      waits = true;
      again = false;
      try {
        const data = await ask<T>(path, gone.signal);
        setHeld({subject, data, error: null});
      } catch (error) {
        if (gone.signal.aborted) return;
        setHeld((before) => ({subject, data: before.subject === subject ? before.data : null, error: error as Error}));
      } finally {
        waits = false;
        if (again && !gone.signal.aborted) void refresh();
      }
    };
    const news = (): void => void refresh();
    const timer = setInterval(() => { if (isSilent()) news(); }, kPollMs);
    const deaf = listen(news);
    document.addEventListener('visibilitychange', news);
    news();
    return () => {
      gone.abort();
      clearInterval(timer);
      deaf();
      document.removeEventListener('visibilitychange', news);
    };
  }, [path]);
  return held.subject === subject ? held : {data: null, error: null};
}

export const sloPath = (journey: string, objective: string): string =>
  `slos/${encodeURIComponent(journey)}/${encodeURIComponent(objective)}`;
