// Latency over time: each cell is the number of attempts of one slice that took that long. The counts are of merged
// histograms, so a cell is exact; the table holds the same numbers.
import {h, s, setText} from "./dom.js";
import {clock, count, duration, timeMarks} from "./format.js";

const kWidth = 1000, kLeft = 58, kRight = 8, kTop = 10, kBottom = 26;

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
  parent.append(parts.figure, h("div", {class: "under"}, key, parts.total, parts.now), parts.details);
}

// Seven steps on a logarithmic scale: one attempt must be visible beside a thousand.
const heat = (n, most) => 1 + Math.round(6 * (most <= 1 ? 1 : Math.log(n) / Math.log(most)));

function cellText(data, [column, row, n]) {
  const {lower_ns: lower, upper_ns: upper} = data.rows[row];
  const at = data.from_unix_s + column * data.step_s;
  return `${clock(at, data.step_s >= 3600)}: ${count(n)} attempts between ${duration(lower)} and ${duration(upper)}`;
}

function axes(svg, data, rowHeight, height, narrow) {
  const y = (row) => kTop + (data.rows.length - row) * rowHeight;
  const every = Math.max(1, Math.ceil(data.rows.length / (height / 34)));
  for (let row = 0; row <= data.rows.length; row += every) {
    const ns = row < data.rows.length ? data.rows[row].lower_ns : data.rows[row - 1].upper_ns;
    svg.append(s("line", {class: "grid", x1: kLeft, x2: kWidth - kRight, y1: y(row), y2: y(row)}),
      s("text", {x: kLeft - 8, y: y(row) + 4, "text-anchor": "end"}, duration(ns)));
  }
  const {marks, label} = timeMarks(data.from_unix_s, data.to_unix_s, narrow ? 5 : 10);
  for (const at of marks) {
    const x = kLeft + (at - data.from_unix_s) / (data.to_unix_s - data.from_unix_s) * (kWidth - kLeft - kRight);
    svg.append(s("line", {class: "grid", x1: x, x2: x, y1: height - kBottom, y2: height - kBottom + 4}),
      s("text", {x, y: height - 6, "text-anchor": "middle"}, label(at)));
  }
}

// Where a latency stands on the axis, which is logarithmic.
function place(data, ns, rowHeight) {
  const low = Math.log2(data.rows[0].lower_ns), high = Math.log2(data.rows.at(-1).upper_ns);
  const share = (Math.log2(ns) - low) / (high - low);
  return share < 0 || share > 1 ? null : kTop + (1 - share) * data.rows.length * rowHeight;
}

function draw(data) {
  const narrow = window.innerWidth < 620;
  const rowHeight = Math.max(narrow ? 16 : 7, Math.min(narrow ? 40 : 22, (narrow ? 520 : 280) / data.rows.length));
  const height = kTop + data.rows.length * rowHeight + kBottom;
  const svg = s("svg", {viewBox: `0 0 ${kWidth} ${height}`, role: "img",
    "aria-label": `Latency of ${data.journey} / ${data.objective} over ${data.range}: ${count(data.measured)} measured attempts. The table below holds the numbers.`});
  if (narrow) svg.setAttribute("class", "narrow");
  axes(svg, data, rowHeight, height, narrow);
  const width = (kWidth - kLeft - kRight) / data.columns;
  const most = Math.max(...data.cells.map((cell) => cell[2]));
  for (const cell of data.cells) {
    const [column, row, n] = cell;
    const rect = s("rect", {class: `cell h${heat(n, most)}`, x: (kLeft + column * width).toFixed(2), width: Math.max(1, width - 0.6).toFixed(2),
      y: (kTop + (data.rows.length - row - 1) * rowHeight).toFixed(2), height: Math.max(1, rowHeight - 0.6).toFixed(2), rx: 1});
    rect.addEventListener("pointerenter", () => setText(parts.now, cellText(data, cell)));
    svg.append(rect);
  }
  const limit = data.threshold_ns === null ? null : place(data, data.threshold_ns, rowHeight);
  if (limit !== null) {
    svg.append(s("line", {class: "limit", x1: kLeft, x2: kWidth - kRight, y1: limit, y2: limit}),
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

export function showHeatmap(parent, data) {
  if (!parts) skeleton(parent);
  const changed = JSON.stringify(data) !== parts.shown;
  if (!changed) return;
  parts.shown = JSON.stringify(data);
  parts.last = data;
  const empty = data.cells.length === 0;
  parts.figure.replaceChildren(empty ? h("p", {class: "empty"}, "No latency was measured in this range.") : draw(data));
  parts.key.hidden = parts.details.hidden = empty;
  setText(parts.now, "");
  const outside = data.below_range + data.above_range;
  setText(parts.total, empty ? "" : `${count(data.measured)} measured attempts` + (outside ? `, ${count(outside)} outside the scale` : ""));
  drawTable(data);
}
