// Spans of time that are taken out of an objective's counts: maintenance, bad data. Corrections are only ever added;
// one that was wrong is revoked by another. Both views are kept: what was counted, and what is left. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "control/slo/history.h"

namespace bellrock::slo {

struct Correction {
  std::uint64_t id = 0;
  std::int64_t made_unix_s = 0;   // it is in force from then on
  std::string journey;            // empty: all of them
  std::string objective;          // empty: all of the journey
  std::int64_t from = 0, to = 0;  // what is taken out, in whole minutes
  std::string who, why;
  std::uint64_t revokes = 0;  // the id of an earlier one that no longer holds; 0: none
};

// Those that take something of [from, to) out of one objective, as they were known at `now`: neither revoked nor
// revoking. In the order given.
std::vector<Correction> in_force(std::span<const Correction> corrections, const std::string& journey,
                                 const std::string& objective, std::int64_t from, std::int64_t to, std::int64_t now);

// Whether one of this number holds, and so can be revoked: it neither revokes another nor was revoked.
bool holds(std::span<const Correction> corrections, std::uint64_t id);

// Disjoint spans in rising order that are taken out of one objective, as it was known at `now`.
struct Minutes {
  std::int64_t from = 0, to = 0;
  friend bool operator==(const Minutes&, const Minutes&) = default;
};
std::vector<Minutes> taken_out(std::span<const Correction> corrections, const std::string& journey,
                               const std::string& objective, std::int64_t now);

// What [from, to) holds without those spans.
Events corrected_sum(const History& history, std::span<const Minutes> taken_out, std::int64_t from, std::int64_t to);

}  // namespace bellrock::slo
