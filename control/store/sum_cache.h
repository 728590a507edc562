// What past parts of a store's time add up to, series by series, so that a question about four weeks reads the rows of
// the present only. An entry holds for one version of its part (touches.h). Any thread; bounded by bytes: when they
// are used up, everything is forgotten and read again.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "control/flow/histogram.h"
#include "control/store/kept_days.h"

namespace bellrock::store {

// n by the start of its minute or hour; none where there was nothing.
using PartCounts = std::vector<std::pair<std::int64_t, std::uint64_t>>;

// Entries of one kind.
template <typename Value>
class Shelf {
 public:
  // Null where there is none of this version.
  std::shared_ptr<const Value> find(std::int64_t series, std::int64_t start, std::uint64_t version) const {
    const std::shared_lock lock(mutex_);
    const auto found = entries_.find({series, start});
    return found == entries_.end() || found->second.version != version ? nullptr : found->second.value;
  }
  void put(std::int64_t series, std::int64_t start, std::uint64_t version, std::shared_ptr<const Value> value) {
    const std::lock_guard lock(mutex_);
    entries_[{series, start}] = {version, std::move(value)};
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    entries_.clear();
  }

 private:
  struct Key {
    std::int64_t series, start;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const {
      // Starts are multiples of hundreds; the factor is odd and spreads both over all bits.
      return (static_cast<std::uint64_t>(key.series) * 0x9e3779b97f4a7c15u) ^
             (static_cast<std::uint64_t>(key.start) * 0xc2b2ae3d27d4eb4fu);
    }
  };
  struct Entry {
    std::uint64_t version = 0;
    std::shared_ptr<const Value> value;
  };
  mutable std::shared_mutex mutex_;
  std::unordered_map<Key, Entry, Hash> entries_;
};

// How much is kept, in bytes. What is put twice counts twice until it is cleared.
class Budget {
 public:
  explicit Budget(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Before something of so many bytes is put; false: there is no room even when nothing else is kept. Calls `clear`
  // where everything else has to go.
  template <typename Clear>
  bool make_room(std::size_t bytes, Clear&& clear) {
    if (bytes > bytes_max_) return false;
    if (bytes_.fetch_add(bytes) + bytes <= bytes_max_) return true;
    clear();
    bytes_ = bytes;
    return true;
  }

 private:
  std::size_t bytes_max_;
  std::atomic<std::size_t> bytes_ = 0;
};

class SumCache {
 public:
  static constexpr std::size_t kBytesMax = 128 * 1024 * 1024;  // of parts, and again of spans

  explicit SumCache(std::size_t bytes_max) : parts_(bytes_max), spans_(bytes_max) {}

  Shelf<PartCounts> minutes, hours;    // by parts of ten minutes, and of days
  Shelf<control::Distribution> days;   // what the hours of a day add up to
  Shelf<control::Distribution> spans;  // what settled hours add up to, by their start (settled_spans)
  KeptDaysCache kept;                  // of all series together

  // Before an entry of the first three is put, and before one of `spans` is: what makes up the spans may be too much to
  // be kept, and they still are.
  bool make_room(std::size_t bytes) {
    return parts_.make_room(bytes, [this] {
      minutes.clear();
      hours.clear();
      days.clear();
    });
  }
  bool make_room_for_span(std::size_t bytes) {
    return spans_.make_room(bytes, [this] { spans.clear(); });
  }

 private:
  Budget parts_, spans_;
};

// With what allocations and the table around it take.
inline std::size_t bytes_of(const PartCounts& counts) { return 160 + counts.size() * sizeof(counts[0]); }
inline std::size_t bytes_of(const control::Distribution& total) { return 256 + total.buckets.size() * 16; }

}  // namespace bellrock::store
