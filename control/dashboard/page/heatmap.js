// Latency over time: each cell is the number of attempts of one slice that took that long. The counts are of merged
// histograms, so a cell is exact; the table holds the same numbers.
import {h, s, setText} from "./dom.js";
import {clock, count, duration, timeMarks} from "./format.js";

const kLeft = 58, kRight = 8, kTop = 10, kBottom = 26;

let parts;

function skeleton(parent) {
  const key = h("span", {class: "heat-key", "aria-hidden": "true"}, "fewer",
    ...[1, 2, 3, 4, 5, 6, 7].map((n) => h("i", {class: `k${n}`})), "more attempts");
  parts = {
    figure: h("figure", {}), total: h("span"), now: h("span", {class: "now"}),
    table: h("div", {class: "table-box", tabindex: "0", role: "region", "aria-label": "Attempts by time and latency"}),
    details: h("details", {}, h("summary", {}, "Show as a table")), key,
  };
  parts.details.append(parts.table);
  parts.details.addEventListener("toggle", () => drawTable(parts.last));
  new ResizeObserver(() => redraw()).observe(parts.figure);
  parent.append(parts.figure, h("div", {class: "under"}, key, parts.total, parts.now), parts.details);
}

// Seven steps on a logarithmic scale: one attempt must be visible beside a thousand.
const heat = (n, most) => 1 + Math.round(6 * (most <= 1 ? 1 : Math.log(n) / Math.log(most)));

function cellText(data, [column, row, n]) {
  const {lower_ns: lower, upper_ns: upper} = data.rows[row];
  const at = data.from_unix_s + column * data.step_s;
  return `${clock(at, data.step_s >= 3600)}: ${count(n)} attempts between ${duration(lower)} and ${duration(upper)}`;
}

// Sizes of a drawing that fills the panel, in pixels, so that text keeps its size on a phone.
function layout(data) {
  const width = Math.max(300, parts.figure.clientWidth);
  const rowHeight = Math.max(5, Math.min(22, 290 / data.rows.length));
  const low = Math.log2(data.rows[0].lower_ns), high = Math.log2(data.rows.at(-1).upper_ns);
  const plot = data.rows.length * rowHeight;
  return {
    width, rowHeight, height: kTop + plot + kBottom, cell: (width - kLeft - kRight) / data.columns,
    x: (unixS) => kLeft + (unixS - data.from_unix_s) / (data.to_unix_s - data.from_unix_s) * (width - kLeft - kRight),
    // The axis is logarithmic. None outside of it.
    y: (ns) => {
      const share = (Math.log2(ns) - low) / (high - low);
      return share < 0 || share > 1 ? null : kTop + (1 - share) * plot;
    },
  };
}

function axes(svg, data, at) {
  let last = Infinity;
  for (let decade = 1e3; decade < 1e13; decade *= 10) {
    for (const ns of [decade, decade * 2, decade * 5]) {
      const y = at.y(ns);
      if (y === null || last - y < 18) continue;
      last = y;
      svg.append(s("line", {class: "grid", x1: kLeft, x2: at.width - kRight, y1: y, y2: y}),
        s("text", {x: kLeft - 8, y: y + 4, "text-anchor": "end"}, duration(ns)));
    }
  }
  const {marks, label} = timeMarks(data.from_unix_s, data.to_unix_s, at.width / 90);
  for (const mark of marks) {
    const x = at.x(mark);
    svg.append(s("line", {class: "grid", x1: x, x2: x, y1: at.height - kBottom, y2: at.height - kBottom + 4}));
    if (x > kLeft + 12 && x < at.width - 24) svg.append(s("text", {x, y: at.height - 6, "text-anchor": "middle"}, label(mark)));
  }
}

function draw(data) {
  const at = layout(data);
  const svg = s("svg", {viewBox: `0 0 ${at.width} ${at.height}`, width: at.width, height: at.height, role: "img",
    "aria-label": `Latency of ${data.journey} / ${data.objective} over ${data.range}: ${count(data.measured)} measured attempts. The table below holds the numbers.`});
  axes(svg, data, at);
  const most = Math.max(...data.cells.map((cell) => cell[2]));
  for (const cell of data.cells) {
    const [column, row, n] = cell;
    const rect = s("rect", {class: `cell h${heat(n, most)}`, rx: 1,
      x: (kLeft + column * at.cell).toFixed(2), width: Math.max(1, at.cell - 0.6).toFixed(2),
      y: (kTop + (data.rows.length - row - 1) * at.rowHeight).toFixed(2), height: Math.max(1, at.rowHeight - 0.6).toFixed(2)});
    rect.addEventListener("pointerenter", () => setText(parts.now, cellText(data, cell)));
    svg.append(rect);
  }
  const limit = data.threshold_ns === null ? null : at.y(data.threshold_ns);
  if (limit !== null) {
    svg.append(s("line", {class: "limit", x1: kLeft, x2: at.width - kRight, y1: limit, y2: limit}),
      s("text", {class: "limit-text", x: kLeft + 6, y: limit - 5}, `threshold ${duration(data.threshold_ns)}`));
  }
  return svg;
}

// Rows are slices, columns the quarters of each latency octave: too wide to show all, so latency is listed downwards.
function drawTable(data) {
  if (!parts.details.open || !data) return;
  const rows = [...data.cells].sort((a, b) => b[0] - a[0] || a[1] - b[1]).slice(0, 500);
  parts.table.replaceChildren(h("table", {},
    h("thead", {}, h("tr", {}, ...["Time", "From", "To", "Attempts"].map((name) => h("th", {scope: "col"}, name)))),
    h("tbody", {}, ...rows.map(([column, row, n]) => h("tr", {},
      h("th", {scope: "row"}, clock(data.from_unix_s + column * data.step_s, true)),
      h("td", {}, duration(data.rows[row].lower_ns)), h("td", {}, duration(data.rows[row].upper_ns)), h("td", {}, count(n)))))));
}

let drawnWidth;

// The panel's width changed: draw again. Drawing changes only the height.
function redraw() {
  if (!parts.last?.cells.length || parts.figure.clientWidth === drawnWidth) return;
  drawnWidth = parts.figure.clientWidth;
  parts.figure.replaceChildren(draw(parts.last));
}

export function showHeatmap(parent, data) {
  if (!parts) skeleton(parent);
  const now = JSON.stringify(data);
  if (now === parts.shown) return;
  parts.shown = now;
  parts.last = data;
  const empty = data.cells.length === 0;
  drawnWidth = parts.figure.clientWidth;
  parts.figure.replaceChildren(empty ? h("p", {class: "empty"}, "No latency was measured in this range.") : draw(data));
  parts.key.hidden = parts.details.hidden = empty;
  setText(parts.now, "");
  const outside = data.below_range + data.above_range;
  setText(parts.total, empty ? "" : `${count(data.measured)} measured attempts` + (outside ? `, ${count(outside)} outside the scale` : ""));
  drawTable(data);
}
