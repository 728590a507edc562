// Traffic in which it is known whose order was shown as confirmed and whose never was. What the tracker calls a silent
// failure must be one, and none may hide; browsers that block beacons, and beacons that get lost, must not look like
// failures.
#include <algorithm>
#include <map>
#include <random>

#include "tests/unit/dataplane/journey/tracker_fixture.h"

namespace bellrock::journey {
namespace {

constexpr std::uint64_t kVisitors = 20'000;

enum class Fate : std::uint8_t {
  kConfirmed,         // the page says that the order is there
  kSilent,            // it never does, though it lives on and its visitor with it
  kBlocked,           // it does, but no beacon of this browser ever arrives
  kSilentAndBlocked,  // it does not, and nobody can know
};

// What becomes of the visitor once the order is confirmed.
enum class After : std::uint8_t {
  kBrowses,   // he looks at other pages until the page of thanks is surely late
  kLeaves,    // he leaves the shop, and the page says that it is left
  kVanishes,  // nothing more is said: the browser dies, or the page is one that does not say when it is left
};

struct Traffic {
  double loss = 0;       // of beacons, each by itself
  bool numbered = true;  // beacons carry their session's numbers
  After after = After::kBrowses;
};

// A visitor's events, as the edge sees them.
class Visitor {
 public:
  Visitor(std::uint64_t number, Fate fate, const Traffic& traffic, std::vector<Event>& events)
      : number_(number),
        fate_(fate),
        traffic_(traffic),
        random_(number * 2 + 1),
        seconds_(begin_of(number)),
        events_(events) {}

  // Nobody else's.
  static double begin_of(std::uint64_t number) { return static_cast<double>(number) * 0.05; }

  void shop() {
    ask(checkout::kOpen);
    say();
    wait(2, 20);
    say(checkout::kAddress);
    wait(3, 30);
    const double paid = seconds_;
    ask(checkout::kPay);
    wait(0.1, 0.9);
    Event answer = make_event(number_, at_second(seconds_), Channel::kHttpResponse);
    answer.request_time = at_second(paid);
    add_match(answer, checkout::kId, checkout::kPayOk);
    events_.push_back(answer);
    confirmation();
    for (int page = 0; page < 5 && traffic_.after == After::kBrowses; ++page) {
      ask();
      look_at_page();
    }
  }

 private:
  void confirmation() {
    wait(0.05, 0.5);
    ask();
    wait(0.3, 2);
    say();
    if (fate_ == Fate::kConfirmed || fate_ == Fate::kBlocked) {
      wait(0.1, 3);
      say(checkout::kConfirmed);
    }
    if (traffic_.after == After::kVanishes) return;
    wait(1, 8);
    say();
    leave_page();
  }
  // A page says something when it is there and when it is left, as the snippet does.
  void look_at_page() {
    wait(0.2, 2);
    say();
    leave_page();
  }
  void leave_page() {
    wait(3, 30);
    say();
    wait(0.1, 0.5);
  }
  void wait(double from, double to) { seconds_ += std::uniform_real_distribution(from, to)(random_); }
  void ask(int step = -1) { add(Channel::kHttpRequest, step); }
  void say(int step = -1) {
    ++said_;
    const bool lost = std::uniform_real_distribution(0.0, 1.0)(random_) < traffic_.loss;
    if (lost || fate_ == Fate::kBlocked || fate_ == Fate::kSilentAndBlocked) return;
    add(Channel::kBeacon, step);
    if (traffic_.numbered) add_number(events_.back(), 1, said_);
  }
  void add(Channel channel, int step) {
    Event event = make_event(number_, at_second(seconds_), channel);
    if (step >= 0) add_match(event, checkout::kId, static_cast<std::uint8_t>(step));
    events_.push_back(event);
  }

  const std::uint64_t number_;
  const Fate fate_;
  const Traffic traffic_;
  std::mt19937_64 random_;
  double seconds_;
  std::uint32_t said_ = 0;
  std::vector<Event>& events_;
};

Fate fate_of(std::uint64_t visitor) {
  const std::uint64_t roll = visitor * 2'654'435'761 % 100;
  return roll < 3 ? Fate::kSilent : roll < 6 ? Fate::kBlocked : roll < 7 ? Fate::kSilentAndBlocked : Fate::kConfirmed;
}

using Verdicts = std::map<std::pair<Fate, Outcome>, std::uint64_t>;

Verdicts verdicts_over(const Traffic& traffic) {
  std::vector<Event> events;
  for (std::uint64_t visitor = 0; visitor < kVisitors; ++visitor)
    Visitor(visitor, fate_of(visitor), traffic, events).shop();
  std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.time < b.time; });
  Definition definition = make_definition();
  definition.limits.sessions_per_core = definition.limits.attempts_per_core = kVisitors;
  Owner owner(definition);
  std::map<std::int64_t, Fate> fates;  // by an attempt's start
  for (std::uint64_t visitor = 0; visitor < kVisitors; ++visitor)
    fates[at_second(Visitor::begin_of(visitor)).ns] = fate_of(visitor);
  for (const Event& event : events) owner.apply(event);
  owner.roll_to(events.back().time + kHour);
  Verdicts verdicts;
  for (const OutcomeRecord& record : owner.outcomes) ++verdicts[{fates.at(record.start.ns), record.outcome}];
  return verdicts;
}

double share(const Verdicts& verdicts, Fate fate, Outcome outcome) {
  std::uint64_t all = 0;
  for (const auto& [what, count] : verdicts) all += what.first == fate ? count : 0;
  const auto found = verdicts.find({fate, outcome});
  return found == verdicts.end() ? 0 : static_cast<double>(found->second) / static_cast<double>(all);
}

TEST(PlantedSilentFailures, AreFoundAndNothingElseIsCalledOne) {
  const Verdicts verdicts = verdicts_over({});
  double silent = 0;
  for (const auto& [what, count] : verdicts)
    silent += what.second == Outcome::kSilentFailure ? static_cast<double>(count) : 0;
  const auto found = verdicts.find({Fate::kSilent, Outcome::kSilentFailure});
  ASSERT_NE(found, verdicts.end());
  EXPECT_GE(share(verdicts, Fate::kSilent, Outcome::kSilentFailure), 0.99) << "recall";
  EXPECT_GE(static_cast<double>(found->second) / silent, 0.99) << "precision";
  EXPECT_EQ(share(verdicts, Fate::kConfirmed, Outcome::kSuccess), 1);
}

TEST(PlantedSilentFailures, OfBrowsersThatBlockBeaconsAreUnknown) {
  const Verdicts verdicts = verdicts_over({});
  EXPECT_EQ(share(verdicts, Fate::kBlocked, Outcome::kUnknown), 1);
  EXPECT_EQ(share(verdicts, Fate::kSilentAndBlocked, Outcome::kUnknown), 1);
}

TEST(PlantedSilentFailures, AreNotMadeByLostBeaconsThatHaveNumbers) {
  const Verdicts numbered = verdicts_over({.loss = 0.05});
  EXPECT_LE(share(numbered, Fate::kConfirmed, Outcome::kSilentFailure), 0.001);
  EXPECT_EQ(share(numbered, Fate::kBlocked, Outcome::kSilentFailure), 0);
  // A lost confirmation is nobody's success, and without numbers it is a failure to all who look.
  EXPECT_GE(share(numbered, Fate::kConfirmed, Outcome::kUnknown), 0.04);
  EXPECT_GE(share(verdicts_over({.loss = 0.05, .numbered = false}), Fate::kConfirmed, Outcome::kSilentFailure), 0.03);
  const Verdicts leaving = verdicts_over({.loss = 0.05, .after = After::kLeaves});
  EXPECT_LE(share(leaving, Fate::kConfirmed, Outcome::kSilentFailure), 0.001);
}

// No number comes after the one that is missing, so that nothing tells it from one that was never sent: of those who
// are heard on the page of thanks as many are false as confirmations get lost. Which is why the snippet says when a
// page is left.
TEST(PlantedSilentFailures, AreMadeByLostBeaconsOfThoseWhoAreNeverHeardAgain) {
  const Verdicts vanishing = verdicts_over({.loss = 0.05, .after = After::kVanishes});
  const double made = share(vanishing, Fate::kConfirmed, Outcome::kSilentFailure);
  EXPECT_LE(made, 0.055);
  EXPECT_GE(made, 0.04);
}

}  // namespace
}  // namespace bellrock::journey
