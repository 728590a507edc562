#include "tools/fleet/plan.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "control/plane/catalog.h"
#include "tools/fleet/chance.h"

namespace bellrock::fleet {
namespace {

constexpr std::int64_t kMinute = 60, kDay = 86'400;

double smallest_budget(const journey::Journey& journey) {
  double least = 1;
  for (const auto& one : journey.objectives) {
    least = std::min(least, static_cast<double>(slo::kOne - one.target_e9) / static_cast<double>(slo::kOne));
  }
  return least;
}

// Which journeys see enough of their visitors for an incident to be told from chance.
std::vector<std::size_t> busy(const Plan& plan) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < plan.journeys.size(); ++i) {
    if (plan.journeys[i].attempts_per_minute >= 10) all.push_back(i);
  }
  return all;
}

std::int64_t length_of(Kind kind, Random& random) {
  switch (kind) {
    case Kind::kOutage:
      return random.between(20, 90) * kMinute;
    case Kind::kSlowBurn:
      return random.between(240, 480) * kMinute;
    case Kind::kBlindness:
      return random.between(60, 120) * kMinute;
    case Kind::kPartition:
      return random.between(10, 120) * kMinute;
    case Kind::kClockJump:
      return random.between(5, 60) * kMinute;
    case Kind::kRestart:
      break;
  }
  return kMinute;
}

double share_of(Kind kind, double budget, Random& random) {
  if (kind == Kind::kOutage) return 0.5 + random.unit() / 2;
  if (kind == Kind::kSlowBurn) return std::min(0.9, (8 + 4 * random.unit()) * budget);
  return kind == Kind::kBlindness ? 0.6 : 0;
}

Planted plant(const Plan& plan, const journey::Definition& definition, Kind kind, Random& random) {
  const auto& options = plan.options;
  Planted one;
  one.kind = kind;
  if (one.of_journey()) {
    const auto places = busy(plan);
    one.journey = places[random.below(places.size())];
    one.share = share_of(kind, smallest_budget(definition.journeys[one.journey]), random);
  } else {
    one.node = random.below(options.nodes);
    if (kind == Kind::kClockJump) one.jump_s = (random.chance(0.5) ? 1 : -1) * 10 * random.between(1, 360);
  }
  const std::int64_t length = std::min(length_of(kind, random), options.to - options.from);
  // The first third is quiet where there is room: what comes after it is seen before a background.
  const std::int64_t first = options.from + (options.to - options.from) / 3, last = options.to - length;
  one.from = random.between(std::min(first, last), last);
  one.from -= one.from % kMinute;
  one.to = one.from + length - length % kMinute;
  return one;
}

// Two incidents of one journey at a time would be one.
bool meets(const Planted& a, const Planted& b) {
  if (a.of_journey() != b.of_journey()) return false;
  if (a.of_journey() ? a.journey != b.journey : a.node != b.node) return false;
  const std::int64_t apart = a.of_journey() ? 7 * 3'600 : kMinute;
  return a.from < b.to + apart && b.from < a.to + apart;
}

}  // namespace

Plan make_plan(const PlanOptions& options, const journey::Definition& definition) {
  Plan plan{options, {}, {}};
  for (std::size_t i = 0; i < definition.journeys.size(); ++i) {
    const double part = i % 4 == 3 ? 0.001 : i % 3 == 2 ? 0.1 : 1;
    plan.journeys.push_back({options.attempts_per_minute * part, smallest_budget(definition.journeys[i]) / 3});
  }
  Random random(derive(options.seed, 1));
  for (std::size_t kind = 0; kind < kKindNames.size(); ++kind) {
    constexpr int kTries = 100;  // a span too short for so many has fewer
    for (int n = 0, tries = 0; n < options.planted[kind] && tries < kTries; ++tries) {
      if (static_cast<Kind>(kind) <= Kind::kBlindness && busy(plan).empty()) break;
      const Planted one = plant(plan, definition, static_cast<Kind>(kind), random);
      if (std::any_of(plan.planted.begin(), plan.planted.end(), [&](const auto& p) { return meets(p, one); })) continue;
      plan.planted.push_back(one);
      ++n;
    }
  }
  return plan;
}

Weather weather(const Plan& plan, std::size_t journey, std::int64_t at) {
  const auto& traffic = plan.journeys[journey];
  const double day = static_cast<double>(at % kDay) / static_cast<double>(kDay);
  Weather now;
  now.attempts_per_minute = traffic.attempts_per_minute * (1 + 0.6 * std::sin(2 * std::numbers::pi * day));
  now.failing = traffic.background;
  now.unknown = 0.001;
  for (const auto& one : plan.planted) {
    if (!one.of_journey() || one.journey != journey || !one.holds(at)) continue;
    (one.kind == Kind::kBlindness ? now.unknown : now.failing) = one.share;
  }
  return now;
}

std::optional<std::int64_t> pages_within(const config::Loaded& loaded, std::size_t journey, double failing) {
  const auto catalog = plane::make_catalog(loaded.definition, loaded.policies);
  const auto error_e9 = static_cast<std::uint64_t>(failing * static_cast<double>(slo::kOne));
  std::optional<std::int64_t> least;
  for (std::size_t i = 0; i < catalog[journey].objectives.size(); ++i) {
    for (const auto& pair : catalog[journey].policies[i].pairs) {
      if (pair.severity != slo::Severity::kPage) continue;
      const auto seconds = slo::seconds_to_hold(pair, catalog[journey].objectives[i].target_e9, error_e9);
      if (seconds && (!least || *seconds < *least)) least = seconds;
    }
  }
  return least;
}

}  // namespace bellrock::fleet
