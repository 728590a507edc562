// A real board on which everything is counted that a definition can hold, and the frame that comes of it: what
// footprint.h bounds. For tests.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "control/flow/histogram.h"
#include "control/harvest/footprint.h"
#include "control/harvest/harvester.h"
#include "control/proto/frame_codec.h"
#include "dataplane/flow/visitor.h"
#include "dataplane/flow/vital.h"
#include "dataplane/journey/recorder.h"
#include "dataplane/journey/session_table.h"
#include "dataplane/journey/snapshot.h"
#include "dataplane/journey/top_values.h"
#include "tests/unit/control/harvest/harvest_fixture.h"

namespace bellrock::harvest {

inline constexpr std::int64_t kFirstWindow = 176'400'000;

// A recorder's cells on one core of a real board, with everything counted that they can hold.
class FullCore {
 public:
  FullCore(const journey::Definition& definition, board::Board& board, std::uint32_t index)
      : definition_(definition),
        index_(index),
        sizes_(board.sizes()),
        core_(board.core(index)),
        journal_(board.journal(index)),
        banks_(core_, journal_),
        shard_(core_.shard, sizes_.cells, sizes_.pages, journal_, counters_),
        recorder_(definition, shard_) {
    shard_.set_active(banks_.active());
    banks_.start(kFirstWindow);
  }

  [[nodiscard]] std::uint64_t cells_used() const { return keys().header->used; }
  [[nodiscard]] std::uint64_t owned_pages() const { return keys().header->owned_pages; }

  // A value in every bucket of every series, by dimension as long as there is room.
  void fill() {
    fill_top_values();
    const std::uint64_t reserved = cells_used();
    for (std::uint32_t cell = 0; cell < reserved; ++cell) {
      if (sketch::may_measure(keys().keys[cell])) {
        each_bucket([&](Duration value) { shard_.add_at(cell, value); });
      } else {
        adds_up(keys().keys[cell].kind) ? shard_.sum_at(cell, kAmountMax) : shard_.count_at(cell);
        journal_.commit();
      }
    }
    for (std::uint32_t cell = 0; cell < reserved; ++cell) {
      const CellKey key = keys().keys[cell];
      if (key.scope == CellScope::kOverflow) key.kind == CellKind::kVital ? fill_groups(key) : fill_combinations(key);
    }
  }
  void seal() { banks_.seal(kFirstWindow + 1, std::vector<std::uint64_t>(definition_.journeys.size(), 7)); }

 private:
  [[nodiscard]] sketch::KeysView keys() const { return sketch::view_keys(core_.shard.keys, sizes_.cells); }
  // Texts of this core's own, as long as they can be.
  void fill_top_values() {
    journey::SessionTable table(core_.sessions, sizes_.sessions, sizes_.attempts, journal_);
    for (std::size_t i = 0; i < definition_.dimensions.size(); ++i) {
      const std::uint8_t top = definition_.dimensions[i].top;
      if (top != 0) fill_table(table.top_table(journey::top_table_of(definition_, DimensionId{i})), top, i);
    }
    if (definition_.error_top != 0) {
      fill_table(table.top_table(journey::kErrorTable), definition_.error_top, definition_.dimensions.size());
    }
  }
  void fill_table(journey::TopTable& table, std::uint8_t top, std::size_t number) {
    journey::TopValues values(table, top, kHour, journal_);
    for (std::size_t n = 0; n < 2u * top; ++n) {
      std::string text = std::to_string(index_) + '.' + std::to_string(number) + '.' + std::to_string(n);
      text.resize(kTopTextBytesMax, 'x');
      values.counted(values.see(text, {}));
      journal_.commit();
    }
  }
  template <typename Add>
  void each_bucket(Add&& add) {
    for (std::int32_t slot = 0; slot < sketch::kSlots; ++slot) {
      add(static_cast<Duration>(control::bucket_lower_ns(sketch::index_of_slot(slot)) * 1.003) + 1);
      counters_.take_each([](CounterId, std::uint64_t) {});
      journal_.commit();
    }
  }
  // Of a page's vitals: every device with every connection.
  void fill_groups(CellKey key) {
    key.scope = CellScope::kDimensioned;
    for (std::size_t group = 0; group < kDeviceNames.size() * kConnectionNames.size(); ++group) {
      key.values[0] = static_cast<std::uint8_t>(group % kDeviceNames.size());
      key.values[1] = static_cast<std::uint8_t>(group / kDeviceNames.size());
      each_bucket([&](Duration value) { shard_.add(key, value); });
    }
  }
  [[nodiscard]] std::vector<std::pair<std::uint8_t, std::uint8_t>> coverage_values() const {
    const journey::Coverage& coverage = definition_.coverage;
    const std::size_t browsers = definition_.visitors.browsers.size();
    std::vector<std::pair<std::uint8_t, std::uint8_t>> values{{std::uint8_t{0}, static_cast<std::uint8_t>(browsers)}};
    if (!coverage.has_place) return values;
    const std::size_t places = definition_.dimensions[coverage.place.index()].values.size();
    values.emplace_back(std::uint8_t{0}, static_cast<std::uint8_t>(places));
    return values;
  }
  // The values that a key can have, by place: from 0, but for a stratum that is always known.
  [[nodiscard]] std::vector<std::pair<std::uint8_t, std::uint8_t>> values_of(const CellKey& key) const {
    if (key.kind == CellKind::kCoverage) return coverage_values();
    if (key.kind == CellKind::kError) return {{std::uint8_t{0}, definition_.error_top}};
    if (key.kind == CellKind::kClick || key.kind == CellKind::kSplit || key.kind == CellKind::kFrustration) {
      return {{std::uint8_t{0}, static_cast<std::uint8_t>(kDeviceNames.size() - 1)}};
    }
    const journey::Journey& journey = definition_.journeys[key.journey.index()];
    const auto of = [&](DimensionId id) {
      const journey::Dimension& dimension = definition_.dimensions[id.index()];
      const std::size_t last = dimension.top != 0 ? dimension.top : dimension.values.size();
      return std::pair{std::uint8_t{0}, static_cast<std::uint8_t>(last)};
    };
    std::vector<std::pair<std::uint8_t, std::uint8_t>> values;
    if (key.kind == CellKind::kFeedback) return {{std::uint8_t{0}, static_cast<std::uint8_t>(kAnswerBands - 1)}};
    if (key.kind != CellKind::kEffect) {
      for (const DimensionId id : journey.dimensions) values.push_back(of(id));
      return values;
    }
    for (const std::uint8_t stratum : journey.effects[effect_of(key.item)].strata) {
      const bool returning = stratum == journey::Effect::kReturning;
      values.push_back(returning ? std::pair<std::uint8_t, std::uint8_t>{1, 2} : of(journey.dimensions[stratum]));
    }
    return values;
  }
  void fill_combinations(CellKey key) {
    const auto values = values_of(key);
    for (std::size_t d = 0; d < values.size(); ++d) key.values[d] = values[d].first;
    key.scope = CellScope::kDimensioned;
    for (bool more = true; more;) {
      if (sketch::may_measure(key)) {
        each_bucket([&](Duration value) { shard_.add(key, value); });
      } else {
        adds_up(key.kind) ? shard_.sum(key, kAmountMax) : shard_.count(key);
        journal_.commit();
      }
      more = false;
      for (std::size_t d = 0; d < values.size() && !more; ++d) {
        more = key.values[d] < values[d].second;
        key.values[d] = more ? static_cast<std::uint8_t>(key.values[d] + 1) : values[d].first;
      }
    }
  }

  const journey::Definition& definition_;
  const std::uint32_t index_;
  const board::Sizes sizes_;
  board::CoreView core_;
  Journal journal_;
  Counters counters_;
  board::Banks banks_;
  sketch::Shard shard_;
  journey::Recorder<sketch::Shard> recorder_;
};

class FullBoard {
 public:
  explicit FullBoard(const journey::Definition& definition)
      : definition_(definition), board_(make_board(definition, definition.limits.workers)) {
    for (std::uint32_t i = 0; i < board_.workers(); ++i) {
      cores_.push_back(std::make_unique<FullCore>(definition, board_, i));
    }
  }
  [[nodiscard]] const FullCore& core(std::size_t index) const { return *cores_[index]; }
  [[nodiscard]] const board::Sizes& sizes() const { return board_.sizes(); }

  void fill() {
    for (const auto& core : cores_) core->fill();
  }
  control::DeltaFrame harvest() {
    Harvester harvester(board_, definition_);
    for (const auto& core : cores_) core->seal();
    return harvester.collect().value();
  }

 private:
  const journey::Definition& definition_;
  board::Board board_;
  std::vector<std::unique_ptr<FullCore>> cores_;
};

inline Footprint footprint_of(const journey::Definition& definition) {
  return footprint(definition, journey::encode(definition).size(), kSecond);
}

// Everything in the frame as large as a board can make it.
inline void inflate(control::DeltaFrame& frame, const journey::Definition& definition) {
  const SeriesNames names(definition);
  for (std::size_t id = 0; id < counter::kCount; ++id) {
    const std::string name = names.counter(static_cast<CounterId>(id));
    if (!name.empty()) frame.counters[name] = ~std::uint64_t{0};
  }
  for (auto& [start, window] : frame.windows) {
    for (auto& [key, histogram] : window) {
      for (auto& [index, count] : histogram.buckets) count = 0xffff'ffff;
      histogram.n = ~std::uint64_t{0};
      if (adds_up(key.kind)) histogram.sum_ns = histogram.n;
      if (histogram.buckets.empty()) continue;
      histogram.sum_ns = histogram.min_ns = histogram.max_ns = histogram.zero = histogram.overflow = histogram.n;
    }
  }
  frame.node = std::string(proto::kNameBytesMax, 'n');
  frame.seq = frame.oldest_seq_held = frame.recorded = ~std::uint64_t{0};
  frame.sent_unix_ms = -1;
  frame.board_lost = frame.open;
  frame.edge = control::EdgeState{true, -1};
  frame.clock = control::ClockState{control::kClockMsMax, control::kClockMsMax};
}

inline void expect_above_a_full_frame(journey::Definition definition, std::uint32_t cells, std::uint32_t pages) {
  SCOPED_TRACE(testing::Message() << cells << " cells, " << pages << " pages");
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
  EXPECT_LE(series, plan.wire.series) << "series that both cores have are one in a frame";
  EXPECT_LE(buckets, plan.wire.buckets);
  if (definition.limits.workers == 1) {
    EXPECT_EQ(series, plan.wire.series) << "as many as there is room for";
    EXPECT_GE(buckets + 2'048 * std::min<std::uint64_t>(cells, plan.board.by_dimension), plan.wire.buckets)
        << "but for odd pages";
  }
  inflate(frame, definition);
  EXPECT_LT(proto::message_bytes(frame), plan.wire.frame_bytes);
  EXPECT_LT(proto::encode(frame).size(), plan.wire.window_bytes);
  EXPECT_EQ(plan.board.fits(), cells >= plan.board.by_dimension) << plan.board.free_cells;
}

}  // namespace bellrock::harvest
