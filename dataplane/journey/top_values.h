// Which values of an open-ended dimension, or codes of errors, are told apart on one core: the `top` most frequent
// ones, by Space-Saving (Metwally, Agrawal, El Abbadi: Efficient Computation of Frequent and Top-k Elements in Data
// Streams, ICDT 2005) over kDimensionValuesMax counters; all others count as __other__. Owner core's thread; changes
// the board through the journal, in at most kTopWordsMax words for each call but `refresh`; allocates when it is made
// only.
//
// The first `top` values are told apart at once; later, one that was certainly seen more often than one of them takes
// its place, one in each refresh, and its seat when what was counted there has been taken away. Counts are halved every
// hour, so that what was frequent once gives way.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dataplane/base/journal.h"
#include "dataplane/journey/top_table.h"

namespace bellrock::journey {

inline constexpr std::size_t kTopWordsMax = 12;
inline constexpr std::size_t kTopRefreshWordsMax = 2 * kDimensionValuesMax + 8;

static_assert(kTopTablesMax * kTopRefreshWordsMax <= kJournalEntriesMax / 2, "all of them in one commit");

class TopValues {
 public:
  // `attempt_max`: no attempt that saw a value lasts longer; 0: none keeps one.
  TopValues(TopTable& table, std::uint8_t top, Duration attempt_max, Journal& journal);

  // A message said `text`: its number from 1; 0: it is none of those that are watched.
  std::uint8_t see(std::string_view text, Instant now);
  // What is about to be counted for `value` is counted under this: a seat from 1 to `top`, or 0.
  std::uint8_t counted(std::uint8_t value);
  // Counts go into the bank of this epoch from here on; those of the one before may still be waiting to be taken away.
  void enter_bank(std::uint64_t epoch) { epoch_ = epoch; }
  // Who is told apart, seen anew. Once for each bank.
  void refresh(Instant now);

 private:
  static constexpr std::size_t kPlaces = 512;  // at most half are in use
  static_assert(kPlaces >= 2 * kDimensionValuesMax);

  [[nodiscard]] TopEntry& entry(std::size_t value) { return table_.entries[value - 1]; }
  [[nodiscard]] const TopEntry& entry(std::size_t value) const { return table_.entries[value - 1]; }
  [[nodiscard]] std::size_t place_of(std::string_view text) const;
  [[nodiscard]] std::size_t used() const;
  [[nodiscard]] std::size_t seats_used() const;
  [[nodiscard]] bool counts_lie_in_a_bank(const TopEntry& entry) const;
  [[nodiscard]] std::size_t seat_for(std::size_t value) const;
  void give_seat(std::size_t seat, std::size_t value);
  void forget(std::string_view text);
  std::uint8_t put(std::size_t value, std::string_view text, const TopEntry& start);
  [[nodiscard]] std::size_t least_to_replace() const;
  [[nodiscard]] std::size_t best_to_tell_apart(Instant now) const;
  [[nodiscard]] std::size_t least_told_apart() const;
  void halve(Instant now);

  TopTable& table_;
  const std::size_t top_;
  const Duration quiet_;  // after a change of text: whoever saw the old one is gone
  Journal& journal_;
  // Found again from the table at start: values by open addressing, 0: free; and by value its seat, 0: none.
  std::array<std::uint8_t, kPlaces> index_{};
  std::array<std::uint8_t, kDimensionValuesMax + 1> seat_of_{};
  std::size_t told_apart_ = 0;
  std::uint64_t epoch_ = 0;
};

}  // namespace bellrock::journey
