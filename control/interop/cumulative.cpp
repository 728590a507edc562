#include "control/interop/cumulative.h"

namespace bellrock::interop {

void Cumulative::add(const control::DeltaFrame& frame) {
  const std::lock_guard lock(mutex_);
  for (const auto& [start, window] : frame.windows) {
    for (const auto& [key, histogram] : window) {
      if (key.scope != CellScope::kTotal) continue;
      TotalKey total{key.journey, key.kind, key.item, key.detail};
      const auto at = totals_.lower_bound(total);
      const bool known = at != totals_.end() && at->first == total;
      if (!known && totals_.size() == series_max_) {
        left_out_ += histogram.n;
        continue;
      }
      control::merge(known ? at->second : totals_.emplace_hint(at, std::move(total), control::Distribution{})->second,
                     histogram);
    }
  }
}

Totals Cumulative::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

std::uint64_t Cumulative::left_out() const {
  const std::lock_guard lock(mutex_);
  return left_out_;
}

}  // namespace bellrock::interop
