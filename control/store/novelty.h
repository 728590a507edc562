// How much that is new a store takes of one node: names of series, and boots, of both of which a hostile node could
// make without end. What is over the bound is left out of its frame, which is taken otherwise: nobody's known series
// suffer from somebody's new ones. Held in memory: a start begins anew. One thread writes, any may ask for problems.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "control/store/series_store.h"

namespace bellrock::store {

class Novelty {
 public:
  explicit Novelty(SeriesLimits limits) : limits_(limits) {}

  [[nodiscard]] const SeriesLimits& limits() const { return limits_; }

  // Whether the frame's node may come under another boot today; counts it.
  bool admit_boot(const ReceivedFrame& received);

  // Of the new series of a frame those that are to be left out, when there are `known` in all; counts the others.
  // Empty: all are taken. Totals come before their dimensions: objectives and what has to add up are made of them.
  std::set<control::SeriesKey> excess(const ReceivedFrame& received, std::set<control::SeriesKey> fresh,
                                      std::size_t known);
  // The frame without these series. Notes how much is left out, and of whom.
  control::DeltaFrame without(const ReceivedFrame& received, const std::set<control::SeriesKey>& excess);

  // After a rollback: what was counted was not taken.
  void forget_today() { today_.clear(); }

  // What was left out since the start, as a line for whoever looks after the centre.
  [[nodiscard]] std::vector<std::string> problems() const;

 private:
  struct Today {
    std::size_t series = 0, boots = 0;
  };
  Today& today_of(const ReceivedFrame& received);

  const SeriesLimits limits_;
  std::int64_t day_ = 0;
  std::map<std::string, Today> today_;  // by node

  mutable std::mutex mutex_;
  std::uint64_t series_left_out_ = 0, counts_left_out_ = 0;
  std::string last_node_, last_why_;
};

}  // namespace bellrock::store
