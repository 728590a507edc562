#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/net/openmetrics.h"
#include "control/plane/policy_json.h"
#include "control/plane/status.h"
#include "control/slo/evaluator.h"
#include "control/slo/prometheus.h"

namespace bellrock::plane {
namespace {

using net::OpenMetrics;

void slo_events(OpenMetrics& page, const Catalog& catalog, const std::vector<store::LifetimeCount>& lifetime,
                std::map<std::string, store::JourneyLedger>& ledger) {
  page.family("bellrock_slo_events", "counter", "Attempts by what they were for an objective, over all time.");
  for (const auto& journey : catalog) {
    for (const auto& objective : journey.objectives) {
      control::SloCounts counts;
      for (const auto& [key, n] : lifetime) slo::add_verdict(objective, key, n, counts);
      counts.unknown += ledger[journey.name].board_lost;
      const std::pair<std::string_view, std::uint64_t> results[] = {
          {"good", counts.good},         {"bad", counts.bad},           {"unknown", counts.unknown},
          {"excluded", counts.excluded}, {"censored", counts.censored}, {"funnel", counts.funnel}};
      for (const auto& [result, n] : results) {
        page.sample({{"journey", journey.name}, {"objective", objective.name}, {"result", result}}, n);
      }
    }
  }
}

bool has_budget(const Json& slo, const Catalog& catalog) {
  const auto* const objective =
      find_objective(catalog, slo["journey"].get<std::string>(), slo["objective"].get<std::string>());
  return objective && objective->has_budget();
}

void slo_gauges(OpenMetrics& page, const Json& slos, const Catalog& catalog) {
  const auto gauge = [&](std::string_view name, std::string_view help, auto&& value_of) {
    page.family(name, "gauge", help);
    for (const auto& slo : slos) {
      const Json value = value_of(slo);
      if (value.is_null()) continue;
      page.sample({{"journey", slo["journey"].get<std::string>()}, {"objective", slo["objective"].get<std::string>()}},
                  value.get<double>());
    }
  };
  gauge("bellrock_slo_target_ratio", "Target of an objective.",
        [&](const Json& slo) { return has_budget(slo, catalog) ? slo["target"] : Json(nullptr); });
  gauge("bellrock_slo_lower_ratio", "Lower bound of the success ratio over the SLO window.",
        [](const Json& slo) { return slo["lower"]; });
  gauge("bellrock_slo_upper_ratio", "Upper bound of the success ratio over the SLO window.",
        [](const Json& slo) { return slo["upper"]; });
  gauge("bellrock_slo_error_budget_left_ratio",
        "Share of the error budget that is left, of what the target allows of the attempts whose end is known.",
        [&](const Json& slo) {
          const bool has = has_budget(slo, catalog) && !slo["budget"].is_null();
          return has ? slo["budget"]["left_ratio"] : Json(nullptr);
        });
}

// One of Sloth's, of all objectives that have it.
class SlothGauge {
 public:
  SlothGauge(OpenMetrics& page, std::string_view name, std::string_view help) : page_(page) {
    page.family(name, "gauge", help);
  }
  void sample(const Json& slo, const Json& value, const std::string& window = "") {
    if (value.is_null()) return;
    const auto journey = slo["journey"].get<std::string>(), objective = slo["objective"].get<std::string>();
    const std::string id = journey + "-" + objective;
    if (window.empty()) {
      page_.sample({{"sloth_id", id}, {"sloth_service", journey}, {"sloth_slo", objective}}, value.get<double>());
    } else {
      page_.sample({{"sloth_id", id}, {"sloth_service", journey}, {"sloth_slo", objective}, {"sloth_window", window}},
                   value.get<double>());
    }
  }

 private:
  OpenMetrics& page_;
};

// What the rules of `slo export prometheus` record, of the objectives that have rules.
struct Ruled {
  Json slo;
  std::map<std::int64_t, Json> ratios;  // bad of all, unknown ones too, by window in seconds
};

Json error_ratio(const Json& events) {
  if (events.is_null()) return nullptr;
  const auto bad = events["bad"].get<std::uint64_t>();
  const auto all = events["good"].get<std::uint64_t>() + bad + events["unknown"].get<std::uint64_t>();
  return all == 0 ? Json(nullptr) : Json(static_cast<double>(bad) / static_cast<double>(all));
}

// Of the alerts' windows, the present one and the period.
std::map<std::int64_t, Json> error_ratios(const Json& slo, const Watched* watched) {
  std::map<std::int64_t, Json> ratios;
  if (watched) ratios[slo::kPresentSeconds] = error_ratio(to_json(watched->present));
  for (const auto& pair : slo["burn_rates"]) {
    ratios[pair["short_s"].get<std::int64_t>()] = error_ratio(pair["short"]);
    ratios[pair["long_s"].get<std::int64_t>()] = error_ratio(pair["long"]);
  }
  ratios[slo["window_s"].get<std::int64_t>()] = error_ratio(slo["counts"]);
  return ratios;
}

std::vector<Ruled> ruled_objectives(const Json& slos, const Catalog& catalog, const WatchState* watched) {
  std::vector<Ruled> all;
  for (const auto& slo : slos) {
    const auto* const objective =
        find_objective(catalog, slo["journey"].get<std::string>(), slo["objective"].get<std::string>());
    if (!objective || !objective->has_budget()) continue;
    all.push_back({slo, error_ratios(slo, find_watched(watched, *objective))});
  }
  return all;
}

void sloth_ratios(OpenMetrics& page, const std::vector<Ruled>& objectives) {
  std::set<std::int64_t> windows;
  for (const auto& one : objectives) {
    for (const auto& [window, ratio] : one.ratios) windows.insert(window);
  }
  for (const std::int64_t window : windows) {
    const std::string name = slo::window_name(window);
    SlothGauge gauge(page, "slo:sli_error:ratio_rate" + name, "Share of attempts that were bad, over the window.");
    for (const auto& one : objectives) {
      const auto found = one.ratios.find(window);
      if (found != one.ratios.end()) gauge.sample(one.slo, found->second, name);
    }
  }
}

void sloth_gauges(OpenMetrics& page, const std::vector<Ruled>& objectives) {
  sloth_ratios(page, objectives);
  const auto each = [&](std::string_view name, std::string_view help, auto&& value_of) {
    SlothGauge gauge(page, name, help);
    for (const auto& one : objectives) gauge.sample(one.slo, value_of(one));
  };
  const auto burn = [](const Ruled& one, std::int64_t window) {
    const auto found = one.ratios.find(window);
    if (found == one.ratios.end() || found->second.is_null()) return Json(nullptr);
    return Json(found->second.get<double>() / (1 - one.slo["target"].get<double>()));
  };
  const auto period = [](const Ruled& one) { return one.slo["window_s"].get<std::int64_t>(); };
  each("slo:objective:ratio", "Target of an objective.", [](const Ruled& one) { return one.slo["target"]; });
  each("slo:error_budget:ratio", "What of an objective's attempts may be bad.",
       [](const Ruled& one) { return Json(1 - one.slo["target"].get<double>()); });
  each("slo:time_period:days", "The SLO window.",
       [](const Ruled& one) { return Json(one.slo["window_s"].get<double>() / slo::kDaySeconds); });
  each("slo:current_burn_rate:ratio", "How many times too fast the budget burns now.",
       [&](const Ruled& one) { return burn(one, slo::kPresentSeconds); });
  each("slo:period_burn_rate:ratio", "The same over the SLO window.",
       [&](const Ruled& one) { return burn(one, period(one)); });
  each("slo:period_error_budget_remaining:ratio",
       "Share of the error budget that is left, of what the target allows of all attempts, unknown ones too.",
       [&](const Ruled& one) {
         const Json rate = burn(one, period(one));
         return rate.is_null() ? rate : Json(1 - rate.get<double>());
       });
}

void journeys(OpenMetrics& page, const std::map<std::string, store::JourneyLedger>& ledger) {
  const auto each = [&](std::string_view name, std::string_view type, std::string_view help, auto member) {
    page.family(name, type, help);
    for (const auto& [journey, one] : ledger) page.sample({{"journey", journey}}, one.*member);
  };
  each("bellrock_journey_starts", "counter", "Attempts opened.", &store::JourneyLedger::starts);
  each("bellrock_journey_ended", "counter", "Attempts with an outcome.", &store::JourneyLedger::ended);
  each("bellrock_journey_board_lost", "counter", "Open attempts of boards that vanished.",
       &store::JourneyLedger::board_lost);
  each("bellrock_journey_open", "gauge", "Attempts that have not ended.", &store::JourneyLedger::open);
}

void frames(OpenMetrics& page, const Intake& intake, const store::Conservation& conservation) {
  const auto& counts = intake.counts();
  page.family("bellrock_central_frames", "counter", "Frames by what became of them, since the start of the process.");
  page.sample({{"result", "applied"}}, counts.applied);
  page.sample({{"result", "repeated"}}, counts.repeated);
  page.sample({{"result", "conflict"}}, counts.conflicts);
  page.sample({{"result", "refused"}}, counts.refused);
  page.sample({{"result", "told_to_wait"}}, counts.busy);
  page.sample({{"result", "not_theirs"}}, counts.strangers);
  page.sample({{"result", "store_failed"}}, counts.store_failures);
  page.family("bellrock_central_unknown_fields", "counter", "Fields of a newer schema that were skipped.");
  page.sample({}, counts.unknown_fields);
  page.family("bellrock_central_unknown_series", "counter", "Series of a newer schema's kinds that were left out.");
  page.sample({}, counts.unknown_series);
  page.family("bellrock_central_unknown_recorded", "counter", "Counts in series that were left out, in no other sum.");
  page.sample({}, counts.unknown_recorded);
  page.family("bellrock_central_recorded", "counter", "Counts in all applied frames: kept + trimmed.");
  page.sample({}, conservation.recorded);
  page.family("bellrock_central_kept", "gauge", "Counts in all series kept.");
  page.sample({}, conservation.kept);
  page.family("bellrock_central_trimmed", "counter", "Counts deleted for their age.");
  page.sample({}, conservation.trimmed);
}

void nodes(OpenMetrics& page, const std::vector<store::SourceStatus>& sources) {
  std::map<std::string, std::int64_t> last_seen;
  std::map<std::string, std::uint64_t> lost, missing;
  std::map<std::string, std::optional<control::ClockState>> clocks;
  for (const auto& source : sources) {
    auto& seen = last_seen[source.node];
    if (source.last_seen_unix_ms >= seen) clocks[source.node] = source.clock;
    seen = std::max(seen, source.last_seen_unix_ms);
    lost[source.node] += source.lost;
    missing[source.node] += source.unexplained;
  }
  page.family("bellrock_node_last_seen_timestamp_seconds", "gauge", "When a node was last heard of.");
  for (const auto& [node, ms] : last_seen) page.sample({{"node", node}}, static_cast<double>(ms) / 1e3);
  page.family("bellrock_node_frames_lost", "gauge", "Frames that a node declared lost.");
  for (const auto& [node, n] : lost) page.sample({{"node", node}}, n);
  page.family("bellrock_node_frames_missing", "gauge",
              "Frames below the oldest held, neither applied nor declared lost.");
  for (const auto& [node, n] : missing) page.sample({{"node", node}}, n);
  const auto clock = [&](std::string_view name, std::string_view help, auto member) {
    page.family(name, "gauge", help);
    for (const auto& [node, state] : clocks) {
      if (state) page.sample({{"node", node}}, static_cast<double>(*state.*member) / 1e3);
    }
  };
  clock("bellrock_node_clock_offset_seconds",
        "The centre's time less a node's, as the node last said: positive where its clock is behind.",
        &control::ClockState::offset_ms);
  clock("bellrock_node_clock_uncertain_seconds", "How far from that the truth may be.",
        &control::ClockState::uncertain_ms);
}

void messages(OpenMetrics& page, const OutboxCounts& counts) {
  page.family("bellrock_central_messages", "counter",
              "Messages to Alertmanagers and webhooks by what became of them, since the start of the process.");
  page.sample({{"result", "taken"}}, counts.sent);
  page.sample({{"result", "refused"}}, counts.refused);
  page.sample({{"result", "dropped"}}, counts.dropped);
  page.family("bellrock_central_message_retries", "counter", "Attempts that were not taken and are made again.");
  page.sample({}, counts.retried);
}

}  // namespace

Result<std::string, store::StoreError> metrics_text(store::StoreSnapshot& snapshot, const Catalog& catalog,
                                                    const Intake& intake, std::int64_t now, const WatchState* watched,
                                                    const OutboxCounts* sent) {
  TRY_ASSIGN(const auto lifetime, snapshot.lifetime());
  TRY_ASSIGN(auto ledger, snapshot.ledger());
  TRY_ASSIGN(const auto conservation, snapshot.conservation());
  TRY_ASSIGN(const auto sources, snapshot.sources());
  TRY_ASSIGN(const Json slos, slos_view(snapshot, catalog, now, watched));
  OpenMetrics page;
  slo_events(page, catalog, lifetime, ledger);
  slo_gauges(page, slos["slos"], catalog);
  sloth_gauges(page, ruled_objectives(slos["slos"], catalog, watched));
  journeys(page, ledger);
  frames(page, intake, conservation);
  nodes(page, sources);
  if (sent) messages(page, *sent);
  return std::move(page).end();
}

}  // namespace bellrock::plane
