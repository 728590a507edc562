#include "control/store/novelty.h"

#include <algorithm>

namespace bellrock::store {

Novelty::Today& Novelty::today_of(const ReceivedFrame& received) {
  constexpr std::int64_t kDayMs = 86'400'000;
  const std::int64_t day = received.received_unix_ms / kDayMs;
  if (day != day_) today_.clear();
  day_ = day;
  return today_[received.frame->node];
}

bool Novelty::admit_boot(const ReceivedFrame& received) {
  Today& today = today_of(received);
  if (today.boots >= limits_.node_boots_a_day) return false;
  ++today.boots;
  return true;
}

std::set<control::SeriesKey> Novelty::excess(const ReceivedFrame& received, std::set<control::SeriesKey> fresh,
                                             std::size_t known) {
  Today& today = today_of(received);
  const std::size_t in_all = limits_.all - std::min(limits_.all, known);
  const std::size_t of_node = limits_.node_series_a_day - std::min(limits_.node_series_a_day, today.series);
  const std::size_t taken = std::min({fresh.size(), in_all, of_node});
  today.series += taken;
  std::size_t left = taken;
  for (const bool totals : {true, false}) {
    std::erase_if(fresh, [&](const control::SeriesKey& key) {
      return (key.scope == CellScope::kTotal) == totals && left != 0 && left-- != 0;
    });
  }
  if (!fresh.empty()) {
    const std::lock_guard lock(mutex_);
    last_why_ = in_all < of_node ? "the store holds " + std::to_string(limits_.all) + ", the most that it takes"
                                 : "it has brought " + std::to_string(limits_.node_series_a_day) +
                                       " today, the most that one node may";
  }
  return fresh;
}

control::DeltaFrame Novelty::without(const ReceivedFrame& received, const std::set<control::SeriesKey>& excess) {
  control::DeltaFrame frame = *received.frame;
  std::uint64_t counts = 0;
  for (auto& [start, series] : frame.windows) {
    std::erase_if(series, [&](const auto& one) {
      if (!excess.contains(one.first)) return false;
      counts += one.second.n;
      return true;
    });
  }
  frame.recorded -= std::min(counts, frame.recorded);
  const std::lock_guard lock(mutex_);
  series_left_out_ += excess.size();
  counts_left_out_ += counts;
  last_node_ = frame.node;
  return frame;
}

std::vector<std::string> Novelty::problems() const {
  const std::lock_guard lock(mutex_);
  if (series_left_out_ == 0) return {};
  return {"new series were left out of frames " + std::to_string(series_left_out_) + " times since the start, with " +
          std::to_string(counts_left_out_) + " counts; the last were of node " + last_node_ + ": " + last_why_};
}

}  // namespace bellrock::store
