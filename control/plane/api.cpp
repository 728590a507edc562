#include "control/plane/api.h"

#include <algorithm>
#include <optional>

#include "control/dashboard/assets.h"
#include "control/net/openmetrics.h"
#include "control/plane/answers.h"
#include "control/plane/grafana.h"
#include "control/plane/value_lost.h"
#include "control/plane/views_course.h"
#include "control/plane/views_events.h"
#include "dataplane/flow/outcome.h"
#include "dataplane/flow/visitor.h"

namespace bellrock::plane {
namespace {

using net::Request;
using net::Response;

constexpr std::string_view kSlos = "/api/v1/slos/";
constexpr std::string_view kComposites = "/api/v1/composites/";
constexpr std::string_view kIncidents = "/api/v1/incidents/";
constexpr std::string_view kChanges = "/api/v1/changes/";
constexpr std::string_view kExport = "/api/v1/export/";

// Written once for every answer, whichever thread gives it.
net::Respond with_security_headers(const net::Respond& respond) {
  return [respond](Response response) {
    add_security_headers(response);
    respond(std::move(response));
  };
}

}  // namespace

template <typename Make>
Response Api::view(Make&& make) {
  auto snapshot = store_.snapshot();
  if (!snapshot.ok()) return store_failed(snapshot.error());
  const View json = make(**snapshot, clock_() / 1'000);
  if (!json.ok()) return store_failed(json.error());
  return json_answer(*json);
}

template <typename Make>
Response Api::ranged(const Request& request, Make&& make) {
  if (auto refused = refuse_parameters(request, {"range"})) return std::move(*refused);
  const auto range = range_of(request);
  if (!range.ok()) return range.error();
  return view([&](auto& snapshot, std::int64_t now) { return make(snapshot, **range, now); });
}

void Api::handle(Request request, const net::Respond& unsecured) {
  const net::Respond respond = with_security_headers(unsecured);
  if (request.path == "/v1/frames") {
    if (request.method != "POST") return respond(not_allowed("POST", "frames are posted"));
    // Forms and plain text may come from any page, without asking.
    if (!is_media_type(request.content_type, "application/x-protobuf")) {
      return respond(problem(415, "not_a_frame", "frames are application/x-protobuf"));
    }
    return intake_.submit(std::move(request.body), respond, request.peer_names);
  }
  try {
    if (request.method == "POST") return write(request, respond);
    if (request.method != "GET" && request.method != "HEAD") {
      return respond(not_allowed("GET, HEAD", "only GET here"));
    }
    respond(get(request));
  } catch (const std::exception& error) {
    respond(problem(500, "internal", error.what()));
  }
}

bool Api::asks_the_store(const Request& request) {
  if (request.method == "POST") return false;  // what writes waits in the intake
  if (request.path == "/healthz" || request.path == "/v1/frames") return false;
  return dashboard::find_asset(request.path) == nullptr;
}

Response Api::get(const Request& request) {
  const std::string& path = request.path;
  if (const auto* const asset = dashboard::find_asset(path)) return file_answer(*asset, request);
  if (path.starts_with(kSlos)) return slo(request);
  if (path == "/api/v1/live") return live(request);
  if (path.starts_with("/api/v1/")) return overview(request);
  if (path == "/healthz") return {200, "application/json", "{\"ok\":true}\n", {}};
  if (path == "/readyz") return ready();
  if (path == "/metrics") return metrics();
  return nothing_here();
}

Response Api::overview(const Request& request) {
  const std::string& path = request.path;
  if (path == "/api/v1/slos") return slos(request);
  if (path == "/api/v1/journeys") return journeys(request);
  if (path == "/api/v1/backlog") {
    return ranged(request, [&](auto& snapshot, const Range& range, std::int64_t now) {
      return backlog_view(snapshot, catalog_, range, now);
    });
  }
  if (path == "/api/v1/heatmap") return heatmap(request);
  if (path == "/api/v1/vitals") return ranged(request, vitals_view);
  if (path == "/api/v1/vitals/groups") return vital_groups(request);
  if (path == "/api/v1/clicks") return ranged(request, clicks_view);
  if (path == "/api/v1/coverage") return ranged(request, coverage_view);
  if (path == "/api/v1/split") return ranged(request, split_view);
  if (path == "/api/v1/slow") return ranged(request, slow_view);
  if (path == "/api/v1/errors") return ranged(request, errors_view);
  if (path == "/api/v1/clicks/map") return click_map(request);
  if (path == "/api/v1/frustration") return ranged(request, frustration_view);
  if (path == "/api/v1/storyboards") return storyboards(request);
  if (path == "/api/v1/effects") return effects(request);
  if (path == "/api/v1/feedback") return of_journeys(request, feedback_view);
  if (path == "/api/v1/recovery") return of_journeys(request, recovery_view);
  if (path == "/api/v1/sessions") return of_journeys(request, sessions_view);
  if (path == "/api/v1/changes") return changes(request);
  if (path == "/api/v1/incidents") return incidents(request);
  if (path.starts_with(kComposites)) return composite(request);
  if (path.starts_with(kIncidents) || path.starts_with(kChanges)) return entry(request);
  if (path.starts_with(kExport)) return exported(request);
  if (auto refused = refuse_parameters(request, {})) return std::move(*refused);
  if (path == "/api/v1/nodes") {
    return view([](auto& snapshot, std::int64_t now) { return nodes_view(snapshot, now); });
  }
  if (path == "/api/v1/status") return status();
  if (path == "/api/v1/corrections") {
    return view([](auto& snapshot, std::int64_t) { return corrections_view(snapshot); });
  }
  return nothing_here();
}

Response Api::slos(const Request& request) {
  if (auto refused = refuse_parameters(request, {"range"})) return std::move(*refused);
  const auto range = range_of(request);
  if (!range.ok()) return range.error();
  const bool with_course = !net::query_value(request.query, "range").empty();
  const auto state = watched();
  return view([&](auto& snapshot, std::int64_t now) {
    return slos_view(snapshot, catalog_, now, state.get(), with_course ? *range : nullptr);
  });
}

// Of every journey over a range, or of the one that is named.
template <typename Make>
Response Api::of_journeys(const Request& request, Make&& make) {
  if (auto refused = refuse_parameters(request, {"range", "journey"})) return std::move(*refused);
  const auto range = range_of(request);
  if (!range.ok()) return range.error();
  const std::string only = net::query_value(request.query, "journey");
  if (!only.empty() && !find_journey(catalog_, only)) {
    return problem(404, "no_such_journey", "this centre's configuration has no such journey; leave it out for all",
                   "journey");
  }
  return view([&](auto& snapshot, std::int64_t now) { return make(snapshot, catalog_, **range, now, only); });
}

Response Api::journeys(const Request& request) { return of_journeys(request, journeys_view); }

Response Api::effects(const Request& request) { return of_journeys(request, effects_view); }

// /api/v1/slos/JOURNEY/OBJECTIVE, and what is behind it.
Response Api::slo(const Request& request) {
  const std::string names = request.path.substr(kSlos.size());
  const std::size_t slash = names.find('/');
  if (slash == std::string::npos) return no_such_objective();
  const std::size_t end = names.find('/', slash + 1);
  const std::string part = end == std::string::npos ? "" : names.substr(end + 1);
  const auto* const objective = find_objective(catalog_, net::decode_percent(names.substr(0, slash), false),
                                               net::decode_percent(names.substr(slash + 1, end - slash - 1), false));
  if (!objective) return no_such_objective();
  return end == std::string::npos ? explain(request, *objective) : slo_part(request, *objective, part);
}

Response Api::composite(const Request& request) {
  if (auto refused = refuse_parameters(request, {})) return std::move(*refused);
  const std::string name = net::decode_percent(request.path.substr(kComposites.size()), false);
  const auto& all = catalog_.composites;
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  if (found == all.end()) {
    return problem(404, "no_such_composite",
                   "this centre's configuration has no such composite; GET /api/v1/slos lists them");
  }
  return view([&](auto& snapshot, std::int64_t now) { return composite_view(snapshot, catalog_, *found, now); });
}

Response Api::slo_part(const Request& request, const slo::Objective& objective, const std::string& part) {
  if (part == "history") {
    return ranged(request, [&](auto& snapshot, const Range& range, std::int64_t now) {
      return history_view(snapshot, catalog_, objective, range, now);
    });
  }
  if (part == "burn") {
    return ranged(request, [&](auto& snapshot, const Range& range, std::int64_t now) {
      return burn_view(snapshot, catalog_, objective, range, now);
    });
  }
  if (part == "dimensions") {
    return ranged(request, [&](auto& snapshot, const Range& range, std::int64_t now) {
      return breakdown_view(snapshot, objective, range, now);
    });
  }
  if (part == "timeline") {
    return ranged(request, [&](auto& snapshot, const Range& range, std::int64_t now) {
      return timeline_view(snapshot, objective, range, now);
    });
  }
  if (part == "budget") return budget(request, objective);
  if (part == "releases") return releases(request, objective);
  if (part == "gate") return gate(request, objective);
  return nothing_here();
}

Response Api::explain(const Request& request, const slo::Objective& objective) {
  const auto state = watched();
  return ranged(request, [&](auto& snapshot, const Range& range, std::int64_t now) {
    return explain_view(snapshot, catalog_, objective, range, now, state.get());
  });
}

Response Api::budget(const Request& request, const slo::Objective& objective) {
  if (auto refused = refuse_parameters(request, {})) return std::move(*refused);
  return view([&](auto& snapshot, std::int64_t now) { return budget_view(snapshot, catalog_, objective, now); });
}

Response Api::releases(const Request& request, const slo::Objective& objective) {
  if (auto refused = refuse_parameters(request, {"range", "dimension"})) return std::move(*refused);
  const auto range = range_of(request);
  if (!range.ok()) return range.error();
  const std::string dimension = net::query_value(request.query, "dimension");
  return view([&](auto& snapshot, std::int64_t now) {
    return releases_view(snapshot, objective, dimension.empty() ? "release" : dimension, **range, now);
  });
}

Response Api::gate(const Request& request, const slo::Objective& objective) {
  if (auto refused = refuse_parameters(request, {"since"})) return std::move(*refused);
  // What a pipeline makes of a variable that is not set must not seem to say that nothing was deployed.
  std::optional<std::int64_t> since;
  if (!parameters_of(request).empty()) {  // it is since
    since = unix_seconds(net::query_value(request.query, "since"));
    if (since.value_or(0) == 0) {
      return problem(400, "bad_since",
                     "since is when it was deployed, in Unix seconds above 0, 12 digits at most; leave it out where "
                     "nothing was",
                     "since");
    }
  }
  const auto state = watched();
  return view([&](auto& snapshot, std::int64_t now) {
    return gate_view(snapshot, catalog_, objective, since, now, state.get());
  });
}

Response Api::heatmap(const Request& request) {
  if (auto refused = refuse_parameters(request, {"journey", "objective", "range"})) return std::move(*refused);
  const auto range = range_of(request);
  if (!range.ok()) return range.error();
  for (const std::string_view name : {"journey", "objective"}) {
    if (net::query_value(request.query, name).empty()) {
      return problem(400, "missing_parameter", std::string(name) + " is needed: a name of the configuration", name);
    }
  }
  const auto* const objective = find_objective(catalog_, net::query_value(request.query, "journey"),
                                               net::query_value(request.query, "objective"));
  if (!objective) return no_such_objective();
  return view([&](auto& snapshot, std::int64_t now) { return heatmap_view(snapshot, *objective, **range, now); });
}

Response Api::vital_groups(const Request& request) {
  if (auto refused = refuse_parameters(request, {"range", "page"})) return std::move(*refused);
  const auto range = range_of(request);
  if (!range.ok()) return range.error();
  const std::string page = net::query_value(request.query, "page");
  if (page.empty()) {
    return problem(400, "missing_parameter", "page is needed: a template of those that /api/v1/vitals lists", "page");
  }
  return view([&](auto& snapshot, std::int64_t now) { return vital_groups_view(snapshot, **range, now, page); });
}

Response Api::click_map(const Request& request) {
  if (auto refused = refuse_parameters(request, {"range", "page", "device"})) return std::move(*refused);
  const auto range = range_of(request);
  if (!range.ok()) return range.error();
  const std::string page = net::query_value(request.query, "page");
  if (page.empty()) {
    return problem(400, "missing_parameter", "page is needed: a template of those that /api/v1/clicks lists", "page");
  }
  const std::string device = net::query_value(request.query, "device");
  if (!device.empty() && std::find(kDeviceNames.begin(), kDeviceNames.end(), device) == kDeviceNames.end()) {
    return problem(400, "no_such_device", "device is phone, tablet, desktop or unknown; leave it out for all",
                   "device");
  }
  return view([&](auto& snapshot, std::int64_t now) { return click_map_view(snapshot, **range, now, page, device); });
}

Response Api::storyboards(const Request& request) {
  if (auto refused = refuse_parameters(request, {"range", "journey", "outcome"})) return std::move(*refused);
  const auto range = range_of(request);
  if (!range.ok()) return range.error();
  const std::string journey = net::query_value(request.query, "journey");
  const std::string outcome = net::query_value(request.query, "outcome");
  if (journey.empty()) {
    return problem(400, "missing_parameter", "journey is needed: a name of the configuration", "journey");
  }
  if (!find_journey(catalog_, journey)) {
    return problem(404, "no_such_journey", "this centre's configuration has no such journey", "journey");
  }
  const auto known = std::find(kOutcomeNames.begin(), kOutcomeNames.end(), outcome);
  const bool told = known != kOutcomeNames.end() && is_told(static_cast<Outcome>(known - kOutcomeNames.begin()));
  if (!outcome.empty() && !told) {
    return problem(400, "no_such_outcome",
                   "outcome is failed.user, failed.business, failed.system, silent_failure, abandoned or "
                   "abandoned.waiting; leave it out for all",
                   "outcome");
  }
  return view(
      [&](auto& snapshot, std::int64_t now) { return storyboards_view(snapshot, **range, now, journey, outcome); });
}

Response Api::changes(const Request& request) {
  if (auto refused = refuse_parameters(request, {"verdicts"})) return std::move(*refused);
  const auto verdicts = flag_of(request, "verdicts", true);
  if (!verdicts.ok()) return verdicts.error();
  return view([&](auto& snapshot, std::int64_t now) { return changes_view(snapshot, catalog_, *verdicts, now); });
}

Response Api::incidents(const Request& request) {
  if (auto refused = refuse_parameters(request, {"open"})) return std::move(*refused);
  const auto open_only = flag_of(request, "open", false);
  if (!open_only.ok()) return open_only.error();
  return view([&](auto& snapshot, std::int64_t now) { return incidents_view(snapshot, *open_only, now); });
}

// One incident or change, by its number.
Response Api::entry(const Request& request) {
  if (auto refused = refuse_parameters(request, {})) return std::move(*refused);
  const bool incident = request.path.starts_with(kIncidents);
  const auto id = unix_seconds(request.path.substr((incident ? kIncidents : kChanges).size()));
  bool found = id.has_value() && *id > 0;
  Response response;
  if (found) {
    response = view([&](auto& snapshot, std::int64_t now) -> View {
      View json = incident ? incident_view(snapshot, catalog_, *id, now)
                           : change_view(snapshot, catalog_, static_cast<std::uint64_t>(*id), now);
      found = !json.ok() || !json->is_null();
      return json;
    });
  }
  if (found) return response;
  return incident ? problem(404, "no_such_incident", "there is no incident of this number")
                  : problem(404, "no_such_change", "there is no change of this number");
}

Response Api::exported(const Request& request) {
  if (auto refused = refuse_parameters(request, {})) return std::move(*refused);
  const std::string what = request.path.substr(kExport.size());
  if (what == "prometheus") return json_answer({{"text", rules_text(catalog_)}});
  if (what == "grafana") return json_answer({{"text", grafana_dashboard(catalog_, process_.title).dump(2) + "\n"}});
  if (what == "openslo") return json_answer({{"text", openslo_text(catalog_)}});
  return nothing_here();
}

Response Api::status() {
  return view([&](auto& snapshot, std::int64_t now) {
    return status_view(snapshot, catalog_, intake_, process_, now,
                       outbox_ ? outbox_->troubles() : std::vector<std::string>());
  });
}

Response Api::metrics() {
  auto snapshot = store_.snapshot();
  if (!snapshot.ok()) return store_failed(snapshot.error());
  auto text = metrics_text(**snapshot, catalog_, intake_, clock_() / 1'000, watched().get(),
                           outbox_ ? &outbox_->counts() : nullptr);
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
