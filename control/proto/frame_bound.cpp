#include "control/proto/frame_bound.h"

#include <zstd.h>

#include <limits>
#include <string>

#include "control/flow/bucket_codec.h"
#include "control/proto/frame_codec.h"

namespace bellrock::proto {
namespace {

using control::DeltaFrame;
using control::Histogram;
using control::SeriesKey;

constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();
// A probe's names are few, so that their indexes take one byte; those of a full table (kStringsMax) take three.
constexpr std::size_t kIndexGrowth = 2;
static_assert(kStringsMax <= std::size_t{1} << 21, "an index of a name takes three bytes at most");
// The length of a message inside another, or of packed bytes: one byte in a probe, four at most.
constexpr std::size_t kLengthGrowth = 3;

// The largest frame without windows.
DeltaFrame head() {
  DeltaFrame frame;
  frame.node = std::string(kNameBytesMax, 'n');
  frame.boot.fill(0xff);
  frame.board_id.fill(0xff);
  frame.snapshot.fill(0xff);
  frame.seq = frame.oldest_seq_held = frame.recorded = kHuge;
  frame.sent_unix_ms = -1;
  frame.edge = control::EdgeState{true, -1};
  frame.clock = control::ClockState{std::numeric_limits<std::int64_t>::min(), -1};
  return frame;
}

std::size_t growth(const DeltaFrame& frame, const DeltaFrame& from) {
  return message_bytes(frame) - message_bytes(from);
}

constexpr std::int64_t kLateStart = std::int64_t{1} << 33;

std::size_t varint_bytes(std::uint64_t value) {
  std::string bytes;
  control::append_varint(bytes, value);
  return bytes.size();
}

}  // namespace

std::size_t head_bytes_max() { return message_bytes(head()); }

std::size_t lost_bytes_max() {
  DeltaFrame frame;
  for (std::size_t i = 0; i < kLostRangesMax; ++i) frame.lost.push_back({kHuge, kHuge});
  return growth(frame, {});
}

std::size_t window_bytes_max() {
  DeltaFrame frame;
  frame.windows[kLateStart];
  return growth(frame, {}) + kLengthGrowth;
}

std::size_t series_bytes_max(std::size_t dimensions, SeriesHas has) {
  const bool measured = has == SeriesHas::kHistogram;
  const CellKind kind = has == SeriesHas::kSum ? CellKind::kValue : CellKind::kObjective;
  SeriesKey key{"a", kHuge, kind, "a", "a", CellScope::kOverflow, {}};
  for (std::size_t i = 0; i < dimensions; ++i) key.dimensions.emplace_back("a", "a");
  Histogram histogram;
  histogram.n = kHuge;
  if (has == SeriesHas::kSum) histogram.sum_ns = kHuge;
  if (measured) {
    histogram.sum_ns = histogram.min_ns = histogram.max_ns = histogram.zero = histogram.overflow = kHuge;
    histogram.buckets[control::kBucketMin] = 1;
  }
  // The same names are in both frames. The first of a sorted table has index 0, which proto3 leaves out: "" is that.
  DeltaFrame frame, empty;
  for (DeltaFrame* one : {&frame, &empty}) {
    one->windows[kLateStart];
    one->open = {{"", 1}, {"a", 1}};
  }
  frame.windows[kLateStart][key] = histogram;
  const std::size_t indexes = 3 + 2 * dimensions;
  const std::size_t bucket = measured ? 1 : 0;  // the byte of the probe's own bucket
  return growth(frame, empty) - bucket + kIndexGrowth * indexes + 2 * kLengthGrowth;
}

std::size_t bucket_bytes_max(std::uint64_t count_max) { return varint_bytes(2 * count_max + 1); }

std::size_t lone_bucket_bytes_max(std::uint64_t count_max) {
  return bucket_bytes_max(count_max) + varint_bytes(control::kBucketEnd - control::kBucketMin);
}

std::size_t name_bytes(std::string_view name) {
  DeltaFrame frame;
  frame.open[std::string(name)] = 1;
  DeltaFrame empty;
  empty.open[""] = 1;
  // The other one's table has one name too, of no bytes.
  return message_bytes(frame) - message_bytes(empty) + 2;
}

std::size_t level_bytes_max() {
  DeltaFrame frame, one;
  frame.open = {{"", kHuge}, {"a", kHuge}};
  one.open = {{"", kHuge}};
  return growth(frame, one) - name_bytes("a") + kIndexGrowth;
}

std::size_t counter_bytes_max() {
  DeltaFrame frame, one;
  frame.counters = {{"", kHuge}, {"a", kHuge}};
  one.counters = {{"", kHuge}};
  return growth(frame, one) - name_bytes("a") + kIndexGrowth;
}

std::size_t wire_bytes_max(std::size_t message_bytes) { return ZSTD_compressBound(message_bytes); }

}  // namespace bellrock::proto
