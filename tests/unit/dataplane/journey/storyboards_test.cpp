// Attempts that failed, step by step: which are kept is chance and the same for all, several reservoirs are as one, and
// nothing of a visitor is in what leaves the board.
#include "dataplane/journey/storyboards.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>
#include <vector>

#include "tests/unit/dataplane/journey/tracker_fixture.h"

namespace bellrock::journey {
namespace {

constexpr std::uint32_t kAttempts = 128;

// Memory of one core, journal included.
class StoryMemory {
 public:
  explicit StoryMemory(std::uint32_t stories, SipKey key = {1, 2})
      : stories_(stories),
        words_((sizeof(JournalRecord) + Storyboards::bytes_needed(kAttempts, stories)) / 8),
        journal_(bytes().data(), bytes().size(), reinterpret_cast<JournalRecord*>(words_.data())),
        all_(std::make_unique<Storyboards>(span(), kAttempts, stories, key, journal_)) {}
  std::span<std::byte> bytes() { return std::as_writable_bytes(std::span(words_)); }
  std::span<std::byte> span() { return bytes().subspan(sizeof(JournalRecord)); }
  Storyboards& all() { return *all_; }
  Journal& journal() { return journal_; }

  // Of one outcome, one attempt after the other.
  void fail(std::uint64_t visitor, std::size_t keep, Outcome outcome = Outcome::kFailedSystem) {
    all_->begin(1);
    all_->step(1, {.offset_ms = static_cast<std::uint32_t>(visitor), .page = {}, .step = {}});
    all_->end(1, 0, keep, end_of(visitor, outcome));
    journal_.commit();
  }
  static StoryEnd end_of(std::uint64_t visitor, Outcome outcome) {
    return {
        .visitor = visitor_key(visitor), .start = at_second(1), .end = at_second(2), .journey = {}, .outcome = outcome};
  }
  std::vector<Story> stories(unsigned bank = 0) {
    std::vector<Story> read;
    read_stories(span(), kAttempts, stories_, bank, [&](std::size_t, const Story& story) { read.push_back(story); });
    return read;
  }
  std::set<std::uint64_t> ranks(unsigned bank = 0) {
    std::set<std::uint64_t> ranks;
    for (const Story& story : stories(bank)) ranks.insert(story.rank);
    return ranks;
  }

 private:
  const std::uint32_t stories_;
  std::vector<std::uint64_t> words_;
  Journal journal_;
  std::unique_ptr<Storyboards> all_;
};

std::uint32_t room(std::size_t keep) { return static_cast<std::uint32_t>(stories_of(keep)); }

TEST(Storyboards, KeepTheLowestRanksOfEachOutcomeInWhateverOrderTheyCome) {
  std::vector<std::uint64_t> visitors(200);
  for (std::size_t i = 0; i < visitors.size(); ++i) visitors[i] = i;
  StoryMemory forwards(room(5)), backwards(room(5));
  std::set<std::uint64_t> all;
  for (const std::uint64_t visitor : visitors) {
    forwards.fail(visitor, 5);
    all.insert(forwards.all().rank_of(StoryMemory::end_of(visitor, Outcome::kFailedSystem)));
  }
  std::for_each(visitors.rbegin(), visitors.rend(), [&](std::uint64_t visitor) { backwards.fail(visitor, 5); });
  EXPECT_EQ(forwards.ranks(), std::set(all.begin(), std::next(all.begin(), 5)));
  EXPECT_EQ(backwards.ranks(), forwards.ranks());
  backwards.fail(7, 5, Outcome::kAbandoned);
  EXPECT_EQ(backwards.stories().size(), 6u) << "other outcomes have room of their own";
}

// Each of 20 attempts should be among the 3 that are kept in 3 of 20 runs. Of 4,000 runs that is 600, with a standard
// deviation of 22.6; five of them either way is one chance in a million.
TEST(Storyboards, GiveEachAttemptTheSameChanceWheneverItEnds) {
  constexpr std::uint64_t kRuns = 4'000, kTold = 20, kKept = 3;
  std::vector<std::uint64_t> kept(kTold);
  for (std::uint64_t run = 0; run < kRuns; ++run) {
    StoryMemory memory(room(kKept), {run, 17});
    for (std::uint64_t visitor = 0; visitor < kTold; ++visitor) memory.fail(visitor, kKept);
    for (const Story& story : memory.stories()) ++kept[story.trail.steps[0].offset_ms];
  }
  for (const std::uint64_t n : kept) EXPECT_NEAR(static_cast<double>(n), 600.0, 5 * 22.6);
}

TEST(Storyboards, OfSeveralCoresTogetherAreThoseOfOne) {
  StoryMemory one(room(4));
  StoryMemory parts[] = {StoryMemory(room(4)), StoryMemory(room(4)), StoryMemory(room(4))};
  for (std::uint64_t visitor = 0; visitor < 300; ++visitor) {
    one.fail(visitor, 4);
    parts[visitor * visitor % 3].fail(visitor, 4);
  }
  std::set<std::uint64_t> merged;
  for (StoryMemory& part : parts) merged.merge(part.ranks());
  EXPECT_EQ(one.ranks(), std::set(merged.begin(), std::next(merged.begin(), 4)));
}

TEST(Storyboards, LeaveOutStepsBeforeTheLastAndTheEarliestClicks) {
  StoryMemory memory(room(1));
  memory.all().begin(3);
  for (std::uint32_t i = 0; i < 20; ++i) {
    memory.all().step(3, {.offset_ms = i, .page = {}, .step = {}});
    memory.all().click(3, {.offset_ms = i});
  }
  const StoryTrail& trail = memory.all().trail(3);
  EXPECT_EQ(trail.head.steps, kTrailStepsMax);
  EXPECT_EQ(trail.head.steps_left_out, 20 - kTrailStepsMax);
  EXPECT_EQ(trail.steps[kTrailStepsMax - 2].offset_ms, kTrailStepsMax - 2);
  EXPECT_EQ(trail.steps[kTrailStepsMax - 1].offset_ms, 19u);
  std::set<std::uint32_t> clicks;
  for (const TrailClick& click : trail.clicks) clicks.insert(click.offset_ms);
  EXPECT_EQ(clicks, (std::set<std::uint32_t>{14, 15, 16, 17, 18, 19}));
  memory.all().begin(3);
  EXPECT_EQ(memory.all().trail(3).head.steps, 0);
  EXPECT_EQ(memory.all().trail(3).head.clicks_left_out, 0);
}

TEST(Storyboards, GoWithTheirBankAndAreGoneWithIt) {
  StoryMemory memory(room(2));
  memory.fail(1, 2);
  memory.all().enter(1);
  memory.fail(2, 2);
  EXPECT_EQ(memory.stories(0).size(), 1u);
  EXPECT_EQ(memory.stories(1).size(), 1u);
  clear_stories(memory.span(), kAttempts, room(2), 0);
  EXPECT_TRUE(memory.stories(0).empty());
  EXPECT_EQ(memory.stories(1).size(), 1u);
}

TEST(Storyboards, ThatWereNotCommittedAreNotThere) {
  StoryMemory memory(room(2));
  memory.fail(1, 2);
  const auto before = memory.ranks();
  memory.all().begin(1);
  memory.all().end(1, 0, 2, StoryMemory::end_of(2, Outcome::kFailedSystem));
  EXPECT_EQ(memory.ranks().size(), 2u);
  ASSERT_TRUE(memory.journal().roll_back());
  EXPECT_EQ(memory.ranks(), before);
}

TEST(Storyboards, AreReadWithinBoundsWhateverStandsOnTheBoard) {
  StoryMemory memory(room(2));
  std::memset(memory.span().data(), 0xff, memory.span().size());
  std::size_t read = 0;
  for (const Story& story : memory.stories()) {
    EXPECT_LE(story.trail.head.steps, kTrailStepsMax);
    EXPECT_LE(story.trail.head.clicks, kTrailClicksMax);
    EXPECT_LE(story.trail.head.replay_bytes, kReplayBytesMax);
    ++read;
  }
  EXPECT_EQ(read, room(2));
  read_stories(memory.span().first(100), kAttempts, room(2), 0, [](std::size_t, const Story&) { FAIL(); });
}

// The tracker's side.
class ToldAttempts : public TrackerTest {
 protected:
  ToldAttempts() { checkout_journey().stories_kept = 4; }
  void follow() {
    told_ = std::make_unique<Storyboards>(std::as_writable_bytes(std::span(words_)), kAttempts, room(4), SipKey{3, 4},
                                          owner().journal());
    owner().tracker().set_storyboards(*told_);
  }
  std::vector<std::pair<Outcome, Story>> told() {
    std::vector<std::pair<Outcome, Story>> all;
    read_stories(std::as_writable_bytes(std::span(words_)), kAttempts, room(4), 0,
                 [&](std::size_t place, const Story& story) { all.emplace_back(told_outcome(place / 4), story); });
    return all;
  }
  void broken(double second, double request, std::uint16_t status) {
    Event event = step(second, checkout::kBroken, Channel::kHttpResponse);
    event.request_time = at_second(request);
    event.status = status;
    event.page = TemplateId{2};
    play(event);
  }
  std::vector<std::uint64_t> words_ = std::vector<std::uint64_t>(Storyboards::bytes_needed(kAttempts, room(4)) / 8);
  std::unique_ptr<Storyboards> told_;
};

TEST_F(ToldAttempts, SayStepsWithStatusPageAndDuration) {
  follow();
  open(0);
  pay(5);
  broken(6.25, 5, 503);
  const auto all = told();
  ASSERT_EQ(all.size(), 1u);
  const auto& [outcome, story] = all[0];
  EXPECT_EQ(outcome, Outcome::kFailedSystem);
  EXPECT_EQ(story.lasted_ms, 6'250u);
  ASSERT_EQ(story.trail.head.steps, 3);
  EXPECT_EQ(story.trail.steps[0].step, StepId{checkout::kOpen});
  EXPECT_EQ(story.trail.steps[1].offset_ms, 5'000u);
  EXPECT_EQ(story.trail.steps[1].took_ms, kTookUnknown);
  EXPECT_EQ(story.trail.steps[2].step, StepId{checkout::kBroken});
  EXPECT_EQ(story.trail.steps[2].status, 503);
  EXPECT_EQ(story.trail.steps[2].took_ms, 1'250u);
  EXPECT_EQ(story.trail.steps[2].page, TemplateId{2});
  EXPECT_EQ(story.trail.steps[2].channel, Channel::kHttpResponse);
}

TEST_F(ToldAttempts, AreThoseThatFailedAndNoOthers) {
  follow();
  open(0);
  pay(1);
  pay_ok(2, 1);
  confirmed(3);
  EXPECT_TRUE(told().empty());
  open(10);
  left(11);
  EXPECT_TRUE(told().empty()) << "a cancelled attempt did not fail";
  open(20);
  open(21);
  EXPECT_TRUE(told().empty()) << "nor did one that was superseded";
  idle(20'000);
  const auto all = told();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].first, Outcome::kAbandoned);
}

TEST_F(ToldAttempts, HaveTheClicksOfTheirVisitorWhileTheyWereOpen) {
  definition_.click_pages = {TemplateId{1}};
  follow();
  const auto click = [this](double second, std::uint16_t place, std::uint64_t visitor) {
    Event event = make_event(visitor, at_second(second), Channel::kBeacon);
    event.extras.say_click({.page = 1, .device = 1, .kind = ClickKind::kRage, .place = place});
    play(event);
  };
  click(1, 10, 1);
  open(2);
  click(3, 11, 1);
  click(4, 12, 2);
  pay(5);
  broken(6, 5, 500);
  click(7, 13, 1);
  const auto all = told();
  ASSERT_EQ(all.size(), 1u);
  ASSERT_EQ(all[0].second.trail.head.clicks, 1);
  EXPECT_EQ(all[0].second.trail.clicks[0].place, 11);
  EXPECT_EQ(all[0].second.trail.clicks[0].offset_ms, 1'000u);
}

TEST_F(ToldAttempts, PointToTheReplayThatTheirVisitorsBeaconsSaidLast) {
  follow();
  const auto say = [](Event event, std::string_view where) {
    ReplayPointer& replay = event.extras.say().replay;
    replay.size = static_cast<std::uint8_t>(where.size());
    std::copy(where.begin(), where.end(), replay.text.bytes.begin());
    return event;
  };
  const auto replays = [this] {
    std::multiset<std::string> all;
    for (const auto& [outcome, story] : told())
      all.emplace(story.trail.replay.bytes.data(), story.trail.head.replay_bytes);
    return all;
  };
  play(say(make_event(1, at_second(0), Channel::kBeacon), "before"));
  open(1);
  play(say(make_event(2, at_second(2), Channel::kBeacon), "somebody-elses"));
  declined(3);
  EXPECT_EQ(replays(), std::multiset<std::string>{""});
  open(10);
  play(say(make_event(1, at_second(11), Channel::kBeacon), "first"));
  play(say(make_event(1, at_second(12), Channel::kBeacon), "2"));
  declined(13);
  play(say(make_event(1, at_second(14), Channel::kBeacon), "after"));
  open(20);
  play(say(step(21, checkout::kDeclined, Channel::kBeacon), "the-end-says-it"));
  play(say(step(30, checkout::kOpen, Channel::kBeacon), "the-start-says-it"));
  declined(31);
  EXPECT_EQ(replays(), (std::multiset<std::string>{"", "2", "the-end-says-it", "the-start-says-it"}));
}

TEST_F(ToldAttempts, HaveNothingOfTheVisitorsKey) {
  follow();
  for (std::uint64_t visitor = 1; visitor <= 20; ++visitor) {
    open(static_cast<double>(visitor), visitor);
    play(step(static_cast<double>(visitor) + 0.5, checkout::kDeclined, Channel::kBeacon, visitor));
  }
  EXPECT_EQ(told().size(), 4u);
  const auto memory = std::as_bytes(std::span(words_));
  for (std::uint64_t visitor = 1; visitor <= 20; ++visitor) {
    const std::uint64_t key = visitor_key(visitor).words[0];
    const auto* const bytes = reinterpret_cast<const std::byte*>(&key);
    EXPECT_EQ(std::search(memory.begin(), memory.end(), bytes, bytes + sizeof key), memory.end());
  }
}

TEST_F(ToldAttempts, OfAJourneyThatDoesNotAskCostNothing) {
  checkout_journey().stories_kept = 0;
  follow();
  open(0);
  declined(1);
  EXPECT_TRUE(std::all_of(words_.begin(), words_.end(), [](std::uint64_t word) { return word == 0; }));
}

TEST_F(ToldAttempts, StartAnewWhereARecordIsUsedAgain) {
  definition_.limits.attempts_per_core = 2;
  follow();
  for (int i = 0; i < 12; ++i) {
    open(10 * i);
    declined(10 * i + 1);
  }
  for (const auto& [outcome, story] : told()) EXPECT_EQ(story.trail.head.steps, 2);
}

}  // namespace
}  // namespace bellrock::journey
