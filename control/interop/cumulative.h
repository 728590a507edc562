// What all applied frames have counted since the process began, for those who want totals that only grow. Any thread.
// Versions of an objective are one series here, and so are nodes. Dimensions are left out: a total stands for all.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "control/flow/delta_frame.h"
#include "control/flow/histogram.h"

namespace bellrock::interop {

struct TotalKey {
  std::string journey;
  CellKind kind = CellKind::kStart;
  std::string item, detail;  // as in control::SeriesKey

  friend auto operator<=>(const TotalKey&, const TotalKey&) = default;
};
using Totals = std::map<TotalKey, control::Distribution>;

inline constexpr std::size_t kTotalsMax = 100'000;  // series; what comes after them is left out, and counted

class Cumulative {
 public:
  explicit Cumulative(std::size_t series_max = kTotalsMax) : series_max_(series_max) {}
  void add(const control::DeltaFrame& frame);
  [[nodiscard]] Totals totals() const;
  [[nodiscard]] std::uint64_t left_out() const;  // counts of series that found no place

 private:
  const std::size_t series_max_;
  mutable std::mutex mutex_;
  Totals totals_;  // under mutex_
  std::uint64_t left_out_ = 0;
};

}  // namespace bellrock::interop
