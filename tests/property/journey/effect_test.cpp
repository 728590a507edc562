// Traffic in which it is known what a slow answer did to whether visitors stayed. It goes through the tracker into
// cells, through the cells' names into series, and the effect that comes out is held against the one that was planted:
// inside its interval as often as an interval of 95 % has to be, and none where a stratum is slow and leaves anyway.
#include "control/slo/effect.h"

#include <algorithm>
#include <map>
#include <optional>
#include <random>

#include "control/harvest/series_names.h"
#include "tests/unit/dataplane/journey/tracker_fixture.h"

namespace bellrock::journey {
namespace {

constexpr int kSeeds = 200;

enum Steps : std::uint8_t { kOpen, kShown, kPay, kPayOk, kConfirmed };
enum Effects : std::uint8_t { kByPage, kByPayment };
const std::vector<std::string> kLeft{"abandoned", "abandoned.waiting"};

Definition shop(std::vector<std::uint8_t> strata) {
  Definition definition = make_definition();
  Journey journey;
  journey.name = "checkout";
  journey.has_commit = true;
  journey.steps = {make_step("open", StepKind::kStart), make_step("shown", StepKind::kObserve, true),
                   make_step("pay", StepKind::kCommit), make_step("pay_ok", StepKind::kAck, true),
                   make_step("confirmed", StepKind::kSuccess)};
  journey.objectives = {make_latency("shown", kOpen, kShown, kSecond), make_latency("pay_ok", kPay, kPayOk, kSecond)};
  for (Objective& objective : journey.objectives) objective.edge_clock = true;
  journey.marks = {StepId{kPay}};
  journey.dimensions = {DimensionId{0}};
  for (const std::uint8_t of : {kByPage, kByPayment}) {
    Effect effect;
    effect.name = of == kByPage ? "shown" : "pay_ok";
    effect.of = ObjectiveId{of};
    effect.outcomes = outcome_bit(Outcome::kAbandoned) | outcome_bit(Outcome::kAbandonedWaiting);
    effect.table = effect.hazard = true;
    effect.strata = strata;
    journey.effects.push_back(effect);
  }
  definition.journeys = {journey};
  definition.limits.sessions_per_core = definition.limits.attempts_per_core = 1 << 14;
  return definition;
}

// Counts and sums alone, over all windows.
class SummedCells {
 public:
  static constexpr std::size_t kJournalWordsMax = 0;
  struct Cell {
    std::uint64_t n = 0, sum = 0;
  };
  std::uint32_t reserve(const CellKey& key) {
    reserved_.push_back(key);
    return static_cast<std::uint32_t>(reserved_.size() - 1);
  }
  void count(const CellKey&) {}
  void add(const CellKey&, Duration) {}
  void sum(const CellKey& key, std::uint64_t amount) {
    Cell& cell = cells[key];
    ++cell.n;
    cell.sum += amount;
  }
  void count_at(std::uint32_t) {}
  void add_at(std::uint32_t, Duration) {}
  void sum_at(std::uint32_t cell, std::uint64_t amount) { sum(reserved_[cell], amount); }

  std::map<CellKey, Cell> cells;

 private:
  std::vector<CellKey> reserved_;
};

// What a device's visitors meet, and what they do.
struct Device {
  double page_ms, payment_ms;        // medians
  double leaves = 0, per_100ms = 0;  // share that leaves a page, and how much larger it is for 100 ms more
  double leaves_per_s = 0;           // while a payment is awaited
  double leaves_early = 0;           // within 0.4 s of a payment, whatever its answer does
};

class Traffic {
 public:
  Traffic(const Device& phone, const Device& desktop, std::uint64_t seed)
      : devices_{phone, desktop}, random_(seed * 2 + 1) {}

  std::vector<Event> visitors(std::uint64_t count) {
    for (std::uint64_t visitor = 1; visitor <= count; ++visitor) visit(visitor);
    std::stable_sort(events_.begin(), events_.end(), [](const Event& a, const Event& b) { return a.time < b.time; });
    return std::move(events_);
  }

 private:
  void visit(std::uint64_t visitor) {
    const std::size_t which = random_() % 2;
    const Device& device = devices_[which];
    double at = static_cast<double>(visitor) * 0.02;
    Event opened = request(visitor, at, kOpen);
    opened.dimensions[opened.dimension_count++] = {DimensionId{0}, static_cast<std::uint8_t>(which + 1)};
    events_.push_back(opened);
    const double page = latency(device.page_ms);
    events_.push_back(answer(visitor, at + page, at, kShown));
    if (uniform() < std::min(device.leaves + device.per_100ms * page * 10, 1.0)) return;
    at += page + 5 + uniform();
    events_.push_back(request(visitor, at, kPay));
    const double payment = latency(device.payment_ms);
    double patience = device.leaves_per_s > 0 ? -std::log(1 - uniform()) / device.leaves_per_s : 1e9;
    if (uniform() < device.leaves_early) patience = 0.05 + 0.35 * uniform();
    if (patience < payment) {
      Event gone = make_event(visitor, at_second(at + patience), Channel::kHttpEnd);
      gone.aborted = true;
      gone.request_time = at_second(at);
      events_.push_back(gone);
      return;
    }
    events_.push_back(answer(visitor, at + payment, at, kPayOk));
    Event confirmed = make_event(visitor, at_second(at + payment + 1), Channel::kBeacon);
    add_match(confirmed, JourneyId{0}, kConfirmed);
    events_.push_back(confirmed);
  }
  static Event request(std::uint64_t visitor, double at, std::uint8_t step) {
    Event event = make_event(visitor, at_second(at), Channel::kHttpRequest);
    add_match(event, JourneyId{0}, step);
    return event;
  }
  static Event answer(std::uint64_t visitor, double at, double to, std::uint8_t step) {
    Event event = make_event(visitor, at_second(at), Channel::kHttpResponse);
    event.request_time = at_second(to);
    add_match(event, JourneyId{0}, step);
    return event;
  }
  double uniform() { return std::uniform_real_distribution<>(0, 1)(random_); }
  double latency(double median_ms) { return median_ms / 1e3 * std::exp(0.6 * normal_(random_)); }

  std::array<Device, 2> devices_;
  std::mt19937_64 random_;
  std::normal_distribution<> normal_;
  std::vector<Event> events_;
};

struct Found {
  std::map<std::uint8_t, std::vector<slo::StratumCounts>> strata, crude;  // by effect
  std::uint64_t starts = 0, ended = 0;
};

Found count(const Definition& definition, const std::vector<Event>& events) {
  TableMemory memory(definition.limits.sessions_per_core, definition.limits.attempts_per_core);
  auto record = std::make_unique<JournalRecord>();
  Journal journal(memory.span().data(), memory.span().size(), record.get());
  SummedCells cells;
  Counters counters;
  Tracker<SummedCells> tracker(definition, memory.span(), cells, journal, counters);
  for (const Event& event : events) {
    tracker.on_event(event);
    journal.commit();
  }
  tracker.expire(at_second(1e6));
  journal.commit();
  Found found{{}, {}, tracker.starts(JourneyId{0}), 0};
  for (std::size_t i = 0; i < kOutcomeNames.size(); ++i) {
    found.ended += tracker.outcomes(JourneyId{0}, static_cast<Outcome>(i));
  }
  const harvest::SeriesNames names(definition);
  std::map<std::pair<std::uint8_t, std::vector<std::pair<std::string, std::string>>>, slo::StratumCounts> all;
  for (const auto& [key, cell] : cells.cells) {
    if (key.kind != CellKind::kEffect) continue;
    control::SeriesSum series{*names.series(key), {}};
    series.total.n = cell.n;
    series.total.sum_ns = cell.sum;
    EXPECT_TRUE(slo::add(series, kLeft, all[{static_cast<std::uint8_t>(effect_of(key.item)), series.key.dimensions}]));
  }
  for (auto& [which, counts] : all) (which.second.empty() ? found.crude : found.strata)[which.first].push_back(counts);
  return found;
}

// Of estimates whose truth is known.
struct Coverage {
  int known = 0, covered = 0, seen = 0, crude_seen = 0;
  void add(const slo::EffectEstimate& estimate, double truth) {
    if (!estimate.known()) return;
    ++known;
    covered += estimate.low <= truth && truth <= estimate.high;
    seen += estimate.verdict == slo::EffectVerdict::kRaises || estimate.verdict == slo::EffectVerdict::kLowers;
  }
  // Of an interval of 95 %, over 200 seeds.
  [[nodiscard]] bool right() const {
    return known >= kSeeds * 97 / 100 && 100 * covered >= 90 * known && 100 * covered <= 99 * known;
  }
};
std::ostream& operator<<(std::ostream& out, const Coverage& c) {
  return out << c.covered << " of " << c.known << " covered, seen " << c.seen << ", crude " << c.crude_seen;
}

TEST(Effect, OfAPageThatIsSlowerIsInsideItsIntervalAsOftenAsItHasToBe) {
  const Definition definition = shop({0});
  const double truth = 0.015;
  Coverage coverage;
  for (int seed = 0; seed < kSeeds; ++seed) {
    Traffic traffic({300, 400, 0.05, truth}, {700, 900, 0.15, truth}, static_cast<std::uint64_t>(seed));
    const Found found = count(definition, traffic.visitors(4'000));
    coverage.add(slo::table_effect(found.strata.at(kByPage)), truth);
  }
  EXPECT_TRUE(coverage.right()) << coverage;
  testing::Test::RecordProperty("covered", coverage.covered);
  EXPECT_GT(coverage.seen, kSeeds * 9 / 10) << coverage;
}

TEST(Effect, IsInsideItsIntervalAsOftenAsItHasToBeWhereFewLeave) {
  const Definition definition = shop({0});
  const double truth = 0.004;
  Coverage coverage;
  for (int seed = 0; seed < kSeeds; ++seed) {
    Traffic traffic({300, 400, 0.02, truth}, {700, 900, 0.03, truth}, static_cast<std::uint64_t>(seed));
    const Found found = count(definition, traffic.visitors(1'500));
    coverage.add(slo::table_effect(found.strata.at(kByPage)), truth);
  }
  EXPECT_TRUE(coverage.right()) << coverage;
  testing::Test::RecordProperty("covered", coverage.covered);
}

TEST(Effect, OfAnAnswerThatIsAwaitedIsInsideItsIntervalAsOftenAsItHasToBe) {
  const Definition definition = shop({0});
  const double truth = 0.01;  // for 100 ms, of 0.1 a second
  Coverage coverage;
  for (int seed = 0; seed < kSeeds; ++seed) {
    Traffic traffic({300, 400, 0, 0, 10 * truth}, {300, 900, 0, 0, 10 * truth}, static_cast<std::uint64_t>(seed));
    const Found found = count(definition, traffic.visitors(4'000));
    coverage.add(slo::hazard_effect(found.strata.at(kByPayment)), truth);
  }
  EXPECT_TRUE(coverage.right()) << coverage;
  testing::Test::RecordProperty("covered", coverage.covered);
  EXPECT_GT(coverage.seen, kSeeds * 9 / 10) << coverage;
}

TEST(Effect, OfADeviceThatIsSlowAndLeavesAnywayIsNoneThoughTheCrudeFigureSaysOtherwise) {
  const Definition definition = shop({0});
  Coverage coverage;
  for (int seed = 0; seed < kSeeds; ++seed) {
    Traffic traffic({300, 400, 0.05}, {1'400, 400, 0.3}, static_cast<std::uint64_t>(seed));
    const Found found = count(definition, traffic.visitors(4'000));
    coverage.add(slo::table_effect(found.strata.at(kByPage)), 0);
    const slo::EffectEstimate crude = slo::table_effect(found.crude.at(kByPage));
    coverage.crude_seen += crude.known() && crude.low > 0;
  }
  EXPECT_TRUE(coverage.right()) << coverage;
  testing::Test::RecordProperty("covered", coverage.covered);
  EXPECT_EQ(coverage.seen, coverage.known - coverage.covered);
  EXPECT_EQ(coverage.crude_seen, kSeeds) << "the crude figure is taken in every time";
}

TEST(Effect, OfADeviceWhoseVisitorsLeaveBeforeAnyAnswerIsNoneThoughTheCrudeFigureSaysOtherwise) {
  const Definition definition = shop({0});
  int stratified = 0, crude = 0;
  for (int seed = 0; seed < 20; ++seed) {
    Traffic traffic({300, 180}, {300, 6'000, 0, 0, 0, 0.3}, static_cast<std::uint64_t>(seed));
    const Found found = count(definition, traffic.visitors(4'000));
    const slo::EffectEstimate effect = slo::hazard_effect(found.strata.at(kByPayment));
    stratified += effect.known() && effect.per_100ms > 0.001;
    const slo::EffectEstimate without = slo::hazard_effect(found.crude.at(kByPayment));
    crude += without.known() && without.low > 0.001;
  }
  EXPECT_EQ(stratified, 0);
  EXPECT_EQ(crude, 20);
}

TEST(Effect, CountsEveryAttemptThatCameToWhereTheLatencyBeginsOnceInTotalAndOnceByStrata) {
  const Definition definition = shop({0, journey::Effect::kReturning});
  Traffic traffic({300, 400, 0.05, 0.01, 0.1}, {700, 900, 0.15, 0, 0, 0.2}, 7);
  const std::vector<Event> events = traffic.visitors(10'000);
  const Found found = count(definition, events);
  const auto paid = static_cast<std::uint64_t>(std::count_if(events.begin(), events.end(), [](const Event& event) {
    return event.match_count != 0 && event.matches[0].step == StepId{kPay};
  }));
  const auto sum = [](const std::vector<slo::StratumCounts>& strata) {
    std::uint64_t n = 0;
    for (const auto& stratum : strata) {
      for (const auto& wait : stratum.waits) n += wait.n();
    }
    return n;
  };
  EXPECT_EQ(found.starts, 10'000u);
  EXPECT_EQ(found.ended, found.starts);
  for (const auto* all : {&found.crude, &found.strata}) {
    EXPECT_EQ(sum(all->at(kByPage)), found.starts);
    EXPECT_EQ(sum(all->at(kByPayment)), paid);
  }
  EXPECT_EQ(found.strata.at(kByPage).size(), 2u) << "nobody comes twice";
}

}  // namespace
}  // namespace bellrock::journey
