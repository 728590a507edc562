// What happened besides counts: changes that were marked, corrections, incidents, alerts sent. Entries are added and,
// where they have a key, rewritten as the thing goes on (an incident that ends); none is deleted but for its age. Plain
// values.
#pragma once

#include <cstdint>
#include <string>

namespace bellrock::store {

struct JournalEntry {
  std::int64_t id = 0;  // given by the store, rising
  std::int64_t made_unix_s = 0;
  std::string kind;       // "change", "correction", "incident", "suspect"
  std::string journey;    // empty: all
  std::string objective;  // empty: all
  std::string key;        // names the thing within its kind; empty: nothing will rewrite it
  std::string body;       // JSON

  friend bool operator==(const JournalEntry&, const JournalEntry&) = default;
};

// Entries come from people and from alerts; this is the bound on a script gone wrong.
inline constexpr std::int64_t kJournalMax = 100'000;
inline constexpr std::size_t kJournalBodyMax = 16 * 1024;

}  // namespace bellrock::store
