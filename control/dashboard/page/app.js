// Asks the API every five seconds and hands the answers to the parts of the page. Computes nothing itself.
import {h, setClass, setText} from "./dom.js";
import {clock, day} from "./format.js";
import {showCards} from "./cards.js";
import {showHeatmap} from "./heatmap.js";
import {showJourneys} from "./journeys.js";
import {showNodes} from "./nodes.js";

const kPollMs = 5000, kTimeoutMs = 10000;
const kRanges = {"1h": "1 h", "6h": "6 h", "24h": "24 h", "7d": "7 d", "28d": "28 d"};
const $ = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search).get("range");
const state = {range: asked in kRanges ? asked : "24h", picked: null};

async function ask(path) {
  const reply = await fetch(path, {signal: AbortSignal.timeout(kTimeoutMs), cache: "no-store"});
  if (!reply.ok) throw new Error(`${path}: status ${reply.status}`);
  return reply.json();
}

function makeRanges() {
  for (const [value, text] of Object.entries(kRanges)) {
    const input = h("input", {type: "radio", name: "range", value, checked: value === state.range});
    input.addEventListener("change", () => { state.range = value; refresh(); });
    $("ranges").append(h("label", {}, input, h("span", {}, text)));
  }
}

// Latency objectives to pick from; keeps what was picked.
function showPick(slos) {
  const names = slos.filter((slo) => slo.sli === "latency").map((slo) => JSON.stringify([slo.journey, slo.objective]));
  const pick = $("heat-pick");
  if (names.join() === [...pick.options].map((option) => option.value).join()) return;
  pick.replaceChildren(...names.map((value) => h("option", {value}, JSON.parse(value).join(" / "))));
  if (names.includes(state.picked)) pick.value = state.picked;
  state.picked = pick.value || null;
}

function showStatus(status) {
  document.title = status.title === "Bellrock" ? "Bellrock" : `${status.title} · Bellrock`;
  setText($("title"), status.title);
  const fresh = status.nodes.total - status.nodes.stale;
  setClass($("health"), status.healthy ? "health ok" : "health warn");
  setText($("health-text"), `${status.healthy ? "Healthy" : "Needs a look"}: ${fresh} of ${status.nodes.total} nodes reporting`);
  $("problems").hidden = status.healthy;
  const shown = status.problems.join("\n");
  if ($("problems").dataset.shown !== shown) {
    $("problems").dataset.shown = shown;
    $("problems").replaceChildren(h("ul", {}, ...status.problems.map((text) => h("li", {}, text))));
  }
  setText($("version"), `bellrock-central ${status.version}, wire schema ${status.wire_schema}`);
  setText($("updated"), `Updated ${new Date().toLocaleTimeString("en-GB")}, every 5 s`);
}

function showDown(error) {
  setClass($("health"), "health down");
  setText($("health-text"), "The centre does not answer; figures below are old");
  setText($("updated"), String(error.message ?? error));
}

let running = false, again = false;

async function refresh() {
  if (running) { again = true; return; }
  running = true;
  try {
    const query = `range=${state.range}`;
    const [status, slos, journeys, nodes] = await Promise.all([ask("/api/v1/status"), ask("/api/v1/slos"), ask(`/api/v1/journeys?${query}`), ask("/api/v1/nodes")]);
    showPick(slos.slos);
    showCards($("cards"), slos.slos);
    setText($("window"), `over the ${slos.window.seconds / 86400} days from ${day(slos.window.from_unix_s)}, ${clock(slos.window.from_unix_s)}`);
    setText($("journeys-range"), `over the last ${kRanges[journeys.range]}`);
    showJourneys($("journeys"), journeys);
    showNodes($("nodes"), nodes);
    showStatus(status);
    if (state.picked) {
      const [journey, objective] = JSON.parse(state.picked).map(encodeURIComponent);
      showHeatmap($("heat"), await ask(`/api/v1/heatmap?journey=${journey}&objective=${objective}&${query}`));
    } else if (!$("heat").firstChild) {
      $("heat").append(h("p", {class: "empty"}, "No latency objective is configured."));
    }
  } catch (error) {
    showDown(error);
  }
  running = false;
  if (again) { again = false; refresh(); }
}

makeRanges();
$("heat-pick").addEventListener("change", (event) => { state.picked = event.target.value; refresh(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
setInterval(() => { if (!document.hidden) refresh(); }, kPollMs);
refresh();
