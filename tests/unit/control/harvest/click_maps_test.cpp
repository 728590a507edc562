// A click grid in frames: cores are added up before places are suppressed, and whatever is suppressed, the sum of a
// page, kind and device is that of its clicks; which the codec carries.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "control/flow/click_map_name.h"
#include "control/proto/frame_codec.h"
#include "tests/unit/control/harvest/full_board.h"

namespace bellrock::harvest {
namespace {

using control::ClickPart;

journey::Definition gridded_shop() {
  journey::Definition definition = shop();
  definition.click_pages = {TemplateId{2}};
  definition.click_grid = {.on = true, .suppress_below = 5, .every = kHour};
  definition.limits.click_places_per_core = 512;
  definition.limits.workers = 2;
  return definition;
}

class ClickMapsTest : public testing::Test {
 protected:
  struct Core {
    Core(board::Board& board, std::uint32_t index)
        : view(board.core(index)),
          journal(board.journal(index)),
          banks(view, journal),
          map(view.clicks, board.sizes().click_places, journal) {
      banks.start(100);
    }
    void click(std::uint16_t place, ClickKind kind = ClickKind::kRage, std::uint8_t device = 1) {
      map.count({.page = 1, .device = device, .kind = kind, .place = place});
      journal.commit();
    }
    void seal(bool hand) {
      banks.seal(banks.window() + 1, std::vector<std::uint64_t>{0, 0}, hand);
      map.enter(banks.click_table());
    }
    board::CoreView view;
    Journal journal;
    board::Banks banks;
    journey::ClickMap map;
  };
  ClickMapsTest()
      : board_(make_board(definition_, 2)), one_(board_, 0), two_(board_, 1), harvester_(board_, definition_) {}

  control::DeltaFrame harvest() {
    auto frame = harvester_.collect();
    EXPECT_TRUE(frame);
    harvester_.mark_drained();
    return frame ? std::move(*frame) : control::DeltaFrame{};
  }
  static std::map<std::string, std::uint64_t> sums(const control::DeltaFrame& frame) {
    std::map<std::string, std::uint64_t> sums;
    for (const auto& [start, window] : frame.windows) {
      for (const auto& [key, sum] : window)
        sums[key.item + ' ' + key.dimensions.at(0).second + ' ' + key.detail] += sum.n;
    }
    return sums;
  }

  const journey::Definition definition_ = gridded_shop();
  board::Board board_;
  Core one_, two_;
  Harvester harvester_;
};

TEST_F(ClickMapsTest, CoresAreAddedUpBeforePlacesAreSuppressed) {
  for (int i = 0; i < 3; ++i) one_.click(2'049);
  for (int i = 0; i < 2; ++i) two_.click(2'049);
  for (int i = 0; i < 4; ++i) two_.click(7);
  two_.click(kNoClickPlace);
  two_.click(9, ClickKind::kDead, 3);
  one_.seal(true);
  two_.seal(true);
  const auto frame = harvest();
  EXPECT_EQ(sums(frame), (std::map<std::string, std::uint64_t>{{"rage phone 50x100/5/1", 5},
                                                               {"rage phone suppressed/5", 4},
                                                               {"rage phone unplaced", 1},
                                                               {"dead desktop suppressed/5", 1}}));
  EXPECT_EQ(frame.recorded, 11u);
  const auto& window = frame.windows.begin()->second;
  const auto placed =
      std::find_if(window.begin(), window.end(), [](const auto& one) { return !one.second.buckets.empty(); });
  ASSERT_NE(placed, window.end());
  EXPECT_EQ(placed->first.journey, "/product/{id}");
  EXPECT_EQ(control::click_place_of(1, placed->second.buckets.begin()->first), 2'049);
}

TEST_F(ClickMapsTest, StayWithTheWorkerUntilTheyGoWithABankAndThenOnlyOnce) {
  for (int i = 0; i < 6; ++i) one_.click(1);
  one_.seal(false);
  EXPECT_TRUE(harvest().windows.empty());
  one_.click(1);
  one_.seal(true);
  EXPECT_EQ(harvest().recorded, 7u);
  one_.click(1);
  one_.seal(true);
  EXPECT_EQ(sums(harvest()), (std::map<std::string, std::uint64_t>{{"rage phone suppressed/5", 1}}));
}

TEST_F(ClickMapsTest, OfADeadEdgeGoWithTheBoardThatIsGivenUp) {
  one_.click(1);
  harvester_.seal_for_dead_edge();
  EXPECT_FALSE(harvester_.collect());
  harvester_.seal_for_dead_edge(true);
  EXPECT_EQ(harvest().recorded, 1u);
  EXPECT_EQ(harvester_.counters().at("event.recorded"), 1u);
}

TEST_F(ClickMapsTest, TheSumsOfAFrameAreTheClicksThatCameAndTheCodecKeepsThem) {
  std::mt19937_64 random(3);
  std::map<std::string, std::uint64_t> sent, got;
  for (int i = 0; i < 20'000; ++i) {
    const auto kind = static_cast<std::size_t>(random() % kClickKinds);
    const auto device = static_cast<std::uint8_t>(random() % kDeviceNames.size());
    const std::uint64_t spread = random() % 3 == 0 ? kClickPlaces : 60;
    const auto place = random() % 8 == 0 ? kNoClickPlace : static_cast<std::uint16_t>(random() % spread);
    (random() % 2 == 0 ? one_ : two_).click(place, static_cast<ClickKind>(kind), device);
    ++sent[std::string(kClickKindNames[kind]) + ' ' + std::string(kDeviceNames[device])];
  }
  one_.seal(true);
  two_.seal(true);
  auto frame = harvest();
  bool full = false, few = false;
  for (const auto& [key, sum] : frame.windows.begin()->second) {
    got[key.item + ' ' + key.dimensions[0].second] += sum.n;
    const auto detail = control::parse_click_detail(key.detail);
    ASSERT_TRUE(detail) << key.detail;
    full = full || detail->part == ClickPart::kNoRoom;
    few = few || detail->part == ClickPart::kSuppressed;
    for (const auto& [bucket, n] : sum.buckets) EXPECT_GE(n, 5u) << "a place that has to stay on the box";
  }
  EXPECT_EQ(got, sent);
  EXPECT_TRUE(full && few);
  frame.node = "edge-1";
  frame.seq = 1;
  const auto decoded = proto::decode(proto::encode(frame));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->frame.windows, frame.windows);
  const Footprint plan = footprint_of(definition_);
  EXPECT_LE(frame.windows.begin()->second.size(), plan.wire.series);
  EXPECT_EQ(plan.click_grid.series, 16u * (3 + 3)) << "bands and sums of each kind and device";
  inflate(frame, definition_);
  EXPECT_LT(proto::message_bytes(frame), plan.wire.frame_bytes);
}

}  // namespace
}  // namespace bellrock::harvest
