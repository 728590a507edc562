// The key under which session keys are made, and its daily rotation. Packet time decides it, and the next key follows
// from the one before, so every core comes to the same keys by itself: no lock, no random number and no clock on the
// packet path, and a replay's keys follow from its seed and the number of days. A key cannot be had from its
// successors (SipHash-2-4-128 as a one-way step), and after two rotations it stands nowhere any more.
//
// A KeyChain lies on the board, one for each core, written by the core's worker through its journal.
#pragma once

#include <cstdint>

#include "dataplane/base/journal.h"
#include "dataplane/base/siphash.h"
#include "dataplane/base/time.h"

namespace bellrock::journey {

inline constexpr Duration kKeyLife = 24 * kHour;

// Days count from 1, so that 0 is a chain that has not begun.
constexpr std::int64_t key_day_of(Instant at) { return at.ns / kKeyLife + 1; }

struct KeyChain {
  SipKey current;
  SipKey previous;       // all zero: none yet
  std::int64_t day = 0;  // of `current`
};

// What a matcher hashes with.
struct SessionKeys {
  SipKey current{};
  SipKey previous{};
  bool use_previous = false;  // records may still be under it
};

// Of the day after one whose key was `current`.
SipKey next_session_key(SipKey current);

// Goes on to `day`, which a chain that has not begun takes as its first; never back. Commits the journal, which must be
// empty, and leaves no old key in its record. At most one hash for each day in between.
void rotate_to(KeyChain& chain, std::int64_t day, Journal& journal);

// `previous` is asked for while a record made under it may live: for `keep` after the day's begin.
SessionKeys keys_at(const KeyChain& chain, Instant now, Duration keep);

}  // namespace bellrock::journey
