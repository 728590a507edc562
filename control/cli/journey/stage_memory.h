// What a definition's tests are played on: cells that take down what is counted, and memory for the visitors. Used by
// play.cpp, in one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "control/config/journey_tests.h"
#include "dataplane/base/time.h"
#include "dataplane/flow/cell.h"
#include "dataplane/journey/definition.h"
#include "dataplane/journey/held_events.h"
#include "dataplane/journey/link_table.h"
#include "dataplane/journey/seen_beacons.h"
#include "dataplane/journey/trail.h"

namespace bellrock::cli {

inline constexpr std::uint32_t kVisitorsMax = 2 * config::kTestEventsMax;
inline constexpr std::uint32_t kHeldMax = 4 * config::kTestEventsMax;
inline constexpr std::uint32_t kTrailsMax = 2 * kVisitorsMax;
inline constexpr std::uint32_t kBeaconsMax = 4 * kVisitorsMax;

// Stands in for a shard: takes down what is counted in total.
class CountedCells {
 public:
  static constexpr std::size_t kJournalWordsMax = 0;
  std::uint32_t reserve(const CellKey& key) {
    reserved_.push_back(key);
    return static_cast<std::uint32_t>(reserved_.size() - 1);
  }
  void count(const CellKey& key) {
    if (key.scope == CellScope::kTotal) counted.push_back(key);
  }
  void add(const CellKey& key, Duration) { count(key); }
  void count_at(std::uint32_t cell) { count(reserved_[cell]); }
  void add_at(std::uint32_t cell, Duration) { count(reserved_[cell]); }
  void sum(const CellKey& key, std::uint64_t) { count(key); }
  void sum_at(std::uint32_t cell, std::uint64_t) { count(reserved_[cell]); }

  std::vector<CellKey> counted;

 private:
  std::vector<CellKey> reserved_;
};

inline journey::Definition with_room(journey::Definition definition) {
  definition.limits.sessions_per_core = kVisitorsMax;
  definition.limits.attempts_per_core = 4 * kVisitorsMax;
  definition.limits.links_per_core = kVisitorsMax;
  return definition;
}

constexpr std::size_t whole_lines(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

// Zeroed memory for a session table and, behind it, for events that are held, trails of page views, and beacons of
// visitors without a record.
class TableMemory {
 public:
  TableMemory() : at_(static_cast<std::byte*>(std::aligned_alloc(64, kAll)), &std::free) {
    std::memset(at_.get(), 0, kAll);
  }
  [[nodiscard]] std::span<std::byte> span() const { return {at_.get(), kAll}; }
  [[nodiscard]] std::span<std::byte> sessions() const { return span().first(kSessions); }
  [[nodiscard]] std::span<std::byte> held() const { return span().subspan(kSessions, kHeld); }
  [[nodiscard]] std::span<std::byte> trails() const { return span().subspan(kSessions + kHeld, kTrails); }
  [[nodiscard]] std::span<std::byte> beacons() const { return span().subspan(kSessions + kHeld + kTrails); }

 private:
  static constexpr std::size_t kSessions =
      whole_lines(journey::visitor_bytes(kVisitorsMax, 4 * kVisitorsMax, kVisitorsMax));
  static constexpr std::size_t kHeld = whole_lines(journey::HeldEvents::bytes_needed(kHeldMax));
  static constexpr std::size_t kTrails = whole_lines(journey::TrailTable::bytes_needed(kTrailsMax));
  static constexpr std::size_t kAll = kSessions + kHeld + kTrails + journey::SeenBeacons::bytes_needed(kBeaconsMax);
  std::unique_ptr<std::byte, void (*)(void*)> at_;
};

}  // namespace bellrock::cli
