// Random journeys and random visitors: the tracker, sharded and restarted at will, against the reference.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iterator>
#include <random>
#include <sstream>

#include "tests/property/journey/reference.h"
#include "tests/unit/dataplane/journey/journey_fixture.h"

namespace bellrock::journey {
namespace {

// One visitor's events are one sequence. Sanitizers make each ten times as dear; BELLROCK_JOURNEY_SEQUENCES in the
// environment says another number, BELLROCK_JOURNEY_SEED where they begin.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kSequences = 20'000;
#else
constexpr std::uint64_t kSequences = 160'000;
#endif
constexpr std::uint64_t kVisitors = 8;  // of a round
constexpr int kEventsPerVisitor = 25;
constexpr std::size_t kShardsMax = 8;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}
constexpr Duration kGrid = 100 * kMillisecond;

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool chance(int percent) { return below(100) < static_cast<std::uint64_t>(percent); }
  Duration within(Duration bound) { return static_cast<Duration>(below(static_cast<std::uint64_t>(bound))); }

  Definition definition() {
    Definition d;
    d.identities = {{.name = "a", .keys = {}, .max = 100 * kSecond, .idle = chance(50) ? 20 * kSecond : 25 * kSecond},
                    {.name = "b", .keys = {}, .max = 40 * kSecond, .idle = 20 * kSecond}};
    for (const char* name : {"x", "y", "z"}) d.dimensions.push_back({.name = name, .source = {}, .values = {"1", "2"}});
    d.correlates = {{}, {}};
    d.amounts = {{}, {}};
    d.clocks = {{}, {}};
    const std::size_t journeys = 1 + below(4);
    for (std::size_t i = 0; i < journeys; ++i) d.journeys.push_back(journey());
    d.limits.sessions_per_core = 2 * kVisitors;
    d.limits.attempts_per_core = 2 * kVisitors * 64;
    return d;
  }

  // The next event of somebody, some time after `now`.
  Event event(const Definition& d, Instant now) {
    const std::uint64_t visitor = below(kVisitors);
    const auto identity = IdentityId{visitor % d.identities.size()};
    Event e = make_event(visitor, now + pause(), static_cast<Channel>(below(4)));
    e.identity = identity;
    e.owner_hash = static_cast<std::uint32_t>(visitor * 2'654'435'761u);
    if (e.channel == Channel::kHttpResponse) e.edge_time = e.time - within(3) * kGrid;
    if (e.channel == Channel::kHttpEnd) {
      e.aborted = chance(70);
      if (chance(50)) e.edge_time = {};
    }
    if (e.channel == Channel::kHttpRequest) requests_.push_back(e.edge_time);
    if (e.channel == Channel::kBeacon) pages_[visitor].number(*this, e);
    if (e.channel == Channel::kHttpResponse || e.channel == Channel::kHttpEnd) {
      if (!requests_.empty() && chance(85))
        e.request_time = requests_[requests_.size() - 1 - below(std::min<std::uint64_t>(requests_.size(), 12))];
    }
    for (std::size_t j = 0; j < d.journeys.size(); ++j) {
      if (d.journeys[j].identity != identity) continue;
      for (std::size_t s = 0; s < d.journeys[j].steps.size() && e.match_count < kEventMatchesMax; ++s) {
        if (chance(frequency(d.journeys[j].steps[s].kind))) add_match(e, JourneyId{j}, static_cast<std::uint8_t>(s));
      }
      const SilentFailure& silent = d.journeys[j].silent;
      if (e.channel != Channel::kHttpRequest || !silent.by_http || e.match_count == kEventMatchesMax) continue;
      if (chance(25)) e.matches[e.match_count++] = {JourneyId{j}, silent.expect, true};
    }
    for (std::uint64_t& amount : e.amounts) {
      if (chance(40)) amount = chance(80) ? 1 + below(100'000) : kBadAmount;
    }
    for (std::uint32_t& value : e.correlates) {
      if (e.match_count != 0 && chance(50)) value = static_cast<std::uint32_t>(1 + below(4));
    }
    for (std::size_t i = 0; i < d.dimensions.size(); ++i) {
      if (chance(20)) e.dimensions[e.dimension_count++] = {DimensionId{i}, static_cast<std::uint8_t>(below(3))};
    }
    if (e.channel == Channel::kBeacon) {
      for (std::size_t i = 0; i < d.clocks.size(); ++i) {
        if (chance(60))
          e.clocks[e.clock_count++] = {ClockId{i}, chance(80), chance(50) ? within(80 * kSecond) : within(30) * kGrid};
      }
    }
    return e;
  }

 private:
  // What a visitor's browser numbers its beacons with, and what the network makes of it.
  class Pages {
   public:
    void number(Generator& random, Event& event) {
      if (begin_ < 0) begin_ = static_cast<int>(random.below(4));
      if (begin_ == 3 || random.chance(5)) return;  // no numbers
      if (random.chance(12)) open_page(random);
      if (random.chance(8)) ++next_;                         // lost
      if (random.chance(2)) next_ += 20 + random.below(25);  // a great many are
      std::pair<std::uint64_t, std::uint64_t> sent{page_, next_};
      if (random.chance(5)) {
        sent = last_;  // twice
      } else if (!late_.empty() && random.chance(30)) {
        sent = late_.back();
        late_.pop_back();
      } else {
        ++next_;
        if (random.chance(15)) late_.push_back(sent), sent.second = next_++;
      }
      last_ = sent;
      event.numbered = true;
      event.page_view = static_cast<std::uint32_t>(sent.first);
      event.number = static_cast<std::uint32_t>(sent.second);
    }

   private:
    void open_page(Generator& random) {
      page_ = random.below(50);
      if (begin_ < 2) next_ = static_cast<std::uint64_t>(begin_);  // else numbers go on over pages
    }
    int begin_ = -1;
    std::uint64_t page_ = 1, next_ = 1;
    std::pair<std::uint64_t, std::uint64_t> last_{1, 1};
    std::vector<std::pair<std::uint64_t, std::uint64_t>> late_;
  };

  // On a grid, so that ties, the ends of `within`, `idle` and `max` and of windows are met exactly; now and then one
  // nanosecond to either side, and long silences.
  Duration pause() {
    switch (below(60)) {
      case 0:
        return 10 * kSecond - 1 + within(3);
      case 1:
        return 20 * kSecond - 1 + within(3);
      case 2:
        return within(60 * kSecond);
      default:
        return within(8) * kGrid;
    }
  }

  // Per cent of the visitor's messages that match a step of this kind: rare ends let attempts pile up.
  static int frequency(StepKind kind) {
    constexpr int kPerCent[] = {9, 22, 14, 7, 5, 4, 15};
    return kPerCent[static_cast<std::size_t>(kind)];
  }

  Journey journey() {
    Journey j;
    j.identity = IdentityId{below(2)};
    j.idle = chance(50) ? 10 * kSecond : 20 * kSecond;
    j.strict_order = chance(35);
    add(j, StepKind::kStart, 1);
    add(j, StepKind::kStart, below(5) == 0);
    const std::size_t more = 2 + below(7);
    for (std::size_t i = 0; i < more; ++i) add(j, static_cast<StepKind>(below(7)), 1);
    add(j, StepKind::kSuccess, 1);
    j.restart_continues = chance(20);
    if (chance(30)) j.value = {static_cast<std::uint8_t>(1 + below(2)), StepId{below(j.steps.size())}, "EUR", 0};
    if (chance(40)) j.correlate = static_cast<std::uint8_t>(1 + below(2));
    if (chance(70)) watch_silence(j);
    for (std::size_t i = below(4); i > 0; --i) j.objectives.push_back(objective(j));
    j.per_session = chance(30);
    if (chance(40)) add_consistency(j);
    for (std::size_t i = 0; i < 3; ++i) {
      if (chance(30)) j.dimensions.emplace_back(i);
    }
    return j;
  }

  void add(Journey& j, StepKind kind, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      Step step = make_step("s" + std::to_string(j.steps.size()), kind);
      step.failure_class = static_cast<FailureClass>(below(3));
      step.optional = chance(40);
      step.repeatable = chance(30);
      if (kind != StepKind::kStart && chance(20)) step.within = (1 + within(30)) * kGrid;
      j.has_commit = j.has_commit || kind == StepKind::kCommit;
      j.steps.push_back(step);
    }
  }

  void watch_silence(Journey& j) {
    const auto last_of = [&j](StepKind kind) {
      for (std::size_t i = j.steps.size(); i-- > 0;) {
        if (j.steps[i].kind == kind) return static_cast<int>(i);
      }
      return -1;
    };
    const int ack = last_of(StepKind::kAck), success = last_of(StepKind::kSuccess);
    if (ack < 0) return;
    j.silent = {.watched = true,
                .after = StepId{static_cast<std::size_t>(ack)},
                .expect = StepId{static_cast<std::size_t>(success)},
                .within = (1 + within(60)) * kGrid,
                .by_http = chance(40),
                .by_beacon = true};
    if (j.silent.by_http) j.silent.by_beacon = chance(50);
  }

  void add_consistency(Journey& j) {
    for (std::size_t i = 0; i < j.objectives.size(); ++i) {
      if (j.objectives[i].sli != Sli::kLatency || chance(50)) continue;
      Objective o;
      o.sli = Sli::kConsistency;
      o.of = ObjectiveId{i};
      o.min_attempts = static_cast<std::uint8_t>(1 + below(3));
      j.objectives.insert(j.objectives.begin() + static_cast<std::ptrdiff_t>(chance(50) ? i + 1 : j.objectives.size()),
                          o);
      return;
    }
  }

  Objective objective(Journey& j) {
    const auto step = [&] { return static_cast<std::uint8_t>(below(j.steps.size())); };
    if (chance(50)) {
      Objective o = make_success("o", step());
      o.bad = static_cast<std::uint16_t>(below(1 << kOutcomeNames.size()));
      o.waited_over = within(8) * kGrid;
      return o;
    }
    Objective o = make_latency("o", step(), step(), within(30) * kGrid);
    o.or_equal = chance(50);
    o.failed = chance(50) ? FailedRule::kBad : FailedRule::kExclude;
    o.superseded = chance(50) ? SupersededRule::kCensor : SupersededRule::kBad;
    o.edge_clock = chance(60);
    o.has_client_clock = chance(60);
    o.client_clock = ClockId{below(2)};
    if (std::find(j.marks.begin(), j.marks.end(), o.from) == j.marks.end()) j.marks.push_back(o.from);
    return o;
  }

  std::mt19937_64 random_;
  std::vector<Instant> requests_;
  std::array<Pages, kVisitors> pages_;
};

using Cells = std::map<std::pair<std::int64_t, CellKey>, std::pair<std::uint64_t, std::vector<Duration>>>;

void add_cells(const auto& from, Cells& to) {
  for (const auto& [at, cell] : from) {
    auto& sum = to[at];
    sum.first += cell.count;
    sum.second.insert(sum.second.end(), cell.values.begin(), cell.values.end());
  }
}
Cells sorted(Cells cells) {
  for (auto& [at, cell] : cells) std::sort(cell.second.begin(), cell.second.end());
  return cells;
}

using Fields =
    std::tuple<std::uint16_t, Outcome, Instant, Instant, Duration, Duration, std::uint32_t, bool, std::uint64_t>;
std::uint64_t amount_of(const OutcomeRecord& ended) { return ended.amount; }
std::uint64_t amount_of(const reference::Ended& ended) { return ended.worth ? *ended.worth + 1 : 0; }
std::uint16_t number_of(JourneyId journey) { return journey.value; }
std::uint16_t number_of(std::size_t journey) { return static_cast<std::uint16_t>(journey); }
std::vector<Fields> sorted(const auto& ends) {
  std::vector<Fields> all;
  for (const auto& r : ends) {
    all.emplace_back(number_of(r.journey), r.outcome, r.start, r.end, r.duration, r.waited, r.steps_seen, r.retried,
                     amount_of(r));
  }
  std::sort(all.begin(), all.end());
  return all;
}

// What is in one list of ends only, for people.
std::string only_in(const std::vector<Fields>& one, const std::vector<Fields>& other) {
  std::vector<Fields> rest;
  std::set_difference(one.begin(), one.end(), other.begin(), other.end(), std::back_inserter(rest));
  std::ostringstream out;
  for (const auto& [journey, outcome, start, end, duration, waited, steps, retried, amount] : rest) {
    out << "  journey " << journey << ' ' << kOutcomeNames[static_cast<std::size_t>(outcome)] << " from "
        << (start - kDay) / kMillisecond << " ms to " << (end - kDay) / kMillisecond << " ms, steps " << steps
        << ", amount " << amount << '\n';
  }
  return out.str();
}

// The owners of one round, and the reference beside them.
class Round {
 public:
  Round(std::uint64_t seed, std::size_t shards)
      : random(seed), definition_(random.definition()), reference_(definition_) {
    for (std::size_t i = 0; i < shards; ++i) owners_.push_back(std::make_unique<Owner>(definition_));
  }

  // How many attempts ended how, over all rounds.
  static inline std::array<std::uint64_t, kOutcomeNames.size()> ended_as{};

  void run() {
    Instant now = kDay;
    for (int i = 0; i < static_cast<int>(kVisitors) * kEventsPerVisitor; ++i) {
      const Event event = random.event(definition_, now);
      now = event.time;
      Owner& owner = *owners_[event.owner_hash % owners_.size()];
      owner.roll_to(event.time);
      if (random.chance(1)) kill_within(owner, event);
      owner.apply(event);
      if (random.chance(2)) owners_[random.below(owners_.size())]->restart();
      reference_.on_event(event);
      expect_conserved(owner);
      if (random.chance(1)) compare_levels(now);
    }
    finish();
  }

 private:
  // The process dies at some store of the event; its successor finds the board as it was before.
  void kill_within(Owner& owner, const Event& event) {
    const std::vector<std::byte> before(owner.memory().begin(), owner.memory().end());
    const FakeCells cells = owner.cells;
    const Counters counters = owner.counters;
    const auto outcomes = owner.outcomes.size();
    owner.tracker().on_event(event);
    JournalRecord& record = owner.record();
    const std::uint64_t stores = record.count;
    const std::uint64_t survived = random.below(stores + 1);
    for (std::uint64_t i = stores; i-- > survived;) {
      std::memcpy(owner.memory().data() + record.entries[i].offset, &record.entries[i].before, 8);
    }
    // The entry of the next store may have been written and the store not made.
    record.count = std::min(stores, survived + random.below(2));
    owner.restart();
    owner.cells = cells;
    owner.counters = counters;
    owner.outcomes.resize(outcomes);
    ASSERT_TRUE(std::equal(before.begin(), before.end(), owner.memory().begin()));
  }

  void expect_conserved(Owner& owner) {
    for (std::size_t j = 0; j < definition_.journeys.size(); ++j) {
      ASSERT_TRUE(owner.tracker().totals(JourneyId{j}).conserved());
    }
  }

  void compare_levels(Instant now) {
    reference_.settle_all(now);
    std::uint64_t open = 0, starts = 0;
    for (auto& owner : owners_) {
      owner->roll_to(now);
      owner->tracker().expire(now);
      owner->journal().commit();
      open += owner->tracker().live();
      for (std::size_t j = 0; j < definition_.journeys.size(); ++j) starts += owner->tracker().starts(JourneyId{j});
    }
    ASSERT_EQ(open, reference_.open());
    ASSERT_EQ(starts, reference_.starts);
  }

  void finish() {
    const Instant end = kDay + kHour * 10;
    reference_.settle_all(end);
    Cells ours, theirs;
    std::vector<OutcomeRecord> outcomes;
    std::map<EventCount, std::uint64_t> counts;
    for (auto& owner : owners_) {
      owner->roll_to(end);
      ASSERT_EQ(owner->tracker().live(), 0u);
      add_cells(owner->cells.windows(), ours);
      outcomes.insert(outcomes.end(), owner->outcomes.begin(), owner->outcomes.end());
      for (std::size_t i = 0; i < static_cast<std::size_t>(EventCount::kCount); ++i) {
        const auto what = static_cast<EventCount>(i);
        if (owner->counted(what) != 0) counts[what] += owner->counted(what);
      }
    }
    for (const OutcomeRecord& ended : outcomes) ++ended_as[static_cast<std::size_t>(ended.outcome)];
    add_cells(reference_.cells, theirs);
    EXPECT_EQ(counts, reference_.counts);
    const auto tracked = sorted(outcomes), expected = sorted(reference_.outcomes);
    EXPECT_TRUE(tracked == expected) << "only tracked:\n"
                                     << only_in(tracked, expected) << "only by the reference:\n"
                                     << only_in(expected, tracked);
    EXPECT_TRUE(sorted(std::move(ours)) == sorted(std::move(theirs)));
  }

  Generator random;
  const Definition definition_;
  reference::Evaluator reference_;
  std::vector<std::unique_ptr<Owner>> owners_;
};

TEST(JourneyProperty, AnyShardingAndAnyRestartsCountWhatTheReferenceCounts) {
  const std::uint64_t rounds = from_environment("BELLROCK_JOURNEY_SEQUENCES", kSequences) / kVisitors;
  const std::uint64_t first = from_environment("BELLROCK_JOURNEY_SEED", 1);
  for (std::uint64_t seed = first; seed < first + rounds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Round(seed, 1 + seed % kShardsMax).run();
    if (HasFailure()) return;
  }
  for (std::size_t i = 0; i < kOutcomeNames.size(); ++i) {
    EXPECT_GT(Round::ended_as[i], rounds / 10) << "too few to say anything: " << kOutcomeNames[i];
  }
}

}  // namespace
}  // namespace bellrock::journey
