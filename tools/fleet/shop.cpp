#include "tools/fleet/shop.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace bellrock::fleet {
namespace {

constexpr std::array<std::string_view, 4> kTargets{"0.992", "0.95", "0.995", "0.999"};

std::string journey(std::size_t number, std::size_t objectives) {
  std::string text = fmt::format(
      R"(---
apiVersion: bellrock/v1
kind: Journey
metadata: {{name: journey-{0}, owner: team-{1}}}
spec:
  identity: web
  attempt: {{count: attempt, restart: supersede, idle: 30m}}
  steps:
    - {{name: open, kind: start, match: {{http: {{at: request, method: GET, path: /open/{0}}}}}}}
    - {{name: pay, kind: commit, match: {{http: {{at: request, method: POST, path: /pay/{0}}}}}}}
    - {{name: paid, kind: success, match: {{http: {{at: response, path: /pay/{0}, status: 2xx}}}}}}
    - {{name: broken, kind: failure, class: system, match: {{http: {{at: response, path: /pay/{0}, status: [5xx, none]}}}}}}
  dimensions: {{device: {{set: [phone, tablet, desktop]}}}}
  objectives:
    - {{name: success, sli: success, count_from: pay, target: {2}, bad: [failed.system], exclude: [cancelled, abandoned.waiting]}}
)",
      number, number % 5, kTargets[number % kTargets.size()]);
  for (std::size_t i = 1; i < objectives; ++i) {
    text += fmt::format(
        "    - {{name: fast-{0}, sli: latency, from: pay, to: paid, clock: {{both_http: edge}}, op: lt, value: {1}ms, "
        "target: {2}, failed: bad}}\n",
        i, 250 * i, kTargets[(number + i) % kTargets.size()]);
  }
  return text;
}

}  // namespace

std::string make_shop(std::size_t journeys, std::size_t objectives) {
  std::string text =
      "# Written by bellrock-fleet.\n"
      "apiVersion: bellrock/v1\nkind: Site\nmetadata: {name: simulated}\nspec:\n  hosts: any\n  beacon_paths: [/rum]\n"
      "  templates: [";
  for (std::size_t i = 0; i < journeys; ++i) text += fmt::format("{0}/open/{1}, /pay/{1}", i == 0 ? "" : ", ", i);
  text +=
      "]\n---\napiVersion: bellrock/v1\nkind: Identity\nmetadata: {name: web}\n"
      "spec: {keys: [{cookie: sid}], lifetime: {idle: 30m, max: 4h, rotate: 24h}}\n";
  for (std::size_t i = 0; i < journeys; ++i) text += journey(i, objectives);
  return text;
}

}  // namespace bellrock::fleet
