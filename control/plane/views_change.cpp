#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "control/plane/nodes_heard.h"
#include "control/plane/policy_json.h"
#include "control/plane/views_events.h"
#include "control/slo/change.h"
#include "control/slo/evaluator.h"

namespace bellrock::plane {
namespace {

using slo::ChangeMarker;
using slo::ChangeVerdict;
using slo::Comparison;
using slo::Events;
using store::StoreSnapshot;

Json comparison_json(const Comparison& comparison, const Events& before, const Events& after) {
  return {{"verdict", slo::kChangeVerdictNames[static_cast<std::size_t>(comparison.verdict)]},
          {"reason", comparison.reason},
          {"before", to_json(before)},
          {"after", to_json(after)},
          {"difference", {comparison.difference_low, comparison.difference_high}},
          {"margin", comparison.margin},
          {"attempts_needed", comparison.attempts_needed}};
}

slo::ComparisonRules rules_of(const slo::Objective& objective) {
  slo::ComparisonRules rules;
  rules.margin = slo::margin_of(objective);
  if (objective.has_max_unknown) rules.max_unknown_e9 = objective.max_unknown_e9;
  return rules;
}

struct Judged {
  Comparison comparison;
  Events before, after;
};

// An hour before the marker against the time since, an hour at most, without the minutes that corrections take out.
Result<Judged, store::StoreError> judge(StoreSnapshot& snapshot, const slo::Objective& objective,
                                        std::span<const slo::Minutes> taken_out, std::int64_t at, std::int64_t now) {
  const auto whole = [](std::int64_t unix_s) { return unix_s - unix_s % slo::kMinuteSeconds; };
  const std::int64_t middle = whole(at + slo::kMinuteSeconds - 1);
  const auto events = [&](std::int64_t from, std::int64_t to) -> Result<Events, store::StoreError> {
    TRY_ASSIGN(const Events counted, events_between(snapshot, objective, from, to));
    return corrected_events(snapshot, objective, {from, to}, counted, taken_out);
  };
  if (!has_minutes(whole(at) - kComparedSeconds, now)) {
    Judged judged;
    judged.comparison.reason = "minutes of that time are no longer kept";
    judged.comparison.margin = rules_of(objective).margin;
    return judged;
  }
  TRY_ASSIGN(const Events before, events(whole(at) - kComparedSeconds, whole(at)));
  TRY_ASSIGN(const Events after, events(middle, std::max(middle, std::min(whole(now), middle + kComparedSeconds))));
  return Judged{slo::compare(before, after, rules_of(objective)), before, after};
}

View change_json(StoreSnapshot& snapshot, const Catalog& catalog, const std::vector<slo::Correction>& corrections,
                 const ChangeMarker& marker, std::int64_t now) {
  Json json = to_json(marker);
  json["objectives"] = Json::array();
  for (const auto& journey : catalog) {
    if (!marker.journey.empty() && marker.journey != journey.name) continue;
    for (const auto& objective : journey.objectives) {
      const auto out = slo::taken_out(corrections, objective.journey, objective.name, now);
      TRY_ASSIGN(const Judged judged, judge(snapshot, objective, out, marker.at_unix_s, now));
      Json one{{"journey", objective.journey}, {"objective", objective.name}};
      one.update(comparison_json(judged.comparison, judged.before, judged.after));
      json["objectives"].push_back(std::move(one));
    }
  }
  return json;
}

}  // namespace

View changes_view(StoreSnapshot& snapshot, const Catalog& catalog, bool verdicts, std::int64_t now) {
  constexpr std::size_t kShown = 50;
  TRY_ASSIGN(auto markers, read_changes(snapshot, store::kJournalMax));
  const std::size_t older = markers.size() - std::min(markers.size(), kShown);
  markers.resize(markers.size() - older);
  TRY_ASSIGN(const auto corrections, read_corrections(snapshot));
  Json changes = Json::array();
  for (const auto& marker : markers) {
    if (!verdicts) {
      changes.push_back(to_json(marker));
      continue;
    }
    TRY_ASSIGN(Json one, change_json(snapshot, catalog, corrections, marker, now));
    changes.push_back(std::move(one));
  }
  return Json{{"now_unix_s", now}, {"compared_s", kComparedSeconds}, {"changes", std::move(changes)}, {"older", older}};
}

View change_view(StoreSnapshot& snapshot, const Catalog& catalog, std::uint64_t id, std::int64_t now) {
  TRY_ASSIGN(const auto markers, read_changes(snapshot, store::kJournalMax));
  const auto found = std::find_if(markers.begin(), markers.end(), [&](const auto& marker) { return marker.id == id; });
  if (found == markers.end()) return Json(nullptr);
  TRY_ASSIGN(const auto corrections, read_corrections(snapshot));
  TRY_ASSIGN(Json change, change_json(snapshot, catalog, corrections, *found, now));
  return Json{{"now_unix_s", now}, {"compared_s", kComparedSeconds}, {"change", std::move(change)}};
}

View corrections_view(StoreSnapshot& snapshot) {
  TRY_ASSIGN(const auto all, read_corrections(snapshot));
  Json corrections = Json::array();
  for (const auto& one : all) corrections.push_back(to_json(one));
  return Json{{"corrections", std::move(corrections)}};
}

namespace {

// Counts by the start of a slice, and in it by the value of a dimension.
using ByTime = std::map<std::int64_t, std::map<std::string, control::SloCounts>>;

Result<ByTime, store::StoreError> values_by_time(StoreSnapshot& snapshot, const slo::Objective& objective,
                                                 const std::string& dimension, const Span& span, std::int64_t step) {
  store::SeriesQuery query;
  query.journey = objective.journey;
  query.item = objective.name;
  query.kind = CellKind::kObjective;
  query.scope = CellScope::kDimensioned;
  query.from = span.from;
  query.to = span.to;
  TRY_ASSIGN(const auto counts, snapshot.counts(query, step));
  ByTime all;
  for (const auto& slice : counts.slices) {
    const auto& key = counts.keys[slice.series];
    for (const auto& [name, value] : key.dimensions) {
      if (name == dimension) slo::add_verdict(objective, key, slice.n, all[slice.start_unix_s][value]);
    }
  }
  return all;
}

// The slices in which both the value and others had attempts, without those of which corrections take anything out.
std::vector<slo::SameTime> at_the_same_time(const ByTime& slices, const std::string& value, std::int64_t step,
                                            std::span<const slo::Minutes> taken_out) {
  std::vector<slo::SameTime> same;
  for (const auto& [start, counted] : slices) {
    const bool corrected = std::any_of(taken_out.begin(), taken_out.end(), [&, from = start](const slo::Minutes& out) {
      return out.from < from + step && out.to > from;
    });
    const auto own = counted.find(value);
    if (corrected || own == counted.end()) continue;
    slo::SameTime one{{}, events_of(own->second)};
    for (const auto& [other, counts] : counted) {
      if (other != value) one.others += events_of(counts);
    }
    if (one.others.known() != 0 && one.own.known() != 0) same.push_back(one);
  }
  return same;
}

}  // namespace

View releases_view(StoreSnapshot& snapshot, const slo::Objective& objective, const std::string& dimension,
                   const Range& range, std::int64_t now) {
  const Span span = sum_span_of(range, now);
  const std::int64_t step = std::min(range.step_s, kHourSeconds);
  TRY_ASSIGN(const auto corrections, read_corrections(snapshot));
  const auto out = slo::taken_out(corrections, objective.journey, objective.name, now);
  TRY_ASSIGN(const ByTime slices, values_by_time(snapshot, objective, dimension, span, step));
  std::set<std::string> values;
  for (const auto& [start, counted] : slices) {
    for (const auto& [value, counts] : counted) values.insert(value);
  }
  Json releases = Json::array();
  for (const auto& value : values) {
    const auto same = at_the_same_time(slices, value, step, out);
    Events others, own;
    for (const auto& slice : same) others += slice.others, own += slice.own;
    Json one{{"value", value}};
    one.update(comparison_json(slo::compare_at_the_same_time(same, rules_of(objective)), others, own));
    releases.push_back(std::move(one));
  }
  return Json{{"journey", objective.journey},   {"objective", objective.name}, {"dimension", dimension},
              {"from_unix_s", span.from},       {"to_unix_s", span.to},        {"step_s", step},
              {"releases", std::move(releases)}};
}

namespace {

std::string corrections_text(const Events& counted, const Events& left) {
  return "corrections take " + std::to_string(to_count(counted.bad - left.bad)) + " of " +
         std::to_string(to_count(counted.bad)) + " bad attempts out of the budget";
}

// What is known may say nothing of the last minutes: nodes that are not heard of, alerts that nobody has looked at.
Status<store::StoreError> add_blindness(StoreSnapshot& snapshot, const Watched* watched, std::int64_t now,
                                        std::vector<std::string>& doubts, std::vector<std::string>& notes) {
  TRY_ASSIGN(const auto sources, snapshot.sources());
  const NodesHeard nodes = nodes_heard(sources, now);
  if (nodes.suspect()) (nodes.blind() ? doubts : notes).push_back(nodes.text());
  constexpr std::int64_t kLookedAtSecondsMax = 300;
  if (!watched || watched->at_unix_s == 0) {
    doubts.emplace_back("alerts have not been looked at since the centre started");
  } else if (now - watched->at_unix_s > kLookedAtSecondsMax) {
    doubts.push_back("alerts were looked at last at " + utc_text(watched->at_unix_s));
  }
  return Done{};
}

bool stops(const Json& action) { return action == "gate" || action == "freeze"; }

// Attempts whose end nobody knows may be what a pipeline should have stopped for.
void add_unknown(const slo::Policy& policy, const Events& left, std::uint64_t target_e9,
                 std::vector<std::string>& doubts) {
  const slo::Budget budget = slo::budget_of(left, target_e9);
  if (left.all() != 0 && left.known() == 0) {
    doubts.emplace_back("of no attempt in the period it is known how it ended");
  } else if (!stops(action_json(policy, budget.known)) && stops(action_json(policy, budget.upper))) {
    doubts.push_back("were all of the " + std::to_string(to_count(left.unknown)) +
                     " unknown attempts bad, the error budget's policy would say " +
                     action_json(policy, budget.upper).get<std::string>());
  }
}

}  // namespace

View gate_view(StoreSnapshot& snapshot, const Catalog& catalog, const slo::Objective& objective,
               std::optional<std::int64_t> since, std::int64_t now, const WatchState* watched) {
  const slo::Policy& policy = policy_of(catalog, objective);
  const Span span = slo_span(now, policy.period_s);
  TRY_ASSIGN(const Events period, events_between(snapshot, objective, span.from, span.to));
  TRY_ASSIGN(const auto coverage, read_coverage(snapshot, span, now));
  TRY_ASSIGN(const auto corrections, read_corrections(snapshot));
  const auto out = slo::taken_out(corrections, objective.journey, objective.name, now);
  TRY_ASSIGN(const Events left, corrected_events(snapshot, objective, span, period, out));
  const Watched* const one = find_watched(watched, objective);
  const Json state = policy_json(objective, policy, period, left, one);
  const auto data = slo::data_state(period, coverage, objective.unknown_bound());
  const auto data_name = control::kDataStateNames[static_cast<std::size_t>(data)];
  std::vector<std::string> fails, doubts, notes;
  if (left != period) notes.push_back(corrections_text(period, left));
  const Json& action = state.at("budget_action");
  if (stops(action)) {
    fails.push_back("the error budget's policy says " + action.get<std::string>());
  }
  if (!state.at("alert").is_null()) {
    fails.push_back("an alert is firing: " + state.at("alert").at("severity").get<std::string>());
  }
  if (period.all() == 0) {  // whether nobody came, or nobody was there to see it
    doubts.push_back("there is no data: " + std::string(data_name));
  }
  add_unknown(policy, left, objective.target_e9, doubts);
  TRY(add_blindness(snapshot, one, now, doubts, notes));
  Json json{{"now_unix_s", now}, {"journey", objective.journey}, {"objective", objective.name}};
  json["comparison"] = nullptr;
  if (since) {
    TRY_ASSIGN(const Judged judged, judge(snapshot, objective, out, *since, now));
    json["comparison"] = comparison_json(judged.comparison, judged.before, judged.after);
    if (judged.comparison.verdict == ChangeVerdict::kBad)
      fails.push_back("since the change " + judged.comparison.reason);
    if (judged.comparison.verdict == ChangeVerdict::kInconclusive) doubts.push_back(judged.comparison.reason);
  }
  json["verdict"] = !fails.empty() ? "fail" : !doubts.empty() ? "inconclusive" : "pass";
  fails.insert(fails.end(), doubts.begin(), doubts.end());
  fails.insert(fails.end(), notes.begin(), notes.end());
  json["reasons"] = fails;
  json["burned"] = or_null(slo::budget_of(left, objective.target_e9).known.share());
  json["budget_action"] = action;
  json["alert"] = state.at("alert");
  json["data"] = data_name;
  return json;
}

}  // namespace bellrock::plane
