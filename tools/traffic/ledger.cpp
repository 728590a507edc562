#include "tools/traffic/ledger.h"

#include <algorithm>

#include "dataplane/base/check.h"

namespace bellrock::traffic {

AttemptTruth& Ledger::begin(JourneyName journey, std::int64_t at_us) {
  AttemptTruth& attempt = attempts_.emplace_back();
  attempt.journey = journey;
  attempt.sid = sid_;
  attempt.device = device_;
  attempt.start_ns = at_us * 1'000;
  return attempt;
}

void Ledger::start(JourneyName journey, Step step_name, std::int64_t at_us) {
  if (open(journey) && !newest(journey).committed) end(journey, Outcome::kSuperseded, at_us);
  begin(journey, at_us);
  step(journey, step_name, at_us);
}

void Ledger::retry(std::int64_t at_us) {
  begin(JourneyName::kCheckout, at_us).retried = true;
  step(JourneyName::kCheckout, Step::kPay, at_us);
}

AttemptTruth& Ledger::newest(JourneyName journey) {
  const auto found =
      std::find_if(attempts_.rbegin(), attempts_.rend(), [&](const AttemptTruth& a) { return a.journey == journey; });
  CHECK(found != attempts_.rend());
  return *found;
}

void Ledger::step(JourneyName journey, Step step_name, std::int64_t at_us) {
  AttemptTruth& attempt = newest(journey);
  CHECK(!attempt.decided);
  ++attempt.steps[static_cast<std::size_t>(step_name)];
  if (step_name == Step::kPay) attempt.pay_ns = at_us * 1'000;
  if (step_name == Step::kPayOk) attempt.pay_ok_ns = at_us * 1'000;
  // Without a commit step the acknowledgement commits.
  attempt.committed |= step_name == Step::kPay || step_name == Step::kPage;
}

void Ledger::end(JourneyName journey, Outcome outcome, std::int64_t at_us) {
  AttemptTruth& attempt = newest(journey);
  CHECK(!attempt.decided);
  attempt.decided = true;
  attempt.outcome = outcome;
  attempt.end_ns = at_us * 1'000;
}

bool Ledger::open(JourneyName journey) const {
  const auto found =
      std::find_if(attempts_.rbegin(), attempts_.rend(), [&](const AttemptTruth& a) { return a.journey == journey; });
  return found != attempts_.rend() && !found->decided;
}

std::size_t Ledger::pending(JourneyName journey) const {
  return static_cast<std::size_t>(std::count_if(attempts_.begin(), attempts_.end(), [&](const AttemptTruth& a) {
    return a.journey == journey && !a.decided && a.committed;
  }));
}

std::vector<AttemptTruth> Ledger::leave(std::int64_t last_activity_us) {
  for (AttemptTruth& attempt : attempts_) {
    if (attempt.decided) continue;
    attempt.outcome = attempt.committed ? Outcome::kUnknown : Outcome::kAbandoned;
    const std::int64_t idle = attempt.journey == JourneyName::kSearch ? kSearchIdleUs : kCheckoutIdleUs;
    attempt.end_ns = (last_activity_us + idle) * 1'000;
    if (attempt.forgotten_ns == 0 || attempt.forgotten_ns > attempt.end_ns) continue;
    attempt.outcome = Outcome::kFailedSystem;
    attempt.end_ns = attempt.forgotten_ns;
  }
  return std::move(attempts_);
}

}  // namespace bellrock::traffic
