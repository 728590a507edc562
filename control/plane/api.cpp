#include "control/plane/api.h"

#include <algorithm>
#include <optional>

#include "control/dashboard/assets.h"
#include "control/net/openmetrics.h"
#include "control/plane/policy_json.h"
#include "control/plane/views_events.h"
#include "control/plane/writes.h"

namespace bellrock::plane {
namespace {

using net::Request;
using net::Response;

Response problem(unsigned status, std::string_view code, const std::string& message) {
  return {status, "application/json", Json{{"error", code}, {"message", message}}.dump() + "\n", {}};
}

Response store_failed(const store::StoreError& error) { return problem(503, "store_failed", error.message); }

// Names are UTF-8 by the time they are stored; what a request brings may not be.
std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

// The range asked for; none where there is no such range.
const Range* range_of(const Request& request) {
  const std::string name = net::query_value(request.query, "range");
  if (name.empty()) return &kDefaultRange;
  const auto* const found =
      std::find_if(kRanges.begin(), kRanges.end(), [&](const Range& range) { return range.name == name; });
  return found == kRanges.end() ? nullptr : found;
}

// Digits only; 0 for nothing.
std::optional<std::int64_t> unix_seconds(const std::string& text) {
  constexpr std::size_t kDigitsMax = 12;
  if (text.size() > kDigitsMax || text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return text.empty() ? 0 : std::stoll(text);
}

Response no_such_range() { return problem(400, "bad_range", "range is one of 1h, 6h, 24h, 7d, 28d"); }
Response no_such_objective() {
  return problem(404, "no_such_objective", "this centre's configuration has no such objective");
}

// The page may load only what this server gives it.
constexpr const char* kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::optional<Response> page(const std::string& path) {
  const auto* const asset = dashboard::find_asset(path);
  if (!asset) return std::nullopt;
  return Response{200,
                  std::string(asset->content_type),
                  std::string(asset->content),
                  {{"Content-Security-Policy", kPagePolicy}, {"Referrer-Policy", "no-referrer"}}};
}

}  // namespace

template <typename Make>
Response Api::view(Make&& make) {
  auto snapshot = store_.snapshot();
  if (!snapshot.ok()) return store_failed(snapshot.error());
  const View json = make(**snapshot, clock_() / 1'000);
  if (!json.ok()) return store_failed(json.error());
  return {200, "application/json", dump(*json), {}};
}

void Api::handle(Request request, const net::Respond& respond) {
  if (request.path == "/v1/frames") {
    if (request.method != "POST") return respond(problem(405, "method_not_allowed", "frames are posted"));
    return intake_.submit(std::move(request.body), respond);
  }
  try {
    if (request.method == "POST") return write(request, respond);
    if (request.method != "GET" && request.method != "HEAD") {
      return respond(problem(405, "method_not_allowed", "only GET here"));
    }
    respond(get(request));
  } catch (const std::exception& error) {
    respond(problem(500, "internal", error.what()));
  }
}

Response Api::get(const Request& request) {
  const std::string& path = request.path;
  if (path == "/api/v1/slos") {
    const auto watched = watch_ ? watch_->state() : nullptr;
    return view([&](auto& snapshot, std::int64_t now) { return slos_view(snapshot, catalog_, now, watched.get()); });
  }
  if (path.starts_with("/api/v1/slos/")) return slo(request);
  if (path == "/api/v1/heatmap") return heatmap(request);
  if (path == "/api/v1/journeys") {
    const Range* const range = range_of(request);
    if (!range) return no_such_range();
    return view([&](auto& snapshot, std::int64_t now) { return journeys_view(snapshot, catalog_, *range, now); });
  }
  if (path == "/api/v1/nodes") {
    return view([](auto& snapshot, std::int64_t now) { return nodes_view(snapshot, now); });
  }
  if (path == "/api/v1/status") {
    return view(
        [&](auto& snapshot, std::int64_t now) { return status_view(snapshot, catalog_, intake_, process_, now); });
  }
  if (path.starts_with("/api/v1/")) return events(request);
  if (path == "/healthz") return {200, "application/json", "{\"ok\":true}\n", {}};
  if (path == "/readyz") return ready();
  if (path == "/metrics") return metrics();
  if (auto asset = page(path)) return std::move(*asset);
  return problem(404, "not_found", "there is nothing here");
}

// /api/v1/slos/JOURNEY/OBJECTIVE, and what is behind it: /gate, /history, /releases.
Response Api::slo(const Request& request) {
  const std::string names = request.path.substr(std::string_view("/api/v1/slos/").size());
  const std::size_t slash = names.find('/');
  if (slash == std::string::npos) return no_such_objective();
  const std::size_t end = names.find('/', slash + 1);
  const std::string what = end == std::string::npos ? "" : names.substr(end + 1);
  const auto* const objective = find_objective(catalog_, net::decode_percent(names.substr(0, slash), false),
                                               net::decode_percent(names.substr(slash + 1, end - slash - 1), false));
  if (!objective) return no_such_objective();
  const Range* const range = range_of(request);
  if (!range) return no_such_range();
  const auto watched = watch_ ? watch_->state() : nullptr;
  if (what.empty()) {
    return view([&](auto& snapshot, std::int64_t now) {
      return explain_view(snapshot, catalog_, *objective, *range, now, watched.get());
    });
  }
  if (what == "history") {
    return view(
        [&](auto& snapshot, std::int64_t now) { return history_view(snapshot, catalog_, *objective, *range, now); });
  }
  if (what == "releases") {
    const std::string dimension = net::query_value(request.query, "dimension");
    return view([&](auto& snapshot, std::int64_t now) {
      return releases_view(snapshot, *objective, dimension.empty() ? "release" : dimension, *range, now);
    });
  }
  if (what != "gate") return problem(404, "not_found", "there is nothing here");
  const auto since = unix_seconds(net::query_value(request.query, "since"));
  if (!since) return problem(400, "bad_since", "since is a time in Unix seconds");
  return view([&](auto& snapshot, std::int64_t now) {
    return gate_view(snapshot, catalog_, *objective, *since, now, watched.get());
  });
}

Response Api::events(const Request& request) {
  const std::string& path = request.path;
  if (path == "/api/v1/changes") {
    return view([&](auto& snapshot, std::int64_t now) { return changes_view(snapshot, catalog_, now); });
  }
  if (path == "/api/v1/corrections") {
    return view([&](auto& snapshot, std::int64_t) { return corrections_view(snapshot); });
  }
  if (path == "/api/v1/incidents") {
    const bool open_only = net::query_value(request.query, "open") == "true";
    return view([&](auto& snapshot, std::int64_t now) { return incidents_view(snapshot, open_only, now); });
  }
  if (path == "/api/v1/export/prometheus") return {200, "application/json", dump({{"text", rules_text(catalog_)}}), {}};
  if (path == "/api/v1/export/openslo") return {200, "application/json", dump({{"text", openslo_text(catalog_)}}), {}};
  constexpr std::string_view kIncidents = "/api/v1/incidents/";
  if (!path.starts_with(kIncidents)) return problem(404, "not_found", "there is nothing here");
  const auto id = unix_seconds(path.substr(kIncidents.size()));
  bool found = id.has_value() && *id > 0;
  Response response;
  if (found) {
    response = view([&](auto& snapshot, std::int64_t now) -> View {
      auto json = incident_view(snapshot, catalog_, *id, now);
      found = !json.ok() || !json->is_null();
      return json;
    });
  }
  return found ? response : problem(404, "no_such_incident", "there is no incident of this number");
}

// A page of another site may send forms and plain text without asking, JSON not: so only JSON is taken.
void Api::write(const Request& request, const net::Respond& respond) {
  const bool change = request.path == "/api/v1/changes";
  if (!change && request.path != "/api/v1/corrections") {
    return respond(problem(405, "method_not_allowed", "only GET here"));
  }
  if (!request.content_type.starts_with("application/json")) {
    return respond(problem(415, "not_json", "send application/json"));
  }
  const std::int64_t now = clock_() / 1'000;
  auto entry = change ? parse_change(request.body, catalog_, now) : parse_correction(request.body, catalog_, now);
  if (!entry.ok()) return respond(problem(400, "bad_request", entry.error().message));
  intake_.run_between([this, respond, entry = std::move(*entry)] {
    const auto id = store_.write_journal(entry);
    respond(id.ok() ? Response{201, "application/json", dump({{"id", *id}}), {}} : store_failed(id.error()));
  });
}

Response Api::heatmap(const Request& request) {
  const auto* const objective = find_objective(catalog_, net::query_value(request.query, "journey"),
                                               net::query_value(request.query, "objective"));
  if (!objective) return no_such_objective();
  const Range* const range = range_of(request);
  if (!range) return no_such_range();
  return view([&](auto& snapshot, std::int64_t now) { return heatmap_view(snapshot, *objective, *range, now); });
}

Response Api::metrics() {
  auto snapshot = store_.snapshot();
  if (!snapshot.ok()) return store_failed(snapshot.error());
  auto text = metrics_text(**snapshot, catalog_, intake_, clock_() / 1'000);
  if (!text.ok()) return store_failed(text.error());
  return {200, std::string(net::kOpenMetricsType), std::move(*text), {}};
}

// Ready: the configuration is loaded (or there would be no server) and the store answers.
Response Api::ready() {
  auto snapshot = store_.snapshot();
  const auto readable = snapshot.ok() ? (*snapshot)->aside() : Failure{snapshot.error()};
  if (readable.ok()) return {200, "application/json", "{\"ready\":true}\n", {}};
  return {503, "application/json", dump({{"ready", false}, {"reason", readable.error().message}}), {}};
}

}  // namespace bellrock::plane
