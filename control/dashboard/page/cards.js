// One card for each objective: state, ratio with its bounds, error budget, counts, percentiles.
import {h, setText, setClass, sync} from "./dom.js";
import {count, duration, percent} from "./format.js";

const kStates = {met: "✓ Met", missed: "✕ Missed", unproven: "? Unproven", no_data: "○ No data"};

function fact(name) {
  const value = h("dd");
  return {root: h("div", {}, h("dt", {}, name), value), value};
}

// The part of 0..100 % that the bounds and the target need, so that 99.1 and 99.2 can be told apart.
function scaleOf(slo) {
  const low = Math.min(slo.lower ?? 1, slo.target);
  for (const start of [0.999, 0.99, 0.98, 0.95, 0.9, 0.75, 0.5]) if (low > start + (1 - start) * 0.1) return start;
  return 0;
}

function makeCard(first) {
  const parts = {
    badge: h("span"), rule: h("p"), ratio: h("span", {class: "ratio"}), target: h("span", {class: "muted"}),
    span: h("div", {class: "span"}), mark: h("div", {class: "mark"}), scale: h("div", {class: "scale", role: "img"}),
    low: h("span"), bounds: h("span"), budget: h("span"), meter: h("div"), meterBox: h("div", {class: "meter", "aria-hidden": "true"}),
  };
  parts.scale.append(parts.span, parts.mark);
  parts.meterBox.append(parts.meter);
  const facts = ["Good", "Bad", "Unknown", "Excluded", "Funnel only", "P50", "P95", "P99"].map(fact);
  const root = h("article", {class: "card"},
    h("div", {class: "card-head"},
      h("h3", {}, `${first.journey} / ${first.objective}`), parts.badge, parts.rule),
    h("div", {},
      h("div", {class: "figure"}, parts.ratio, parts.target),
      parts.scale, h("div", {class: "ends"}, parts.low, parts.bounds, h("span", {}, "100 %"))),
    h("div", {}, h("div", {class: "label-row"}, h("span", {}, "Error budget left"), parts.budget), parts.meterBox),
    h("dl", {class: "facts"}, ...facts.map((one) => one.root)));
  return {root, update: (slo) => { updateHead(parts, slo); updateBudget(parts, slo); updateFacts(facts, slo); }};
}

function updateHead(parts, slo) {
  setClass(parts.badge, `badge ${slo.state}`);
  setText(parts.badge, kStates[slo.state] + (slo.partial ? ", partial" : ""));
  setText(parts.rule, slo.rule);
  setText(parts.ratio, slo.ratio === null ? "–" : percent(slo.ratio));
  setText(parts.target, `target ${slo.target_text}`);
  const start = scaleOf(slo);
  const at = (ratio) => `${Math.max(0, (ratio - start) / (1 - start)) * 100}%`;
  const known = slo.lower !== null;
  parts.span.hidden = !known;
  if (known) {
    parts.span.style.left = at(slo.lower);
    parts.span.style.width = `max(4px, calc(${at(slo.upper)} - ${at(slo.lower)}))`;
    parts.span.style.transform = slo.lower > 0.9999 ? "translateX(-4px)" : "";
  }
  parts.mark.style.left = at(slo.target);
  setText(parts.low, percent(start, start > 0.99 ? 1 : 0));
  const exact = known && slo.counts.unknown === 0;
  setText(parts.bounds, !known ? "nothing to judge yet" : exact ? "exact" : `between ${percent(slo.lower)} and ${percent(slo.upper)}`);
  parts.scale.setAttribute("aria-label", known
    ? `Between ${percent(slo.lower, 3)} and ${percent(slo.upper, 3)}; the target is ${slo.target_text}` : "No data");
}

function updateBudget(parts, slo) {
  const left = slo.budget?.left_ratio ?? null;
  setText(parts.budget, left === null ? "–"
    : left < 0 ? `overdrawn by ${(-left * 100).toFixed(0)} %`
    : `${percent(left, 0)} (${count(Math.floor(slo.budget.left))} of ${count(Math.floor(slo.budget.allowed))} failures)`);
  parts.meter.style.width = left === null || left < 0 ? "0" : `${Math.min(1, left) * 100}%`;
  setClass(parts.meterBox, left !== null && left < 0 ? "meter over" : left !== null && left < 0.25 ? "meter low" : "meter");
}

function updateFacts(facts, slo) {
  const {counts, latency_ns: latency} = slo;
  [counts.good, counts.bad, counts.unknown, counts.excluded, counts.funnel].forEach((n, i) => setText(facts[i].value, count(n)));
  setClass(facts[1].value, counts.bad > 0 ? "bad" : "");
  ["p50", "p95", "p99"].forEach((name, i) => {
    facts[5 + i].root.hidden = !latency;
    if (latency) setText(facts[5 + i].value, duration(latency[name]));
  });
}

const cards = new Map();

export function showCards(parent, slos) {
  parent.querySelector(".empty")?.remove();
  sync(parent, cards, slos, (slo) => `${slo.journey}\n${slo.objective}`, makeCard);
  if (slos.length === 0) parent.append(h("p", {class: "empty"}, "No objective is configured. Give bellrock-central a Journey document."));
}
