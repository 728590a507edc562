// Frames for benches: one window, `series` series, `values` measured values in each.
#pragma once

#include <random>

#include "control/flow/delta_frame.h"
#include "control/flow/histogram.h"

namespace bellrock::bench {

inline control::DeltaFrame frame_of(std::size_t series, std::uint64_t seq, std::int64_t window = 1'700'000'000,
                                    int values = 200) {
  std::mt19937_64 random(seq);
  std::normal_distribution<double> bucket(-20, 90);
  control::DeltaFrame frame;
  frame.node = "edge";
  frame.seq = frame.oldest_seq_held = seq;
  auto& cells = frame.windows[window];
  for (std::size_t i = 0; i < series; ++i) {
    control::SeriesKey key{
        "journey-" + std::to_string(i % 8), 7, CellKind::kObjective, "objective", "good", CellScope::kDimensioned,
        {{"country", std::to_string(i)}}};
    control::Histogram h;
    for (int n = 0; n < values; ++n) {
      ++h.buckets[std::clamp(static_cast<std::int32_t>(bucket(random)), control::kBucketMin, control::kBucketEnd - 1)];
    }
    h.n = static_cast<std::uint64_t>(values);
    h.sum_ns = 150'000'000'000;
    h.min_ns = 1'000'000;
    h.max_ns = 9'000'000'000;
    frame.recorded += h.n;
    cells.emplace(std::move(key), std::move(h));
  }
  return frame;
}

}  // namespace bellrock::bench
