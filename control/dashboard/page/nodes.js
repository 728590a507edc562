// The nodes that send frames, as a table.
import {h} from "./dom.js";
import {age, clock, count} from "./format.js";

const kColumns = ["Node", "Edge", "Last heard of", "Frames", "Repeated", "Lost", "Missing", "Open attempts", "Packets", "Drops", "Beacons"];

// What the node's agent says of its edge, while the agent itself is heard of.
function edge(node, now) {
  if (!node.edge || node.stale) return h("span", {}, "–");
  if (node.edge.running) return h("span", {class: "badge met"}, "running");
  return h("span", {class: "badge missed"}, `agent up, edge not running since ${clock(node.edge.since_unix_ms / 1000,
    now - node.edge.since_unix_ms / 1000 > 86400)}`);
}

function row(node, now) {
  const counter = (name) => node.counters[name] ?? 0;
  const open = Object.values(node.open).reduce((sum, n) => sum + n, 0);
  const drops = counter("packets") - counter("passed");
  const cells = [count(node.frames.applied), count(node.frames.repeated), count(node.frames.lost), count(node.frames.unexplained),
    count(open), count(counter("packets")), count(Math.max(0, drops)), count(counter("beacons_accepted"))];
  return h("tr", {}, h("th", {scope: "row"}, node.node),
    h("td", {}, edge(node, now)),
    h("td", {}, h("span", {class: node.stale ? "badge missed" : "badge met"}, age(now - node.last_seen_unix_ms / 1000))),
    ...cells.map((text) => h("td", {}, text)));
}

let shown;

export function showNodes(parent, data) {
  const now = JSON.stringify(data.nodes);
  if (now === shown) return;
  shown = now;
  if (data.nodes.length === 0) {
    parent.replaceChildren(h("p", {class: "empty"}, "No node has sent a frame yet. Start bellrock-agent with this centre's address."));
    return;
  }
  parent.replaceChildren(h("table", {},
    h("thead", {}, h("tr", {}, ...kColumns.map((name) => h("th", {scope: "col"}, name)))),
    h("tbody", {}, ...data.nodes.map((node) => row(node, data.now_unix_s)))));
}
