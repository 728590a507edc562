// Random journeys, and visitors who do anything at all, on a grid of times on which the ends of windows are met
// exactly. The same seed gives the same. Any thread; one Generator for one sequence of events.
#pragma once

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/dataplane/journey/journey_fixture.h"

namespace bellrock::journey {

inline constexpr std::uint64_t kVisitors = 8;  // of a round
inline constexpr Duration kGrid = 100 * kMillisecond;

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
    for (Identity& identity : d.identities) identity.link = chance(30);
    for (const char* name : {"x", "y", "z"})
      d.dimensions.push_back({.name = name, .source = {}, .values = {"1", "2"}, .bounds = {}});
    d.dimensions.push_back({.name = "t", .source = {}, .values = {}, .bounds = {}, .top = 5});
    d.dimensions.push_back(
        {.name = "w", .source = {SourceKind::kAnswerTime, 0, "", ""}, .values = {"1", "2"}, .bounds = {10, 20}});
    d.correlates = {{}, {}};
    d.amounts = {{}, {}};
    d.clocks = {{}, {}};
    const std::size_t journeys = 1 + below(4);
    for (std::size_t i = 0; i < journeys; ++i) d.journeys.push_back(journey());
    d.limits.sessions_per_core = 4 * kVisitors;
    d.limits.attempts_per_core = 2 * kVisitors * 64;
    d.limits.links_per_core = 2 * kVisitors;
    return d;
  }

  // The next event of somebody, some time after `now`.
  Event event(const Definition& d, Instant now) {
    const std::uint64_t visitor = below(kVisitors);
    const auto identity = IdentityId{visitor % d.identities.size()};
    Event e = make_event(visitor, now + pause(), chance(8) ? Channel::kReport : static_cast<Channel>(below(4)));
    e.identity = identity;
    e.owner_hash = static_cast<std::uint32_t>(visitor * 2'654'435'761u);
    if (d.identities[identity.index()].link) add_keys(e, visitor);
    if (e.channel == Channel::kHttpResponse) e.edge_time = e.time - within(3) * kGrid;
    if (e.channel == Channel::kHttpEnd) {
      e.aborted = chance(85);
      e.missed = !e.aborted && chance(50);
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
    if (chance(8)) e.filter = static_cast<Filter>(1 + below(3));
    if (of_synthetic(d, e) && chance(70)) e.filter = Filter::kSynthetic;
    EventExtras::Values& says = e.extras.say();
    for (std::uint64_t& amount : says.amounts) {
      if (chance(40)) amount = chance(80) ? 1 + below(100'000) : kBadAmount;
    }
    for (std::uint32_t& value : says.correlates) {
      if (e.match_count != 0 && chance(50)) value = static_cast<std::uint32_t>(1 + below(4));
    }
    for (std::size_t i = 0; i < d.dimensions.size(); ++i) {
      if (d.dimensions[i].top != 0) {
        if (chance(20)) add_top(e, DimensionId{i}, chance(15) ? std::string() : std::string(1, letter()));
        continue;
      }
      if (d.dimensions[i].source.kind == SourceKind::kAnswerTime && e.channel != Channel::kHttpResponse) continue;
      if (chance(20)) e.dimensions[e.dimension_count++] = {DimensionId{i}, static_cast<std::uint8_t>(below(3))};
    }
    if (e.channel == Channel::kBeacon) {
      for (std::size_t i = 0; i < d.clocks.size(); ++i) {
        if (chance(60))
          e.clocks[e.clock_count++] = {ClockId{i}, chance(80), chance(50) ? within(80 * kSecond) : within(30) * kGrid};
      }
      if (chance(25)) says.answer = answer(d, identity);
    }
    return e;
  }

 private:
  static bool of_synthetic(const Definition& d, const Event& e) {
    return std::any_of(e.matches.begin(), e.matches.begin() + e.match_count,
                       [&d](const StepMatch& match) { return d.journeys[match.journey.index()].synthetic; });
  }

  Answer answer(const Definition& d, IdentityId identity) {
    const auto question = static_cast<Question>(below(kQuestions));
    const AnswerRange range = range_of(question);
    const auto score = static_cast<std::uint8_t>(range.first + below(std::uint64_t{1} + range.last - range.first));
    const auto journey = static_cast<std::uint16_t>(chance(30) ? 1 + below(d.journeys.size()) : 0);
    return {question, score, identity, journey};
  }

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

  // Every visitor has three keys of his own, and now and then one comes with somebody else's.
  void add_keys(Event& e, std::uint64_t visitor) {
    const auto any_of = [this](std::uint64_t of) { return key_of(100 + of + kVisitors * (chance(60) ? 0 : below(3))); };
    const VisitorKey own = any_of(visitor);
    e.key = own.key;
    e.owner_hash = own.hash;
    if (e.channel == Channel::kHttpResponse || e.channel == Channel::kHttpEnd || !chance(12)) return;
    for (std::uint64_t more = 1 + below(3); more > 0; --more) {
      const VisitorKey another = any_of(chance(80) ? visitor : (visitor + 2 * below(4)) % kVisitors);
      const auto known = e.extras.more_keys();
      const bool twice = another.key == own.key || std::any_of(known.begin(), known.end(), [&](const VisitorKey& key) {
                           return key.key == another.key;
                         });
      if (!twice) add_key(e, another);
    }
  }

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

  char letter() { return static_cast<char>('a' + below(4)); }

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
    j.synthetic = chance(10);
    if (chance(30)) j.value = {static_cast<std::uint8_t>(1 + below(2)), StepId{below(j.steps.size())}, "EUR", 0};
    if (chance(40)) j.correlate = static_cast<std::uint8_t>(1 + below(2));
    if (chance(70)) watch_silence(j);
    for (std::size_t i = below(4); i > 0; --i) j.objectives.push_back(objective(j));
    j.per_session = chance(30);
    if (chance(40)) add_consistency(j);
    if (chance(50)) j.recovery.within = (1 + within(j.idle / kGrid)) * kGrid;
    if (chance(50)) add_feedback(j);
    for (std::size_t i = 0; i < 5; ++i) {
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

  void add_feedback(Journey& j) {
    j.feedback.questions = static_cast<std::uint8_t>(1 + below(kQuestionMask));
    for (std::size_t i = 0; i < j.objectives.size(); ++i) {
      if (j.objectives[i].sli != Sli::kLatency || chance(40)) continue;
      j.feedback.has_latency = true;
      j.feedback.of = ObjectiveId{i};
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

}  // namespace bellrock::journey
