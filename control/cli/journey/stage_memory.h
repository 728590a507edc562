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

namespace bellrock::cli {

inline constexpr std::uint32_t kVisitorsMax = 2 * config::kTestEventsMax;
inline constexpr std::uint32_t kHeldMax = 4 * config::kTestEventsMax;

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

// Zeroed memory for a session table and, behind it, for events that are held.
class TableMemory {
 public:
  TableMemory() : at_(static_cast<std::byte*>(std::aligned_alloc(64, kSessions + kHeld)), &std::free) {
    std::memset(at_.get(), 0, kSessions + kHeld);
  }
  [[nodiscard]] std::span<std::byte> span() const { return {at_.get(), kSessions + kHeld}; }
  [[nodiscard]] std::span<std::byte> sessions() const { return span().first(kSessions); }
  [[nodiscard]] std::span<std::byte> held() const { return span().subspan(kSessions); }

 private:
  static constexpr std::size_t kSessions =
      whole_lines(journey::visitor_bytes(kVisitorsMax, 4 * kVisitorsMax, kVisitorsMax));
  static constexpr std::size_t kHeld = whole_lines(journey::HeldEvents::bytes_needed(kHeldMax));
  std::unique_ptr<std::byte, void (*)(void*)> at_;
};

}  // namespace bellrock::cli
