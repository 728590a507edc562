// Storyboards in frames: names for what cores noted, the lowest of all cores, within a kilobyte each, and nothing where
// the board makes no sense.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "control/proto/storyboard_codec.h"
#include "tests/unit/control/harvest/full_board.h"

namespace bellrock::harvest {
namespace {

constexpr std::uint8_t kKeep = 3;

journey::Definition told_shop(std::uint32_t workers) {
  journey::Definition definition = shop();
  definition.journeys[1].steps.resize(1);
  definition.journeys[1].steps[0].name = "query";
  definition.journeys[1].stories_kept = kKeep;
  definition.journeys[0].stories_kept = 1;
  definition.journeys[0].stories_replay = true;
  definition.replay_prefix = "https://replay.example.com/s/";
  definition.click_pages = {TemplateId{2}};
  definition.limits.workers = workers;
  return definition;
}

class Teller {
 public:
  Teller(board::Board& board, std::uint32_t index)
      : view_(board.core(index)),
        journal_(board.journal(index)),
        banks_(view_, journal_),
        stories_(view_.stories, board.sizes().attempts, board.sizes().stories, journey::rank_key_of({7, 8}), journal_) {
    banks_.start(100);
  }
  // An attempt at the search, or at the checkout.
  void fail(std::uint64_t visitor, std::size_t steps = 2, unsigned journey = 1) {
    stories_.begin(1);
    for (std::size_t i = 0; i < steps; ++i) {
      stories_.step(1, {.offset_ms = static_cast<std::uint32_t>(10 * i),
                        .took_ms = 5,
                        .page = TemplateId{2},
                        .status = 503,
                        .step = {},
                        .channel = Channel::kHttpResponse});
    }
    stories_.click(1, {.offset_ms = 3, .place = 2'049, .page = 1, .kind = ClickKind::kDead});
    stories_.point_to(1, {.text = {{'5', '-', 'a', '1'}}, .size = 4});
    stories_.end(1, journey == 0 ? 0 : journey::stories_of(1), journey == 0 ? 1 : kKeep,
                 {.visitor = {{visitor * 0x9e37'79b9'7f4a'7c15, visitor}},
                  .start = {},
                  .end = {},
                  .journey = {},
                  .outcome = Outcome::kSilentFailure,
                  .lasted = 1'234 * kMillisecond,
                  .dimensions = journey == 0 ? std::array<std::uint8_t, kJourneyDimensionsMax>{1, 3}
                                             : std::array<std::uint8_t, kJourneyDimensionsMax>{}});
    journal_.commit();
  }
  void seal() {
    banks_.seal(banks_.window() + 1, std::vector<std::uint64_t>{0, 0});
    stories_.enter(banks_.active());
  }
  board::CoreView& view() { return view_; }

 private:
  board::CoreView view_;
  Journal journal_;
  board::Banks banks_;
  journey::Storyboards stories_;
};

class ToldFrame : public testing::Test {
 protected:
  // Of so many cores, with attempt i on core i mod n.
  static std::vector<control::Storyboard> told(std::uint32_t workers) {
    const journey::Definition definition = told_shop(workers);
    board::Board board = make_board(definition, workers);
    std::vector<std::unique_ptr<Teller>> cores;
    for (std::uint32_t i = 0; i < workers; ++i) cores.push_back(std::make_unique<Teller>(board, i));
    for (std::uint64_t i = 0; i < 50; ++i) cores[i % workers]->fail(i);
    Harvester harvester(board, definition);
    for (auto& core : cores) core->seal();
    auto frame = harvester.collect();
    EXPECT_TRUE(frame);
    harvester.mark_drained();
    cores[0]->seal();
    EXPECT_TRUE(harvester.collect()->storyboards.empty()) << "they went with their bank";
    return frame->storyboards;
  }
};

TEST_F(ToldFrame, HasTheLowestOfAllCoresWhateverTheirNumber) {
  const auto one = told(1);
  EXPECT_EQ(one.size(), kKeep);
  EXPECT_EQ(told(2), one);
  EXPECT_EQ(told(4), one);
}

TEST_F(ToldFrame, NamesWhatCoresNoted) {
  const journey::Definition definition = told_shop(1);
  board::Board board = make_board(definition, 1);
  Teller core(board, 0);
  core.fail(9, 2, 0);
  core.seal();
  const auto frame = Harvester(board, definition).collect();
  ASSERT_TRUE(frame && frame->storyboards.size() == 1);
  const control::Storyboard& story = frame->storyboards[0];
  EXPECT_EQ(story.journey, "checkout");
  EXPECT_EQ(story.outcome, "silent_failure");
  EXPECT_EQ(story.version, 11u);
  EXPECT_EQ(story.keep, 1u);
  EXPECT_EQ(story.lasted_ms, 1'234u);
  EXPECT_EQ(story.dimensions,
            (std::vector<std::pair<std::string, std::string>>{{"device", "desktop"}, {"release", "r1"}}));
  EXPECT_EQ(story.steps[1],
            (control::StoryStep{10, "open", Channel::kHttpResponse, "/product/{id}", 503, std::uint32_t{5}}));
  EXPECT_EQ(story.clicks[0], (control::StoryClick{3, "/product/{id}", ClickKind::kDead, 2'049}));
}

TEST_F(ToldFrame, TravelsAndSaysNothingOfAVisitorsKey) {
  const journey::Definition definition = told_shop(1);
  board::Board board = make_board(definition, 1);
  Teller core(board, 0);
  for (std::uint64_t visitor = 1; visitor <= 30; ++visitor) core.fail(visitor);
  core.seal();
  control::DeltaFrame frame = *Harvester(board, definition).collect();
  frame.node = "edge-1";
  frame.seq = 1;
  const auto decoded = proto::decode(proto::encode(frame));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->frame.storyboards, frame.storyboards);
  EXPECT_EQ(decoded->unknown_fields, 0u);
  for (const control::Storyboard& story : frame.storyboards) {
    const std::string bytes = proto::encode_storyboard(story);
    for (std::uint64_t visitor = 1; visitor <= 30; ++visitor) {
      const std::uint64_t key = visitor * 0x9e37'79b9'7f4a'7c15;
      EXPECT_EQ(bytes.find(std::string(reinterpret_cast<const char*>(&key), sizeof key)), std::string::npos);
    }
  }
}

TEST_F(ToldFrame, OfTheLongestNamesStaysWithinItsBoundAndThePlan) {
  journey::Definition definition = told_shop(1);
  definition.journeys[1].steps[0].name = std::string(120, 's');
  definition.templates[2].text = "/" + std::string(200, 't');
  board::Board board = make_board(definition, 1);
  Teller core(board, 0);
  for (std::uint64_t visitor = 1; visitor <= 30; ++visitor) core.fail(visitor, 20);
  core.seal();
  control::DeltaFrame frame = *Harvester(board, definition).collect();
  ASSERT_EQ(frame.storyboards.size(), kKeep);
  for (const control::Storyboard& story : frame.storyboards) {
    EXPECT_LE(proto::encode_storyboard(story).size(), proto::kStoryboardBytesMax);
    EXPECT_EQ(story.steps.size() + story.steps_left_out, 20u);
    EXPECT_EQ(story.steps.back().offset_ms, 190u) << "where it went wrong stays";
  }
  const Footprint plan = footprint_of(definition), without = footprint_of(shop());
  EXPECT_EQ(plan.storyboards.kept, 6u * (1 + kKeep));
  EXPECT_EQ(plan.storyboards.board_bytes, board.core(0).stories.size());
  EXPECT_GE(plan.board.bytes, without.board.bytes + plan.storyboards.board_bytes);
  inflate(frame, definition);
  EXPECT_LT(proto::message_bytes(frame), plan.wire.frame_bytes);
}

TEST_F(ToldFrame, LeavesOutWhatMakesNoSense) {
  const journey::Definition definition = told_shop(1);
  board::Board board = make_board(definition, 1);
  Teller core(board, 0);
  core.fail(1);
  std::memset(core.view().stories.data(), 0xff, core.view().stories.size());
  core.seal();
  Harvester harvester(board, definition);
  const auto frame = harvester.collect();
  ASSERT_TRUE(frame);
  EXPECT_TRUE(frame->storyboards.empty());
  EXPECT_EQ(harvester.damaged_cells(), board.sizes().stories);
}

}  // namespace
}  // namespace bellrock::harvest
