#include "tools/traffic/verdicts.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <span>

#include "tools/traffic/truth_json.h"

namespace bellrock::traffic {
namespace {

bool reached(const AttemptTruth& a, Step step) { return a.steps[static_cast<std::size_t>(step)] > 0; }

bool failed(Outcome outcome) {
  return outcome == Outcome::kFailedUser || outcome == Outcome::kFailedBusiness || outcome == Outcome::kFailedSystem;
}

// For a latency whose `to` was not reached. The beacon of a shopper who cancels does not say when that was.
Verdict not_reached(const AttemptTruth& a, std::int64_t from_ns, double threshold_ms) {
  if (failed(a.outcome)) return Verdict::kBadFailed;
  if (a.outcome == Outcome::kUnknown || a.outcome == Outcome::kCancelled) return Verdict::kUnknown;
  return static_cast<double>(a.end_ns - from_ns) >= threshold_ms * 1e6 ? Verdict::kBadEnded : Verdict::kCensored;
}

Verdict by_client_clock(const AttemptTruth& a, std::int64_t from_ns, Step to, double threshold_ms) {
  if (!reached(a, to)) return not_reached(a, from_ns, threshold_ms);
  if (a.clock != ClientClock::kValid) return Verdict::kUnknown;
  return a.client_ms < threshold_ms ? Verdict::kGood : Verdict::kBad;
}

struct Objective {
  std::string_view name;
  Verdict (*verdict)(const AttemptTruth&);
  // An objective is decided when its `to` is reached, or else at the attempt's end.
  Step to = Step::kCount;
};
constexpr std::array<Objective, 1> kSearchObjectives{{{"fast", search_fast}}};
constexpr std::array<Objective, 3> kCheckoutObjectives{
    {{"success", checkout_success}, {"pay_ok", checkout_pay_ok, Step::kPayOk}, {"e2e", checkout_e2e}}};

}  // namespace

Verdict search_fast(const AttemptTruth& a) { return by_client_clock(a, a.start_ns, Step::kResults, 1'000); }

Verdict checkout_success(const AttemptTruth& a) {
  constexpr std::int64_t kWaitedOverNs = 3'000'000'000;
  if (!reached(a, Step::kPay)) return Verdict::kFunnel;
  switch (a.outcome) {
    case Outcome::kSuccess:
      return Verdict::kGood;
    case Outcome::kFailedSystem:
      return Verdict::kBad;
    case Outcome::kAbandonedWaiting:
      return a.waited_ns > kWaitedOverNs ? Verdict::kBad : Verdict::kExcluded;
    case Outcome::kUnknown:
      return Verdict::kUnknown;
    default:
      return Verdict::kExcluded;
  }
}

Verdict checkout_pay_ok(const AttemptTruth& a) {
  if (!reached(a, Step::kPay)) return Verdict::kFunnel;
  if (!reached(a, Step::kPayOk)) return not_reached(a, a.pay_ns, 800);
  return a.pay_ok_ns - a.pay_ns < 800'000'000 ? Verdict::kGood : Verdict::kBad;
}

Verdict checkout_e2e(const AttemptTruth& a) {
  return reached(a, Step::kPay) ? by_client_clock(a, a.pay_ns, Step::kConfirmed, 3'000) : Verdict::kFunnel;
}

std::string objectives_text(const Truth& truth, JourneyName journey) {
  const bool search = journey == JourneyName::kSearch;
  const std::span<const Objective> objectives =
      search ? std::span<const Objective>(kSearchObjectives) : std::span<const Objective>(kCheckoutObjectives);
  std::string text = "{";
  for (const Objective& objective : objectives) {
    std::array<std::uint64_t, kVerdictNames.size()> counts{};
    for (const AttemptTruth& a : truth.attempts) {
      const bool early = objective.to != Step::kCount && reached(a, objective.to);
      if (a.journey == journey && (early || !is_open(a, truth)))
        ++counts[static_cast<std::size_t>(objective.verdict(a))];
    }
    fmt::format_to(std::back_inserter(text), R"({}"{}": {{)", text.size() > 1 ? ", " : "", objective.name);
    for (std::size_t v = 0; v < counts.size(); ++v) {
      fmt::format_to(std::back_inserter(text), R"({}"{}": {})", v == 0 ? "" : ", ", kVerdictNames[v], counts[v]);
    }
    text += "}";
  }
  return text + "}";
}

}  // namespace bellrock::traffic
