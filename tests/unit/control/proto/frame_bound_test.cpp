#include "control/proto/frame_bound.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <set>
#include <string>

#include "control/flow/bucket_codec.h"
#include "control/proto/frame_codec.h"

namespace bellrock::proto {
namespace {

constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();
constexpr std::int64_t kStart = 1'764'000'000;

// Every name distinct, every number as long as it can be, every bucket occupied.
control::DeltaFrame full_frame(std::size_t series, std::size_t dimensions, std::uint64_t count) {
  control::DeltaFrame frame;
  frame.node = std::string(kNameBytesMax, 'n');
  frame.boot.fill(1);
  frame.board_id.fill(1);
  frame.snapshot.fill(1);
  frame.seq = frame.oldest_seq_held = frame.recorded = kHuge;
  frame.sent_unix_ms = -1;
  frame.edge = control::EdgeState{true, -1};
  frame.clock = control::ClockState{control::kClockMsMax, control::kClockMsMax};
  control::Histogram histogram{kHuge, kHuge, kHuge, kHuge, kHuge, kHuge, {}};
  for (std::int32_t i = control::kBucketMin; i < control::kBucketEnd; ++i) histogram.buckets[i] = count;
  for (std::size_t i = 0; i < series; ++i) {
    const std::string number = std::to_string(i);
    control::SeriesKey key{"journey-" + number,  kHuge, CellKind::kObjective, "item-" + number, "bad.failed",
                           CellScope::kOverflow, {}};
    for (std::size_t d = 0; d < dimensions; ++d) {
      key.dimensions.emplace_back("name-" + std::to_string(d), "value-" + std::to_string(i));
    }
    frame.windows[kStart][key] = histogram;
    frame.open[key.journey] = kHuge;
    frame.counters["counter-" + std::to_string(i)] = kHuge;
  }
  return frame;
}

std::size_t bound_of(const control::DeltaFrame& frame, std::size_t dimensions, std::uint64_t count,
                     SeriesHas has = SeriesHas::kHistogram) {
  std::set<std::string> names;
  std::size_t bytes = head_bytes_max();
  for (const auto& [start, window] : frame.windows) {
    bytes += window_bytes_max();
    for (const auto& [key, histogram] : window) {
      names.insert({key.journey, key.item, key.detail});
      for (const auto& [name, value] : key.dimensions) names.insert({name, value});
      bytes += series_bytes_max(dimensions, has) + histogram.buckets.size() * bucket_bytes_max(count);
    }
  }
  for (const auto& [name, value] : frame.counters) names.insert(name);
  for (const std::string& name : names) bytes += name_bytes(name);
  return bytes + frame.open.size() * level_bytes_max() + frame.counters.size() * counter_bytes_max();
}

TEST(FrameBound, IsAboveAFrameWithEverySeriesAndEveryBucketFilled) {
  for (const std::size_t series : {1u, 2u, 40u, 400u}) {
    for (const std::size_t dimensions : {0u, 1u, 8u}) {
      for (const std::uint64_t count : {std::uint64_t{1}, std::uint64_t{64}, (std::uint64_t{1} << 32) - 1}) {
        const control::DeltaFrame frame = full_frame(series, dimensions, count);
        const std::size_t bytes = message_bytes(frame), bound = bound_of(frame, dimensions, count);
        EXPECT_LE(bytes, bound) << series << ' ' << dimensions << ' ' << count;
        EXPECT_LE(bound, bytes + bytes / 50 + 300) << "and close to it: " << series << ' ' << dimensions;
        EXPECT_LE(encode(frame).size(), wire_bytes_max(bound));
      }
    }
  }
}

TEST(FrameBound, CountsASeriesWithoutHistogramAsLess) {
  control::DeltaFrame frame = full_frame(20, 2, 1);
  for (auto& [start, window] : frame.windows) {
    for (auto& [key, histogram] : window) histogram = {kHuge, 0, 0, 0, 0, 0, {}};
  }
  EXPECT_LE(message_bytes(frame), bound_of(frame, 2, 1, SeriesHas::kNothing));
  EXPECT_LT(series_bytes_max(2, SeriesHas::kNothing), series_bytes_max(2, SeriesHas::kHistogram));
}

TEST(FrameBound, CountsTheSumOfASeriesOfMoney) {
  control::DeltaFrame frame = full_frame(400, 2, 1);
  for (auto& [start, window] : frame.windows) {
    std::map<control::SeriesKey, control::Histogram> money;
    for (const auto& [key, histogram] : window) {
      control::SeriesKey of_money = key;
      of_money.kind = CellKind::kValue;
      money[of_money] = {kHuge, kHuge, 0, 0, 0, 0, {}};
    }
    window = std::move(money);
  }
  EXPECT_LE(message_bytes(frame), bound_of(frame, 2, 1, SeriesHas::kSum));
  EXPECT_EQ(series_bytes_max(2, SeriesHas::kSum) - series_bytes_max(2, SeriesHas::kNothing), 11u)
      << "a field of ten bytes and its number";
}

TEST(FrameBound, HoldsForBucketsThatLieApart) {
  for (const std::int32_t gap : {1, 2, 7, 100, 2'047}) {
    for (const std::uint64_t count : {1u, 63u, 64u, 100'000u}) {
      control::Buckets buckets;
      for (std::int32_t i = control::kBucketMin; i < control::kBucketEnd; i += gap) buckets[i] = count;
      const std::size_t bytes = control::pack(buckets).bytes.size();
      EXPECT_LE(bytes, buckets.size() * lone_bucket_bytes_max(count)) << gap;
      EXPECT_LE(bytes, 2'048 * bucket_bytes_max(count)) << gap;
    }
  }
}

TEST(FrameBound, TellsWhatLostFramesAdd) {
  control::DeltaFrame frame = full_frame(1, 0, 1);
  const std::size_t before = message_bytes(frame);
  for (std::size_t i = 0; i < kLostRangesMax; ++i) frame.lost.push_back({kHuge - 2 * i, kHuge - 2 * i});
  EXPECT_LE(message_bytes(frame) - before, lost_bytes_max());
}

}  // namespace
}  // namespace bellrock::proto
