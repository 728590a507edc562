#include "control/plane/nodes_heard.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "control/plane/views.h"

namespace bellrock::plane {

std::string NodesHeard::text() const {
  const std::string since = "since " + utc_text(silent_since);
  if (heard + silent == 0) return "no node is heard of " + since + ", the last was " + first_silent;
  return std::to_string(silent) + " of " + std::to_string(heard + silent) + " nodes are not heard of, " + since +
         " first " + first_silent;
}

NodesHeard nodes_heard(std::span<const store::SourceStatus> sources, std::int64_t now) {
  std::map<std::string_view, std::int64_t> last_seen;
  for (const auto& source : sources) {
    auto& seen = last_seen[source.node];
    seen = std::max(seen, source.last_seen_unix_ms / 1'000);
  }
  NodesHeard nodes;
  const auto name = [&](std::string_view node, std::int64_t seen) {
    nodes.silent_since = seen + kStaleSeconds;
    nodes.first_silent = node;
  };
  for (const auto& [node, seen] : last_seen) {
    if (now - seen <= kStaleSeconds) {
      ++nodes.heard;
    } else if (now - seen > kGoneSeconds) {
      ++nodes.gone;
    } else if (nodes.silent++ == 0 || seen + kStaleSeconds < nodes.silent_since) {
      name(node, seen);
    }
  }
  if (nodes.heard + nodes.silent != 0) return nodes;
  for (const auto& [node, seen] : last_seen) {
    if (nodes.first_silent.empty() || seen + kStaleSeconds > nodes.silent_since) name(node, seen);
  }
  return nodes;
}

NodesHeard towards(std::int64_t listening_since, NodesHeard nodes, std::int64_t now) {
  const std::int64_t up_s = now - listening_since;
  if (up_s < 0 || up_s > kStaleSeconds) return nodes;  // below 0 the clock was set back, and says nothing
  const bool all_gone = nodes.heard + nodes.silent == 0;
  nodes.awaited = nodes.silent + (all_gone ? std::exchange(nodes.gone, 0) : 0);
  nodes.silent = 0;
  return nodes;
}

}  // namespace bellrock::plane
