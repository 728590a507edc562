// The occupied buckets of one histogram: index (base-2 exponential, scale 6) and count, in rising order in one piece of
// memory, so that merging reads them one after the other. Any thread, as a value.
#pragma once

#include <boost/container/flat_map.hpp>
#include <cstdint>
#include <utility>

namespace bellrock::control {

using Buckets = boost::container::flat_map<std::int32_t, std::uint64_t>;

// Makes room in `into` for the `missing` buckets of `from` that it has not, and puts them there: from the back, so that
// each bucket moves at most once.
inline void insert_missing(Buckets& into, const Buckets& from, std::size_t missing) {
  auto held = into.extract_sequence();
  std::size_t old = held.size(), end = old + missing;
  held.resize(end);
  for (auto added = from.rbegin(); missing != 0; ++added) {
    while (old != 0 && held[old - 1].first > added->first) held[--end] = held[--old];
    if (old != 0 && held[old - 1].first == added->first) {
      held[--end] = held[--old];
    } else {
      held[--end] = *added;
      --missing;
    }
  }
  into.adopt_sequence(boost::container::ordered_unique_range, std::move(held));
}

// Adds every count of `from`. Linear in both.
inline void add(Buckets& into, const Buckets& from) {
  if (into.empty()) {
    into = from;
    return;
  }
  std::size_t missing = 0;
  auto at = into.begin();
  const auto end = into.end();
  for (const auto& [index, count] : from) {
    while (at != end && at->first < index) ++at;
    if (at != end && at->first == index) {
      at->second += count;
    } else {
      ++missing;
    }
  }
  if (missing != 0) insert_missing(into, from, missing);
}

}  // namespace bellrock::control
