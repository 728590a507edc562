// How often each answer was given: a column for each, in the colour of its group.
import type {Outcomes} from '../types.ts';

const kWide = 10, kTall = 30, kGround = 2;

interface Props { counts: Outcomes; first: number; last: number; mark: (answer: number) => string }

// The numbers are in the figure beside it.
export function AnswerColumns({counts, first, last, mark}: Props) {
  const answers = Array.from({length: last - first + 1}, (_, i) => first + i);
  const most = Math.max(1, ...answers.map((answer) => counts[answer] ?? 0));
  return <svg class="answers" viewBox={`0 0 ${answers.length * kWide} ${kTall}`} preserveAspectRatio="none" aria-hidden="true">
    <rect class="ground" x="0" y={kTall - kGround} width={answers.length * kWide} height={kGround} />
    {answers.map((answer, i) => {
      const tall = ((counts[answer] ?? 0) / most) * (kTall - kGround);
      return <rect key={answer} class={mark(answer)} x={i * kWide + 1} y={kTall - kGround - tall} width={kWide - 2} height={tall} />;
    })}
  </svg>;
}
