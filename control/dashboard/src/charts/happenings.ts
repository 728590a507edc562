// Incidents, changes and corrections as marks of a chart.
import {clock} from '../format.ts';
import type {Change, Correction, Incident} from '../types.ts';
import type {Happening} from './time.tsx';

// Where it was closed without: whether it went on nobody knows.
export const endOf = (one: Incident): number | null => one.recovered_unix_s ?? (one.retired ? one.closed_unix_s : null);

export function marksOf(incidents: Incident[], changes: Change[], corrections: Correction[] = []): Happening[] {
  return [
    ...corrections.filter((one) => one.revokes === null).map((one): Happening => ({from: one.from_unix_s, to: one.to_unix_s, kind: 'correction', text: `taken out: ${one.why}`})),
    ...incidents.filter((one) => !one.withdrawn).map((one): Happening => ({from: one.onset_unix_s, to: endOf(one), kind: one.severity, text: `incident ${one.id} from ${clock(one.onset_unix_s)}`})),
    ...changes.map((one): Happening => ({from: one.at_unix_s, to: one.at_unix_s, kind: 'change', text: `${clock(one.at_unix_s)}: ${one.what} ${one.version}`})),
  ];
}
