// How the period's error budget was used up: what is left after each slice, and what would be left if every unknown
// attempt had been bad.
import {count, moment, percent} from '../format.ts';
import type {BudgetCourse} from '../types.ts';
import type {Box, Happening} from './time.tsx';
import {Level, TimeChart} from './time.tsx';

interface Point { at: number; left: number; lower: number }

// Level between slices, from all of it at the period's start to now.
function steps(course: BudgetCourse): Point[] {
  const points: Point[] = [{at: course.from_unix_s, left: 1, lower: 1}];
  for (const slice of course.slices) {
    const before = points.at(-1)!;
    points.push({at: slice.start_unix_s, left: before.left, lower: before.lower});
    points.push({at: Math.min(slice.start_unix_s + course.step_s, course.to_unix_s), left: slice.left ?? before.left, lower: slice.left_lower ?? before.lower});
  }
  const last = points.at(-1)!;
  points.push({at: course.to_unix_s, left: last.left, lower: last.lower});
  return points;
}

export function BudgetChart({course, happenings}: {course: BudgetCourse; happenings: Happening[]}) {
  const points = steps(course);
  const least = Math.min(0, ...points.map((point) => point.lower));
  const floor = least < -3 ? -3 : least;  // an overdraft a hundred times the budget would hide everything else
  const say = (slice: number): string => {
    const from = course.from_unix_s + slice * course.step_s;
    const one = course.slices.find((candidate) => candidate.start_unix_s === from);
    const until = course.slices.findLast((candidate) => candidate.start_unix_s <= from);
    const left = `${percent(until ? until.left : 1, 1)} left, ${percent(until ? until.left_lower : 1, 1)} if all unknown were bad`;
    return one ? `${moment(from)}: ${left}; ${count(one.good)} good, ${count(one.bad)} bad, ${count(one.unknown)} unknown took ${percent(one.burned, 2)}` : `${moment(from)}: ${left}; no attempt`;
  };
  const draw = (box: Box) => {
    const y = (left: number): number => box.top + ((1 - Math.max(left, floor)) / (1 - floor)) * (box.bottom - box.top);
    const path = (key: 'left' | 'lower'): string => points.map((point, i) => `${i ? 'L' : 'M'}${box.x(point.at).toFixed(1)} ${y(point[key]).toFixed(1)}`).join('');
    const band = `${path('left')}${[...points].reverse().map((point) => `L${box.x(point.at).toFixed(1)} ${y(point.lower).toFixed(1)}`).join('')}z`;
    const levels = floor < 0 ? [1, 0, floor] : [1, 0.75, 0.5, 0.25, 0];
    return <>
      {levels.map((level) => <Level key={level} box={box} y={y(level)} text={`${Math.round(level * 100)} %`} kind={level === 0 ? 'limit page' : 'grid'} />)}
      <path class="band" d={band} /><path class="line w1" d={path('left')} />
    </>;
  };
  const lost = course.board_lost ? ` ${count(course.board_lost)} more attempts ended with a board that vanished; they are unknown, and in no slice.` : '';
  const rest = `${count(course.counts.good)} good, ${count(course.counts.bad)} bad and ${count(course.counts.unknown)} unknown attempts in the period.${lost}`;
  return <TimeChart label="Error budget left over the period" from={course.from_unix_s} to={course.to_unix_s} step={course.step_s} happenings={happenings} say={say} rest={rest} draw={draw} height={200} left={52} />;
}
