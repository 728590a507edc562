#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "control/plane/journal.h"
#include "control/plane/policy_json.h"
#include "control/plane/views.h"
#include "control/slo/evaluator.h"
#include "control/slo/explain.h"

namespace bellrock::plane {
namespace {

using slo::Composite;
using slo::CompositeKind;
using slo::Events;
using slo::Member;
using store::StoreError;
using store::StoreSnapshot;

std::string name_of(const slo::CompositePart& part) { return part.journey + "/" + part.objective; }

// What all objectives counted over a period, by journey and name; each journey is read once.
class PeriodCounts {
 public:
  PeriodCounts(StoreSnapshot& snapshot, const Catalog& catalog, std::int64_t now)
      : snapshot_(snapshot), catalog_(catalog), now_(now) {}

  Result<Events, StoreError> of(const slo::CompositePart& part, std::int64_t period_s) {
    const auto which = std::pair(period_s, part.journey);
    if (!read_.contains(which)) TRY(read(part.journey, period_s));
    return read_[which][part.objective];
  }

  // Of the same what corrections leave.
  Result<Events, StoreError> left_of(const slo::CompositePart& part, std::int64_t period_s) {
    TRY_ASSIGN(const Events events, of(part, period_s));
    if (!corrections_) {
      TRY_ASSIGN(corrections_, read_corrections(snapshot_));
    }
    const auto out = slo::taken_out(*corrections_, part.journey, part.objective, now_);
    const auto* const objective = find_objective(catalog_, part.journey, part.objective);
    return corrected_events(snapshot_, *objective, slo_span(now_, period_s), events, out);
  }

  Result<control::Coverage, StoreError> coverage(std::int64_t period_s) {
    const auto known = coverage_.find(period_s);
    if (known != coverage_.end()) return known->second;
    TRY_ASSIGN(coverage_[period_s], read_coverage(snapshot_, slo_span(now_, period_s), now_));
    return coverage_[period_s];
  }

 private:
  Status<StoreError> read(const std::string& journey, std::int64_t period_s) {
    const Span span = slo_span(now_, period_s);
    store::SeriesQuery query{journey, CellKind::kObjective, CellScope::kTotal, "", span.from, span.to};
    TRY_ASSIGN(const auto counts, snapshot_.counts(query, period_s));
    TRY_ASSIGN(const auto lost, snapshot_.board_lost(span.from, span.to));
    auto& found = read_[{period_s, journey}];
    for (const auto& slice : counts.slices) {
      const auto& key = counts.keys[slice.series];
      const auto* const objective = find_objective(catalog_, journey, key.item);
      control::SloCounts verdict;
      if (objective && slo::add_verdict(*objective, key, slice.n, verdict)) found[key.item] += events_of(verdict);
    }
    const auto gone = lost.find(journey);
    if (gone == lost.end()) return Done{};
    for (const auto& objective : find_journey(catalog_, journey)->objectives) {
      found[objective.name].unknown += gone->second;
    }
    return Done{};
  }

  StoreSnapshot& snapshot_;
  const Catalog& catalog_;
  std::int64_t now_;
  std::map<std::pair<std::int64_t, std::string>, std::map<std::string, Events>> read_;
  std::map<std::int64_t, control::Coverage> coverage_;  // by period
  std::optional<std::vector<slo::Correction>> corrections_;
};

Result<std::vector<Member>, StoreError> members_of(PeriodCounts& counts, const Catalog& catalog,
                                                   const Composite& composite) {
  std::vector<Member> members;
  for (const auto& part : composite.parts) {
    const auto* const objective = find_objective(catalog, part.journey, part.objective);
    TRY_ASSIGN(const Events events, counts.of(part, composite.period_s));
    members.push_back({events, objective->target_e9, part.weight, objective->strict});
  }
  return members;
}

std::string_view state_name(control::SloState state) {
  return control::kSloStateNames[static_cast<std::size_t>(state)];
}

Json member_json(const slo::CompositePart& part, const Member& member) {
  const auto share = slo::budget_of(member.events, member.target_e9).known.share();
  Json json{{"journey", part.journey}, {"objective", part.objective}, {"weight", part.weight}};
  json["target_text"] = member.target_e9 == 0 ? Json(nullptr) : Json(slo::target_text(member.target_e9, member.strict));
  json["counts"] = to_json(member.events);
  json["state"] = member.target_e9 == 0
                      ? Json(nullptr)
                      : Json(state_name(slo::state_of(member.events, member.target_e9, member.strict)));
  json["left"] = share ? Json(1 - *share) : Json(nullptr);
  return json;
}

Json composite_json(const Composite& composite, std::span<const Member> members, const slo::CompositeStatus& status) {
  const bool own = composite.kind != CompositeKind::kLeastHealthy;
  Json json{{"name", composite.name}, {"kind", slo::kCompositeKindNames[static_cast<std::size_t>(composite.kind)]}};
  json["target"] = own ? Json(static_cast<double>(composite.target_e9) / slo::kOne) : Json(nullptr);
  json["target_text"] = own ? Json(slo::target_text(composite.target_e9, composite.strict)) : Json(nullptr);
  json["strict"] = composite.strict;
  json["window_s"] = composite.period_s;
  json["state"] = state_name(status.state);
  json["partial"] = status.partial;
  json["counts"] = to_json(status.events);
  json["lower"] = or_null(status.lower);
  json["upper"] = or_null(status.upper);
  json["left"] = or_null(status.left);
  json["left_lower"] = or_null(status.left_lower);
  json["left_upper"] = or_null(status.left_upper);
  json["worst"] = status.worst ? Json(name_of(composite.parts[*status.worst])) : Json(nullptr);
  json["parts"] = Json::array();
  for (std::size_t i = 0; i < members.size(); ++i) json["parts"].push_back(member_json(composite.parts[i], members[i]));
  return json;
}

// As slos' `corrected`: what corrections leave, and how the composite stands by that. Null where they take nothing.
Json corrected_json(const Composite& composite, const slo::CompositeStatus& left, bool corrected) {
  if (!corrected) return nullptr;
  return {{"counts", to_json(left.events)},
          {"state", state_name(left.state)},
          {"left", or_null(left.left)},
          {"worst", left.worst ? Json(name_of(composite.parts[*left.worst])) : Json(nullptr)}};
}

// --- in words

std::string number(control::Uint128 n) { return std::to_string(to_count(n)); }

// "good = 5 * 90 (checkout/success) + 60 (search/fast) = 510"
std::string sum_line(const char* what, control::Uint128 Events::*count, const Composite& composite,
                     std::span<const Member> members, const Events& all) {
  std::string text;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const bool weighted = composite.kind == CompositeKind::kWeighted && members[i].weight != 1;
    text += (i == 0 ? "" : " + ") + (weighted ? std::to_string(members[i].weight) + " * " : std::string()) +
            number(members[i].events.*count) + " (" + name_of(composite.parts[i]) + ")";
  }
  return std::string(what) + " = " + text + " = " + number(all.*count);
}

std::vector<std::string> sums_in_words(const Composite& composite, std::span<const Member> members,
                                       const slo::CompositeStatus& status) {
  const Events& all = status.events;
  std::vector<std::string> lines{sum_line("good", &Events::good, composite, members, all),
                                 sum_line("bad", &Events::bad, composite, members, all),
                                 sum_line("unknown", &Events::unknown, composite, members, all)};
  slo::Objective one;
  one.target_e9 = composite.target_e9;
  one.strict = composite.strict;
  slo::Tally tally;
  tally.counts.good = to_count(all.good);
  tally.counts.bad = to_count(all.bad);
  tally.counts.unknown = to_count(all.unknown);
  for (auto& line : slo::explain(one, slo::evaluate(one, tally, {}))) lines.push_back(std::move(line));
  return lines;
}

std::vector<std::string> worst_in_words(const Composite& composite, std::span<const Member> members,
                                        const slo::CompositeStatus& status) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Member& member = members[i];
    const auto share = slo::budget_of(member.events, member.target_e9).known.share();
    lines.push_back(name_of(composite.parts[i]) + ": " + number(member.events.bad) + " of " +
                    number(member.events.known()) + " bad, target " +
                    slo::target_text(member.target_e9, member.strict) + ", " +
                    (share ? slo::percent_text(*share) + " of its budget used" : std::string("no data")));
  }
  lines.push_back(status.worst ? "least healthy: " + name_of(composite.parts[*status.worst])
                               : std::string("no data: no part has any; that is not a success"));
  return lines;
}

// One composite, as it was counted and as corrections leave it.
struct Judged {
  std::vector<Member> members;
  control::Coverage coverage;
  slo::CompositeStatus status;
  Json json;
};

Result<Judged, StoreError> judge(PeriodCounts& counts, const Catalog& catalog, const Composite& composite) {
  Judged judged;
  TRY_ASSIGN(judged.members, members_of(counts, catalog, composite));
  TRY_ASSIGN(judged.coverage, counts.coverage(composite.period_s));
  judged.status = slo::evaluate(composite, judged.members, judged.coverage);
  auto left = judged.members;
  bool corrected = false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    TRY_ASSIGN(left[i].events, counts.left_of(composite.parts[i], composite.period_s));
    corrected = corrected || left[i].events != judged.members[i].events;
  }
  judged.json = composite_json(composite, judged.members, judged.status);
  judged.json["corrected"] = corrected_json(composite, slo::evaluate(composite, left, judged.coverage), corrected);
  return judged;
}

}  // namespace

View composites_json(StoreSnapshot& snapshot, const Catalog& catalog, std::int64_t now) {
  PeriodCounts counts(snapshot, catalog, now);
  Json json = Json::array();
  for (const auto& composite : catalog.composites) {
    TRY_ASSIGN(auto judged, judge(counts, catalog, composite));
    json.push_back(std::move(judged.json));
  }
  return json;
}

View composite_view(StoreSnapshot& snapshot, const Catalog& catalog, const Composite& composite, std::int64_t now) {
  PeriodCounts counts(snapshot, catalog, now);
  TRY_ASSIGN(auto judged, judge(counts, catalog, composite));
  const auto& [members, coverage, status, shown] = judged;
  Json json{{"now_unix_s", now}, {"window", window_json(slo_span(now, composite.period_s))}};
  json["composite"] = shown;
  json["explanation"] = composite.kind == CompositeKind::kLeastHealthy ? worst_in_words(composite, members, status)
                                                                       : sums_in_words(composite, members, status);
  if (const Json& corrected = shown.at("corrected"); !corrected.is_null()) {
    const Json& left = corrected.at("counts");
    json["explanation"].push_back("corrections leave " + left.at("good").dump() + " good, " + left.at("bad").dump() +
                                  " bad and " + left.at("unknown").dump() +
                                  " unknown: " + corrected.at("state").get<std::string>());
  }
  auto reasons = slo::missing(coverage);
  if (reasons.empty()) reasons.emplace_back("a part has no data, or too much of it is unknown");
  for (const auto& reason : reasons) {
    if (status.partial) json["explanation"].push_back("partial: " + reason);
  }
  return json;
}

}  // namespace bellrock::plane
