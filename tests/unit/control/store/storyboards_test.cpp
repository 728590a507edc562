// Storyboards in the store: whatever the order, the repeats and the nodes, a span shows the lowest ranks of all that
// was sent, and no more than is kept.
#include <algorithm>
#include <map>
#include <random>

#include "tests/unit/control/store/backend.h"

namespace bellrock::store {
namespace {

using control::Storyboard;

constexpr std::uint32_t kKeep = 4;

Storyboard any_story(std::mt19937_64& random, std::int64_t start) {
  Storyboard story;
  story.start_unix_s = start;
  story.journey = "checkout";
  story.outcome = random() % 3 == 0 ? "abandoned" : "failed.system";
  story.rank = 1 + random() % control::kRankMax;
  story.version = 7;
  story.keep = kKeep;
  story.lasted_ms = static_cast<std::uint32_t>(random() % 10'000);
  story.steps = {{0, "open", Channel::kHttpRequest, "/checkout", 0, {}},
                 {200, "pay", Channel::kHttpResponse, "", 503, std::uint32_t{120}}};
  story.clicks = {{50, "/checkout", ClickKind::kRage, 2'049}};
  return story;
}

// Of a node: in each of some windows the lowest of as many as failed there.
control::DeltaFrame told_frame(std::uint64_t seq, const std::string& node) {
  std::mt19937_64 random(seq * 31 + static_cast<std::uint64_t>(node.back()));
  control::DeltaFrame frame = any_frame(seq, 3, node);
  for (std::int64_t window = 0; window < 3; ++window) {
    const std::int64_t start = kStart + 10 * static_cast<std::int64_t>(random() % 30);
    std::vector<Storyboard> failed;
    for (auto n = random() % 12; n > 0; --n) failed.push_back(any_story(random, start));
    for (const char* outcome : {"abandoned", "failed.system"}) {
      auto& sum = frame.windows[start][key("checkout", CellKind::kOutcome, outcome)];
      if (sum.n == 0) ++frame.recorded, ++sum.n;
    }
    control::keep_lowest(failed);
    std::erase_if(frame.storyboards, [start](const auto& one) { return one.start_unix_s == start; });
    frame.storyboards.insert(frame.storyboards.end(), failed.begin(), failed.end());
  }
  std::sort(frame.storyboards.begin(), frame.storyboards.end(),
            [](const auto& a, const auto& b) { return place_of(a) < place_of(b); });
  return frame;
}

std::vector<Storyboard> told(SeriesStore& store, std::int64_t from, std::int64_t to, const char* outcome = "") {
  const auto snapshot = store.snapshot();
  EXPECT_TRUE(snapshot.ok());
  auto stories = (*snapshot)->storyboards({"checkout", outcome, from, to});
  EXPECT_TRUE(stories.ok()) << stories.error().message;
  return stories.ok() ? *stories : std::vector<Storyboard>{};
}

std::vector<Storyboard> lowest(const std::vector<control::DeltaFrame>& frames, std::int64_t from, std::int64_t to,
                               const std::string& outcome = "") {
  std::vector<Storyboard> all;
  for (const auto& frame : frames) {
    for (const auto& story : frame.storyboards) {
      const bool asked = outcome.empty() || story.outcome == outcome;
      if (asked && story.start_unix_s >= from && story.start_unix_s < to) all.push_back(story);
    }
  }
  control::keep_lowest(all);
  return all;
}

TEST(StoredStoryboards, AreTheLowestOfAllNodesWhateverTheOrderAndTheRepeats) {
  std::vector<control::DeltaFrame> frames;
  for (const char* node : {"a", "b", "c"}) {
    for (std::uint64_t seq = 1; seq <= 8; ++seq) frames.push_back(told_frame(seq, node));
  }
  std::mt19937_64 random(5);
  for (std::uint64_t round = 0; round < rounds(3); ++round) {
    const auto backend = make_backend();
    const auto store = backend->open();
    std::vector<ReceivedFrame> sent;
    for (const auto& frame : frames) sent.push_back(received(frame));
    sent.insert(sent.end(), sent.begin(), sent.begin() + 7);
    std::shuffle(sent.begin(), sent.end(), random);
    for (const auto& one : sent) ASSERT_TRUE(store->apply({&one, 1}).ok());
    EXPECT_EQ(told(*store, kStart, kStart + 300), lowest(frames, kStart, kStart + 300));
    for (std::int64_t minute = 0; minute < 5; ++minute) {
      const std::int64_t from = kStart + 60 * minute;
      EXPECT_EQ(told(*store, from, from + 120), lowest(frames, from, from + 120));
    }
    EXPECT_EQ(told(*store, kStart, kEver, "abandoned"), lowest(frames, kStart, kEver, "abandoned"));
    EXPECT_TRUE(told(*store, kStart + 300, kEver).empty());
  }
}

TEST(StoredStoryboards, OutliveTheProcessAndGoWithTheMinutes) {
  const auto backend = make_backend();
  const std::vector<control::DeltaFrame> frames{told_frame(1, "a"), told_frame(2, "a")};
  apply_together(*backend->open(), frames);
  const auto store = backend->open();
  const auto all = lowest(frames, 0, kEver);
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(told(*store, 0, kEver), all);
  ASSERT_TRUE(store->trim({kStart + 3'600, kStart, 0}).ok());
  EXPECT_EQ(told(*store, 0, kEver), all);
  ASSERT_TRUE(store->trim({kStart + 3'600, kStart + 3'600, 0}).ok());
  EXPECT_TRUE(told(*store, 0, kEver).empty());
}

TEST(StoredStoryboards, OfAJourneyThatCountsNothingAreNotKept) {
  const auto backend = make_backend();
  const auto store = backend->open();
  control::DeltaFrame frame = told_frame(1, "a");
  for (auto& story : frame.storyboards) story.journey = "made-up";
  apply_together(*store, {frame});
  const auto snapshot = store->snapshot();
  EXPECT_TRUE((*snapshot)->storyboards({"made-up", "", 0, kEver})->empty());
}

}  // namespace
}  // namespace bellrock::store
