#include "control/harvest/footprint.h"

#include <gtest/gtest.h>

#include "control/flow/histogram.h"
#include "control/harvest/harvester.h"
#include "control/proto/frame_codec.h"
#include "dataplane/journey/recorder.h"
#include "dataplane/journey/snapshot.h"
#include "tests/unit/control/harvest/harvest_fixture.h"

namespace bellrock::harvest {
namespace {

constexpr std::int64_t kFirstWindow = 176'400'000;

// A recorder's cells on a real board, with everything counted that they can hold.
class FullBoard {
 public:
  explicit FullBoard(const journey::Definition& definition)
      : definition_(definition),
        board_(make_board(definition, 1)),
        core_(board_.core(0)),
        journal_(board_.journal(0)),
        banks_(core_, journal_),
        shard_(core_.shard, board_.sizes().cells, board_.sizes().pages, journal_, counters_),
        recorder_(definition, shard_) {
    shard_.set_active(banks_.active());
    banks_.start(kFirstWindow);
  }

  [[nodiscard]] std::uint64_t cells_used() const {
    return sketch::view_keys(core_.shard.keys, board_.sizes().cells).header->used;
  }
  [[nodiscard]] std::uint64_t owned_pages() const {
    return sketch::view_keys(core_.shard.keys, board_.sizes().cells).header->owned_pages;
  }
  [[nodiscard]] const board::Sizes& sizes() const { return board_.sizes(); }

  // A value in every bucket of every series, by dimension as long as there is room.
  void fill() {
    const std::uint64_t reserved = cells_used();
    for (std::uint32_t cell = 0; cell < reserved; ++cell) {
      const CellKey key = sketch::view_keys(core_.shard.keys, board_.sizes().cells).keys[cell];
      sketch::may_measure(key) ? each_bucket([&](Duration value) { shard_.add_at(cell, value); }) : count(cell);
    }
    for (std::uint32_t cell = 0; cell < reserved; ++cell) {
      CellKey key = sketch::view_keys(core_.shard.keys, board_.sizes().cells).keys[cell];
      if (key.scope == CellScope::kOverflow) fill_combinations(key);
    }
  }

  control::DeltaFrame harvest() {
    Harvester harvester(board_, definition_);
    banks_.seal(kFirstWindow + 1, std::vector<std::uint64_t>(definition_.journeys.size(), 7));
    return harvester.collect().value();
  }

 private:
  void count(std::uint32_t cell) {
    shard_.count_at(cell);
    journal_.commit();
  }
  template <typename Add>
  void each_bucket(Add&& add) {
    for (std::int32_t slot = 0; slot < sketch::kSlots; ++slot) {
      add(static_cast<Duration>(control::bucket_lower_ns(sketch::index_of_slot(slot)) * 1.003) + 1);
      counters_.take_each([](CounterId, std::uint64_t) {});
      journal_.commit();
    }
  }
  void fill_combinations(CellKey key) {
    const journey::Journey& journey = definition_.journeys[key.journey.index()];
    key.scope = CellScope::kDimensioned;
    for (bool more = true; more;) {
      if (sketch::may_measure(key)) {
        each_bucket([&](Duration value) { shard_.add(key, value); });
      } else {
        shard_.count(key);
        journal_.commit();
      }
      more = false;
      for (std::size_t d = 0; d < journey.dimensions.size() && !more; ++d) {
        more = key.values[d] < definition_.dimensions[journey.dimensions[d].index()].values.size();
        key.values[d] = more ? static_cast<std::uint8_t>(key.values[d] + 1) : std::uint8_t{0};
      }
    }
  }

  const journey::Definition& definition_;
  board::Board board_;
  board::CoreView core_;
  Journal journal_;
  Counters counters_;
  board::Banks banks_;
  sketch::Shard shard_;
  journey::Recorder<sketch::Shard> recorder_;
};

Footprint footprint_of(const journey::Definition& definition) {
  return footprint(definition, journey::encode(definition).size(), kSecond);
}

// Everything in the frame as large as a board can make it.
void inflate(control::DeltaFrame& frame, const journey::Definition& definition) {
  const SeriesNames names(definition);
  for (std::size_t id = 0; id < counter::kCount; ++id) {
    const std::string name = names.counter(static_cast<CounterId>(id));
    if (!name.empty()) frame.counters[name] = ~std::uint64_t{0};
  }
  for (auto& [start, window] : frame.windows) {
    for (auto& [key, histogram] : window) {
      for (auto& [index, count] : histogram.buckets) count = 0xffff'ffff;
      histogram.n = ~std::uint64_t{0};
      if (histogram.buckets.empty()) continue;
      histogram.sum_ns = histogram.min_ns = histogram.max_ns = histogram.zero = histogram.overflow = histogram.n;
    }
  }
  frame.node = std::string(proto::kNameBytesMax, 'n');
  frame.seq = frame.oldest_seq_held = frame.recorded = ~std::uint64_t{0};
  frame.sent_unix_ms = -1;
  frame.board_lost = frame.open;
  frame.edge = control::EdgeState{true, -1};
}

TEST(Footprint, CountsTheCellsAndPagesThatARecorderReserves) {
  const journey::Definition definition = shop();
  const Footprint plan = footprint_of(definition);
  const FullBoard board(definition);
  EXPECT_EQ(plan.board.reserved_cells, board.cells_used());
  EXPECT_EQ(plan.board.reserved_pages, board.owned_pages());
  EXPECT_EQ(plan.board.cells, board.sizes().cells);
  EXPECT_EQ(plan.board.bytes,
            board::Layout::make(board::sizes_for(definition, journey::encode(definition).size()))->bytes());
}

TEST(Footprint, MultipliesTheValuesOfDimensions) {
  const Footprint plan = footprint_of(shop());
  const JourneyFootprint& checkout = plan.journeys[0];
  EXPECT_EQ(checkout.dimensions, (std::vector<std::pair<std::string, std::uint64_t>>{{"release", 3}, {"device", 4}}));
  EXPECT_EQ(checkout.combinations, 12u);
  EXPECT_EQ(checkout.items, 10u + 8u) << "outcomes, and verdicts of one objective";
  EXPECT_EQ(checkout.by_dimension, 12u * 18u);
  EXPECT_EQ(checkout.total, 1u + 2u + 10u + 8u);
  EXPECT_EQ(checkout.overflow, 18u);
  EXPECT_EQ(checkout.series(), 216u + 21u + 18u);
  EXPECT_EQ(plan.journeys[1].combinations, 0u);
  EXPECT_EQ(plan.journeys[1].series(), 11u);
}

TEST(Footprint, IsAboveAFrameWithEverySeriesAndEveryBucketFilled) {
  for (const std::uint32_t cells : {20u, 300u, 1'000u}) {
    for (const std::uint32_t pages : {40u, 400u, 8'000u}) {
      journey::Definition definition = shop();
      definition.limits.cells_per_core = cells;
      definition.limits.pages_per_bank = pages;
      const Footprint plan = footprint_of(definition);
      FullBoard board(definition);
      board.fill();
      control::DeltaFrame frame = board.harvest();
      std::uint64_t series = 0, buckets = 0;
      for (const auto& [key, histogram] : frame.windows.begin()->second) {
        ++series;
        buckets += histogram.buckets.size();
      }
      EXPECT_EQ(series, plan.wire.series) << "as many as there is room for";
      EXPECT_LE(buckets, plan.wire.buckets);
      EXPECT_GE(buckets + 2'048 * std::min<std::uint64_t>(cells, 216), plan.wire.buckets) << "but for odd pages";
      inflate(frame, definition);
      EXPECT_LT(proto::message_bytes(frame), plan.wire.frame_bytes) << cells << ' ' << pages;
      EXPECT_LT(proto::encode(frame).size(), plan.wire.window_bytes);
      EXPECT_EQ(plan.board.fits(), cells != 20) << plan.board.free_cells;
    }
  }
}

TEST(Footprint, BoundsAllHarvestsOfAWindow) {
  const journey::Definition definition = shop();
  const Footprint plan = footprint_of(definition);
  EXPECT_EQ(plan.wire.banks_per_window, 12u) << "one a second, one more where they begin, and the window's end";
  EXPECT_GE(plan.wire.window_bytes, 12 * plan.wire.frame_bytes);
  EXPECT_EQ(plan.wire.day_bytes, 8'640 * plan.wire.window_bytes);
  const Footprint seldom = footprint(definition, 1'000, kWindow);
  EXPECT_EQ(seldom.wire.banks_per_window, 3u);
  EXPECT_LT(seldom.wire.window_bytes, plan.wire.window_bytes);
}

TEST(Footprint, BoundsMoreTightlyWhereTrafficIsKnown) {
  const Footprint plan = footprint_of(shop());
  const std::uint64_t few = day_bytes_at(plan.wire, 10), many = day_bytes_at(plan.wire, 1'000);
  EXPECT_LT(few, many);
  EXPECT_LT(many, plan.wire.day_bytes);
  EXPECT_EQ(day_bytes_at(plan.wire, 1'000'000'000), plan.wire.day_bytes);
  EXPECT_EQ(day_bytes_at(plan.wire, ~std::uint64_t{0}), plan.wire.day_bytes);
}

TEST(Footprint, DoesNotWrapRoundForTheLargestProduct) {
  journey::Definition definition = shop();
  definition.dimensions.clear();
  definition.journeys[0].dimensions.clear();
  for (std::size_t d = 0; d < kJourneyDimensionsMax; ++d) {
    definition.dimensions.push_back({"d" + std::to_string(d), {}, std::vector<std::string>(kDimensionValuesMax, "v")});
    definition.journeys[0].dimensions.emplace_back(d);
  }
  const Footprint plan = footprint_of(definition);
  EXPECT_EQ(plan.journeys[0].by_dimension, ~std::uint64_t{0});
  EXPECT_FALSE(plan.board.fits());
  EXPECT_LT(plan.wire.series, 1'000u);
}

TEST(Footprint, SaysWhenACentreWouldNotTakeAFullFrame) {
  journey::Definition definition = shop();
  EXPECT_TRUE(footprint_of(definition).wire.centre_takes_it);
  definition.limits.workers = 64;
  definition.limits.pages_per_bank = 60'000;
  for (auto& dimension : definition.dimensions) {
    for (int i = 0; i < 40; ++i) dimension.values.push_back(std::to_string(i));
  }
  definition.limits.cells_per_core = 60'000;
  EXPECT_FALSE(footprint_of(definition).wire.centre_takes_it);
}

}  // namespace
}  // namespace bellrock::harvest
