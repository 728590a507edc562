// Each journey: how far attempts get, how they end, and how that went over time.
import {h, s, setText, sync} from "./dom.js";
import {count, duration, percent, timeMarks} from "./format.js";

const kNames = ["success", "failed.user", "failed.business", "failed.system", "silent_failure", "abandoned", "abandoned.waiting", "cancelled", "superseded", "unknown"];
const colour = (name) => kNames.includes(name) ? `o-${name.replace(".", "-")}` : "o-other";

function funnelRow(step, most, starts) {
  const bar = h("div");
  bar.style.width = most ? `${step.count / most * 100}%` : "0";
  const median = step.p50_ns === null ? "" : `, half within ${duration(step.p50_ns)} of the start`;
  const title = `${step.step} (${step.kind}): ${count(step.count)}${median}`;
  return h("li", {class: step.kind, title}, h("span", {class: "name"}, step.step), h("div", {class: "bar", "aria-hidden": "true"}, bar),
    h("span", {class: "value"}, count(step.count), starts ? h("span", {class: "muted"}, ` ${percent(step.count / starts, 0)}`) : null));
}

function stackBar(outcomes, total) {
  const label = outcomes.map(([name, n]) => `${name} ${count(n)}`).join(", ");
  return h("div", {class: "stack", role: "img", "aria-label": label}, ...outcomes.map(([name, n]) => {
    const part = h("div", {class: colour(name), title: `${name}: ${count(n)} (${percent(n / total, 1)})`});
    part.style.width = `${n / total * 100}%`;
    return part;
  }));
}

function legend(outcomes, total) {
  return h("ul", {class: "legend"}, ...outcomes.map(([name, n]) =>
    h("li", {}, h("i", {class: colour(name), "aria-hidden": "true"}), `${name} `, h("b", {}, count(n)), h("span", {class: "muted"}, ` ${percent(n / total, 1)}`))));
}

// Stacked columns, one for each slice.
function course(journey, frame, width) {
  const height = 120, bottom = 20, left = 40;
  const columns = (frame.to_unix_s - frame.from_unix_s) / frame.step_s;
  const sums = journey.slices.map((slice) => Object.values(slice.outcomes).reduce((a, b) => a + b, 0));
  const most = Math.max(1, ...sums);
  const each = (width - left) / columns;
  const svg = s("svg", {viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `Ended attempts of ${journey.name} over time, at most ${count(most)} in a slice`});
  for (const share of [0, 0.5, 1]) {
    const y = 8 + (1 - share) * (height - bottom - 8);
    svg.append(s("line", {class: "grid", x1: left, x2: width, y1: y, y2: y}));
    if (Number.isInteger(most * share)) svg.append(s("text", {x: left - 6, y: y + 4, "text-anchor": "end"}, count(most * share)));
  }
  const {marks, label} = timeMarks(frame.from_unix_s, frame.to_unix_s, width / 90);
  for (const at of marks) {
    const x = left + (at - frame.from_unix_s) / frame.step_s * each;
    if (x > left + 14 && x < width - 14) svg.append(s("text", {x, y: height - 5, "text-anchor": "middle"}, label(at)));
  }
  for (const slice of journey.slices) {
    let y = height - bottom;
    const x = left + (slice.start_unix_s - frame.from_unix_s) / frame.step_s * each;
    for (const name of [...kNames, ...Object.keys(slice.outcomes).filter((other) => !kNames.includes(other))]) {
      const n = slice.outcomes[name] ?? 0;
      if (!n) continue;
      const tall = n / most * (height - bottom - 8);
      y -= tall;
      svg.append(s("rect", {class: colour(name), x: x.toFixed(2), width: Math.max(1, each - 0.8).toFixed(2), y: y.toFixed(2), height: tall.toFixed(2)},
        s("title", {}, `${label(slice.start_unix_s)} ${name}: ${count(n)}`)));
    }
  }
  return svg;
}

function makeJourney(first) {
  const head = h("p", {class: "muted"}), funnel = h("ol", {class: "funnel"}), ends = h("div"), time = h("div"), balance = h("p", {class: "muted"});
  const root = h("article", {class: "journey"}, h("div", {class: "label-row"}, h("h3", {}, first.journey.name), head),
    h("div", {}, h("h4", {}, "Attempts that reached each step"), funnel),
    h("div", {}, h("h4", {}, "How attempts ended"), ends), h("div", {}, h("h4", {}, "Ended attempts over time"), time), balance);
  let shown, last, drawnWidth;
  const drawCourse = () => {
    if (!last || time.clientWidth === drawnWidth) return;
    drawnWidth = time.clientWidth;
    time.replaceChildren(course(last.journey, last.frame, Math.max(280, drawnWidth)));
  };
  new ResizeObserver(drawCourse).observe(time);
  const update = ({journey, frame}) => {
    const now = JSON.stringify([journey, frame.from_unix_s]);
    if (now === shown) return;
    shown = now;
    const most = Math.max(journey.starts, ...journey.funnel.map((step) => step.count));
    const outcomes = Object.entries(journey.outcomes).filter(([, n]) => n > 0);
    const total = outcomes.reduce((sum, [, n]) => sum + n, 0);
    setText(head, `${count(journey.starts)} started${journey.owner ? `, owned by ${journey.owner}` : ""}`);
    funnel.replaceChildren(...journey.funnel.map((step) => funnelRow(step, most, journey.starts)));
    ends.replaceChildren(...(total ? [stackBar(outcomes, total), legend(outcomes, total)] : [h("p", {class: "muted"}, "None ended in this range.")]));
    last = {journey, frame};
    drawnWidth = undefined;
    drawCourse();
    const {starts, ended, open, board_lost: lost, balanced} = journey.ledger;
    setText(balance, `Over all time: ${count(starts)} started ${balanced ? "=" : "≠"} ${count(ended)} ended + ${count(open)} open` + (lost ? ` + ${count(lost)} lost with a board` : ""));
  };
  return {root, update};
}

const journeys = new Map();

export function showJourneys(parent, frame) {
  sync(parent, journeys, frame.journeys.map((journey) => ({journey, frame})), (item) => item.journey.name, makeJourney);
}
