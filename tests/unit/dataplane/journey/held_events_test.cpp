// Events that wait for their turn: in which order and at which times they leave, and that nothing of that is lost when
// the process is.
#include "dataplane/journey/held_events.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <random>
#include <vector>

#include "tests/unit/dataplane/journey/journey_fixture.h"

namespace bellrock::journey {
namespace {

constexpr std::uint32_t kEvents = 64;
constexpr Duration kWait = kSecond;

Definition with_waits(Duration first, Duration second = 0) {
  Definition d;
  d.identities = {{.name = "a", .keys = {}, .reorder_wait = first}, {.name = "b", .keys = {}, .reorder_wait = second}};
  return d;
}

// What left: which event, and when it stood. Events are told apart by their ordinals.
struct Left {
  std::uint64_t ordinal = 0;
  Instant time;
  friend bool operator==(const Left&, const Left&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Left& left) {
    return out << left.ordinal << " at " << (left.time - kDay) / kMillisecond << " ms";
  }
};

class Hold {
 public:
  explicit Hold(const Definition& definition, std::uint32_t events = kEvents)
      : definition_(definition), events_(events), memory_(HeldEvents::bytes_needed(events) / 64 + 1) {
    restart();
  }
  void restart() {
    journal_ = std::make_unique<Journal>(bytes().data(), bytes().size(), record_.get());
    EXPECT_TRUE(journal_->roll_back());
    held_ = std::make_unique<HeldEvents>(definition_, bytes(), events_, *journal_);
    if (by_time_) held_->order_by_time();
  }
  void order_by_time() {
    by_time_ = true;
    held_->order_by_time();
  }
  bool put(const Event& event) {
    const bool moved = held_->put(event);
    journal_->commit();
    return moved;
  }
  Left take() {
    const Event& event = held_->first();
    const Left left{event.ordinal, event.time};
    EXPECT_EQ(event.edge_time, event.time) << "both times go together";
    held_->pop();
    journal_->commit();
    return left;
  }
  std::vector<Left> take_all() {
    std::vector<Left> all;
    while (!held_->empty()) all.push_back(take());
    return all;
  }
  HeldEvents& operator*() { return *held_; }
  HeldEvents* operator->() { return held_.get(); }
  Journal& journal() { return *journal_; }
  JournalRecord& record() { return *record_; }
  [[nodiscard]] std::span<std::byte> bytes() {
    return {reinterpret_cast<std::byte*>(memory_.data()), memory_.size() * sizeof(Line)};
  }

 private:
  struct alignas(64) Line {
    std::array<std::byte, 64> bytes{};
  };
  Definition definition_;
  std::uint32_t events_;
  std::vector<Line> memory_;
  std::unique_ptr<JournalRecord> record_ = std::make_unique<JournalRecord>();
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<HeldEvents> held_;
  bool by_time_ = false;
};

Event beacon(std::uint64_t ordinal, double second, std::uint32_t number, std::uint32_t page_view = 1,
             std::uint64_t visitor = 1) {
  Event event = make_event(visitor, at_second(second), Channel::kBeacon);
  event.ordinal = ordinal;
  add_number(event, page_view, number);
  return event;
}
Event request(std::uint64_t ordinal, double second, std::uint64_t visitor = 1) {
  Event event = make_event(visitor, at_second(second), Channel::kHttpRequest);
  event.ordinal = ordinal;
  return event;
}

TEST(HeldEvents, AreHeldOnlyWhereAnIdentityWaits) {
  Hold none(with_waits(0));
  EXPECT_FALSE(none->on());
  EXPECT_EQ(none->wait(), 0);
  EXPECT_TRUE(Hold(with_waits(0, kSecond))->on());
  EXPECT_EQ(Hold(with_waits(kSecond, 3 * kSecond))->wait(), 3 * kSecond);
}

TEST(HeldEvents, AreDueWhenTheyHaveWaitedForLongerThanTheWait) {
  Hold hold(with_waits(kWait));
  EXPECT_FALSE(hold->due(at_second(100)));
  hold.put(request(1, 10));
  EXPECT_FALSE(hold->due(at_second(11)));
  EXPECT_TRUE(hold->due(at_second(11) + 1));
  EXPECT_FALSE(hold->ahead_of(at_second(9)));
  EXPECT_TRUE(hold->ahead_of(at_second(9) - 1));
}

TEST(HeldEvents, WithoutNumbersLeaveAsTheyCame) {
  Hold hold(with_waits(kWait));
  for (std::uint64_t i = 1; i <= 5; ++i) hold.put(request(i, static_cast<double>(i) / 10));
  const std::vector<Left> expected{
      {1, at_second(0.1)}, {2, at_second(0.2)}, {3, at_second(0.3)}, {4, at_second(0.4)}, {5, at_second(0.5)}};
  EXPECT_EQ(hold.take_all(), expected);
}

// What a beacon says of its page is an event of its own, with the beacon's number.
TEST(HeldEvents, OfOneBeaconStayTogether) {
  Hold hold(with_waits(kWait));
  for (const std::uint64_t of_second : {21u, 22u}) hold.put(beacon(of_second, 0.1, 2));
  for (const std::uint64_t of_first : {11u, 12u}) EXPECT_TRUE(hold.put(beacon(of_first, 0.3, 1)));
  const std::vector<Left> expected{
      {11, at_second(0.1)}, {12, at_second(0.1)}, {21, at_second(0.3)}, {22, at_second(0.3)}};
  EXPECT_EQ(hold.take_all(), expected);
}

TEST(HeldEvents, OfOnePageViewChangePlacesSoThatTheirNumbersRise) {
  Hold hold(with_waits(kWait));
  EXPECT_FALSE(hold.put(beacon(30, 0.1, 3)));
  EXPECT_FALSE(hold.put(request(9, 0.2)));
  EXPECT_TRUE(hold.put(beacon(10, 0.3, 1)));
  EXPECT_TRUE(hold.put(beacon(20, 0.4, 2)));
  EXPECT_FALSE(hold.put(beacon(40, 0.5, 4)));
  const std::vector<Left> expected{
      {10, at_second(0.1)}, {9, at_second(0.2)}, {20, at_second(0.3)}, {30, at_second(0.4)}, {40, at_second(0.5)}};
  EXPECT_EQ(hold.take_all(), expected);
}

TEST(HeldEvents, OfOtherPageViewsVisitorsAndIdentitiesStayWhereTheyCame) {
  Hold hold(with_waits(kWait, kWait));
  hold.put(beacon(1, 0.1, 9, 1, 1));
  hold.put(beacon(2, 0.2, 8, 2, 1));
  hold.put(beacon(3, 0.3, 7, 1, 2));
  Event other = beacon(4, 0.4, 6, 1, 1);
  other.identity = IdentityId{1};
  hold.put(other);
  Event nobody = beacon(5, 0.5, 5, 1, 1);
  nobody.key = {};
  hold.put(nobody);
  const auto left = hold.take_all();
  for (std::size_t i = 0; i < left.size(); ++i) EXPECT_EQ(left[i].ordinal, i + 1);
}

TEST(HeldEvents, WithTheSameNumberStayInTheOrderOfArrival) {
  Hold hold(with_waits(kWait));
  hold.put(beacon(1, 0.1, 2));
  hold.put(beacon(2, 0.2, 2));
  hold.put(beacon(3, 0.3, 1));
  const std::vector<Left> expected{{3, at_second(0.1)}, {1, at_second(0.2)}, {2, at_second(0.3)}};
  EXPECT_EQ(hold.take_all(), expected);
}

TEST(HeldEvents, GoNoFurtherBackThanTheirIdentityWaits) {
  Hold hold(with_waits(kWait, 10 * kSecond));
  hold.put(beacon(1, 0.1, 5));
  hold.put(beacon(2, 0.5, 6));
  hold.put(beacon(3, 1.5, 1));
  const std::vector<Left> expected{{1, at_second(0.1)}, {3, at_second(0.5)}, {2, at_second(1.5)}};
  EXPECT_EQ(hold.take_all(), expected);
  Hold unsorted(with_waits(0, 10 * kSecond));
  unsorted.put(beacon(1, 0.1, 5));
  unsorted.put(beacon(2, 0.2, 1));
  EXPECT_EQ(unsorted.take().ordinal, 1u);
}

TEST(HeldEvents, OfOneMessageStayTogether) {
  Hold hold(with_waits(kWait));
  hold.put(beacon(7, 0.1, 2));
  for (int i = 0; i < 2; ++i) {
    Event more = beacon(7, 0.1, 2);
    more.continued = true;
    EXPECT_FALSE(hold.put(more));
  }
  hold.put(beacon(8, 0.2, 1));
  Event more = beacon(8, 0.2, 1);
  more.continued = true;
  hold.put(more);
  const std::vector<Left> expected{
      {8, at_second(0.1)}, {8, at_second(0.1)}, {7, at_second(0.2)}, {7, at_second(0.2)}, {7, at_second(0.2)}};
  EXPECT_EQ(hold.take_all(), expected);
}

TEST(HeldEvents, OfAMessageThatHasBegunToLeaveAreNext) {
  Hold hold(with_waits(kWait));
  hold.put(beacon(7, 0.1, 2));
  Event more = beacon(7, 0.1, 2);
  more.continued = true;
  hold.put(more);
  EXPECT_EQ(hold.take().ordinal, 7u);
  hold.put(beacon(8, 0.2, 1));
  EXPECT_EQ(hold.take().ordinal, 7u);
  EXPECT_EQ(hold.take().ordinal, 8u);
  more.ordinal = 9;
  hold.put(more);
  EXPECT_EQ(hold.take().ordinal, 9u);
}

TEST(HeldEvents, GoByTheirTimesWhereProducersShareNoOtherOrder) {
  Hold hold(with_waits(kWait));
  hold.order_by_time();
  hold.put(request(3, 0.3));
  hold.put(request(1, 0.1));
  hold.put(beacon(4, 0.4, 1));
  hold.put(beacon(2, 0.2, 2));
  const std::vector<Left> expected{{1, at_second(0.1)}, {4, at_second(0.2)}, {3, at_second(0.3)}, {2, at_second(0.4)}};
  EXPECT_EQ(hold.take_all(), expected);
}

TEST(HeldEvents, AreAsManyAsThereIsRoomForOverAndOver) {
  Hold hold(with_waits(kWait));
  std::uint64_t put = 0, taken = 0;
  for (int round = 0; round < 10; ++round) {
    for (; !hold->full(); ++put) hold.put(beacon(put, static_cast<double>(put) / 100, static_cast<std::uint32_t>(put)));
    EXPECT_EQ(HeldEvents::count_in(hold.bytes()), kEvents);
    for (int i = 0; i < 40; ++i) EXPECT_EQ(hold.take().ordinal, taken++);
  }
  EXPECT_EQ(hold.take_all().size(), kEvents - 40);
  EXPECT_EQ(HeldEvents::count_in(hold.bytes()), 0u);
}

TEST(HeldEvents, OfACrowdedPageViewTakeBoundedTime) {
  constexpr std::uint32_t kMany = 4'096;
  Hold hold(with_waits(kWait), kMany);
  for (std::uint32_t i = 0; i < kMany; ++i) {
    const std::size_t room = hold.journal().room();
    hold->put(beacon(i, 0.1, kMany - i));
    EXPECT_LE(room - hold.journal().room(), HeldEvents::kWordsMax);
    hold.journal().commit();
  }
  EXPECT_EQ(hold.take_all().size(), kMany);
}

// The same as lists that are sorted.
class SlowHold {
 public:
  explicit SlowHold(const Definition& definition, bool by_time) : definition_(definition), by_time_(by_time) {}
  void put(const Event& event) {
    if (event.continued) return messages_[latest_].push_back(event);
    auto at = places_.end();
    while (by_time_ && at != places_.begin() && std::prev(at)->time > event.time) --at;
    latest_ = messages_.size();
    messages_.push_back({event});
    places_.insert(at, {event.time, latest_});
    const Duration wait = definition_.identities[event.identity.index()].reorder_wait;
    if (!event.numbered || wait == 0) return;
    // Of its page view, those within the wait, in the order of their numbers and, of equal ones, of their places.
    std::vector<std::size_t*> within;
    for (Place& place : places_) {
      const Event& other = messages_[place.message].front();
      const bool same = other.numbered && other.key == event.key && other.page_view == event.page_view;
      if (same && event.time - place.time <= wait) within.push_back(&place.message);
    }
    std::vector<std::size_t> order;
    for (const std::size_t* message : within) order.push_back(*message);
    std::stable_sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
      return messages_[a].front().number < messages_[b].front().number;
    });
    for (std::size_t i = 0; i < order.size(); ++i) *within[i] = order[i];
  }
  Left take() {
    auto& message = messages_[places_.front().message];
    const Left left{message.front().ordinal, places_.front().time};
    message.pop_front();
    if (message.empty()) places_.pop_front();
    return left;
  }
  [[nodiscard]] bool empty() const { return places_.empty(); }
  [[nodiscard]] bool due(Instant now) const { return !empty() && now - places_.front().time > kWait; }

 private:
  struct Place {
    Instant time;
    std::size_t message;
  };
  const Definition& definition_;
  bool by_time_;
  std::deque<Place> places_;
  std::vector<std::deque<Event>> messages_;
  std::size_t latest_ = 0;
};

// Takes the process's life at one of the stores since the last commit; whoever comes next finds things as before.
void die_within(Hold& hold, std::mt19937_64& random) {
  JournalRecord& record = hold.record();
  const std::uint64_t stores = record.count, survived = random() % (stores + 1);
  for (std::uint64_t i = stores; i-- > survived;) {
    std::memcpy(hold.bytes().data() + record.entries[i].offset, &record.entries[i].before, 8);
  }
  record.count = std::min(stores, survived + random() % 2);
  hold.restart();
}

void play_against_lists(std::uint64_t seed) {
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const bool by_time = random() % 2 == 0;
  const Definition definition = with_waits(kWait, random() % 2 == 0 ? 0 : kWait);
  Hold hold(definition);
  if (by_time) hold.order_by_time();
  SlowHold slow(definition, by_time);
  Instant now = kDay;
  for (std::uint64_t i = 1; i <= 300; ++i) {
    now = now + static_cast<Duration>(random() % 4) * 50 * kMillisecond;
    while (hold->due(now) || hold->full()) {
      if (random() % 20 == 0) {
        (void)hold->first();
        hold->pop();
        die_within(hold, random);
      }
      ASSERT_EQ(hold.take(), slow.take());
    }
    Event event = beacon(i, 0, static_cast<std::uint32_t>(random() % 30), 1 + random() % 2, 1 + random() % 3);
    event.identity = IdentityId{event.key.words[1] % 2};
    event.numbered = !by_time && random() % 4 != 0;
    event.time = event.edge_time =
        by_time && random() % 3 == 0 ? now - static_cast<Duration>(random() % 8) * kWait / 8 : now;
    const std::uint64_t parts = 1 + (random() % 8 == 0 ? random() % 3 : 0);
    for (std::uint64_t part = 0; part < parts && !hold->full(); ++part) {
      event.continued = part != 0;
      if (random() % 20 == 0) {
        hold->put(event);
        die_within(hold, random);
      }
      hold.put(event);
      slow.put(event);
    }
  }
  while (!hold->empty()) ASSERT_EQ(hold.take(), slow.take());
  EXPECT_TRUE(slow.empty());
}

TEST(HeldEvents, LeaveAsSortedListsDoThroughKillsAtAnyStore) {
  for (std::uint64_t seed = 1; seed <= 2'000 && !testing::Test::HasFailure(); ++seed) play_against_lists(seed);
}

}  // namespace
}  // namespace bellrock::journey
