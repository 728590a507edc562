// Where the reader is, in the address behind '#': /slo/JOURNEY/OBJECTIVE?range=7d. A link keeps the range.
import {useEffect, useState} from 'preact/hooks';

export const ranges = {'1h': '1 h', '6h': '6 h', '24h': '24 h', '7d': '7 d', '28d': '28 d'} as const;
export type Range = keyof typeof ranges;
export interface Route { path: string[]; range: Range }

const isRange = (text: string | null): text is Range => text !== null && Object.hasOwn(ranges, text);

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function readRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const range = new URLSearchParams(query).get('range');
  return {path: path.split('/').filter(Boolean).map(decode), range: isRange(range) ? range : '24h'};
}

export function link(path: (string | number)[], range: Range): string {
  const query = range === '24h' ? '' : `?range=${range}`;
  return `#/${path.map((part) => encodeURIComponent(part)).join('/')}${query}`;
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = (): void => setHash(location.hash);
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return readRoute(hash);
}
