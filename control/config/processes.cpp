// agent.yaml and central.yaml.
#include <algorithm>
#include <string_view>

#include "control/config/documents.h"
#include "control/config/units.h"

namespace bellrock::config {
namespace {

// host:port, [v6]:port or :port.
std::optional<std::string> read_address(const Value& value) {
  const auto text = read_text(value);
  if (!text) return std::nullopt;
  const std::size_t colon = text->rfind(':');
  const auto port =
      colon == std::string::npos ? std::nullopt : parse_unsigned(std::string_view(*text).substr(colon + 1));
  const std::string_view host = std::string_view(*text).substr(0, colon == std::string::npos ? 0 : colon);
  const bool bare_v6 = host.find(':') != std::string_view::npos && !(host.starts_with('[') && host.ends_with(']'));
  if (port && *port <= 65'535 && !host.empty() && !bare_v6 && host.find_first_of("/ ") == std::string_view::npos)
    return text;
  value.error(Code::kAddress, shown(*text) + " is not host:port");
  return std::nullopt;
}

std::optional<std::string> read_url(const Value& value) {
  auto text = read_text(value);
  if (!text) return std::nullopt;
  if (text->starts_with("https://")) {
    value.later("https");
    return std::nullopt;
  }
  constexpr std::string_view kScheme = "http://";
  while (text->ends_with('/') && text->size() > kScheme.size()) text->pop_back();
  const std::string_view rest = std::string_view(*text).substr(std::min(kScheme.size(), text->size()));
  if (text->starts_with(kScheme) && !rest.empty() && rest.find_first_of("/?# @") == std::string_view::npos) return text;
  value.error(Code::kUrl, shown(*text) + " is not the URL of a centre");
  return std::nullopt;
}

std::optional<std::string> read_path(const Value& value) {
  const auto text = read_text(value);
  if (!text || text->starts_with('/')) return text;
  value.error(Code::kText, shown(*text) + " is not an absolute path",
              "write the path from the root: /var/lib/bellrock");
  return std::nullopt;
}

}  // namespace

void read_agent(Fields& spec, AgentSettings& agent) {
  agent.given = true;
  spec.into("node", agent.node, read_text);
  spec.into("board", agent.board, read_path);
  spec.into("state_directory", agent.state_directory, read_path);
  spec.into("central", agent.central_url, read_url);
  spec.into("listen", agent.listen, read_address);
  spec.into("spool_bytes_max", agent.spool_bytes_max, read_size);
  if (spec.into("harvest_interval", agent.harvest_interval, read_duration) && agent.harvest_interval > kWindow) {
    spec.find("harvest_interval")
        ->error(Code::kRange, "banks must be harvested at least once a window", "write a duration up to 10s");
  }
  constexpr std::uint64_t kSpoolBytesMin = 1024 * 1024;
  if (agent.spool_bytes_max < kSpoolBytesMin) {
    spec.find("spool_bytes_max")->error(Code::kRange, "the spool is too small for one frame", "write at least 1MiB");
  }
}

void read_central(Fields& spec, CentralSettings& central) {
  central.given = true;
  spec.into("listen", central.listen, read_address);
  spec.into("database", central.database, read_path);
  spec.into("title", central.title, read_text);
  if (spec.into("retention", central.retention, read_duration) && central.retention < kHour) {
    spec.find("retention")->error(Code::kRange, "counts must be kept for an hour at least", "write 1h or more");
  }
  spec.later({"tls", "clickhouse", "alerts", "journeys"});
}

}  // namespace bellrock::config
