// The visitors and their attempts on the board: fixed-size records, a hash index and free lists in memory that the
// board gives, changed through the journal only. All zero is an empty table, so a new board needs no set-up, and a
// restarted process goes on with what it finds. Owned by the owner core; never allocates; a full table is an answer,
// not an error.
//
// A visitor has a record while one of his attempts or visits has one. Ended attempts stay for a while (tracker.h says
// how long), in a list in the order of their ends, so that the oldest can make room.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/ids.h"
#include "dataplane/base/journal.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/time.h"
#include "dataplane/flow/event_extras.h"
#include "dataplane/flow/feedback.h"
#include "dataplane/flow/outcome.h"
#include "dataplane/flow/visitor.h"
#include "dataplane/journey/page_views.h"
#include "dataplane/journey/top_table.h"
#include "dataplane/journey/visits.h"

namespace bellrock::journey {

using Slot = std::uint32_t;  // 1 + index of a record; 0: none

// Who an event is about. The hash picks the bucket and, where keys are not linked, the owner core (owner_core).
using Visitor = VisitorKey;

struct Session {
  SessionKey key;
  SessionKey previous;  // what `key` was before the last rotation, for answers to requests of before; all zero: none
  Instant last_activity;
  Slot next = 0;    // in the same bucket, or in the free list
  Slot newest = 0;  // attempt, of any journey
  std::uint32_t hash = 0;
  std::array<PageView, 2> views{};  // the two latest, newest first
  bool views_linked = false;        // both are of one numbering
  IdentityId identity;
  std::array<std::uint8_t, 2> reserved{};

  [[nodiscard]] bool is(const Visitor& visitor) const {
    return key == visitor.key || (!visitor.previous.none() && key == visitor.previous) ||
           (!previous.none() && previous == visitor.key);
  }
};
static_assert(sizeof(Session) == 80);

// A record may be a visit's instead of an attempt's (visits.h).
enum class AttemptState : std::uint8_t { kFree, kOpen, kEnded, kVisit };

// What an open attempt knows of the channels on which its success may come.
struct WhileOpen {
  Instant acked_at;                             // where the first ack stands, from which the silent window runs
  std::array<std::uint16_t, 2> numbers_from{};  // by page view: low bits of the first number that came after the ack;
                                                // 0: the view is of a numbering that began after it
  std::uint32_t expected_request = 0;           // low bits of when the expected page's request was sent; 0: none waits
};
// Where an ended one stands in the list of those that ended.
struct WhenEnded {
  Instant at;
  Slot before = 0, after = 0;
};
static_assert(sizeof(WhileOpen) == 16 && sizeof(WhenEnded) == 16);

struct Attempt {
  Slot session = 0;
  Slot older = 0;          // the session's next older attempt, or the next free record
  Instant start;           // where the opening step stands
  Instant last_step;       // where the last counted step stands
  Instant commit_request;  // last byte of the request that committed; 0: none, or not a request
  union {
    WhileOpen waits;
    WhenEnded ending;
  };
  std::uint32_t steps_seen = 0;  // bit i: step i
  JourneyId journey;
  AttemptState state = AttemptState::kFree;
  Outcome outcome = Outcome::kUnknown;
  std::uint8_t flags = 0;
  std::uint8_t marks_by_beacon = 0;  // bit i: marks[i] is a beacon's arrival
  StepId opened_by;
  std::uint8_t traits = 0;      // a Filter, kReturning, kErrorOpen, kAnswerLost
  std::uint32_t correlate = 0;  // keyed hash of what tells it apart, as a step said up to its commit; 0: none did
  union {
    std::array<Instant, kMarksMax> marks;  // first times of Journey::marks; 0: not seen. Behind them latencies that
                                           // effects and feedback ask for, 1 + ns
    Tallies tallies;                       // of a visit
  };
  std::array<std::uint8_t, kJourneyDimensionsMax> dimensions{};
  std::uint64_t worth = 0;  // amount(), and above it the answers that it was given

  Attempt() : waits{}, marks{} {}

  static constexpr std::uint8_t kCommitted = 1;
  static constexpr std::uint8_t kRetried = 2;
  static constexpr std::uint8_t kStartIsRequest = 4;  // `start` is a request's last byte
  static constexpr std::uint8_t kStartIsBeacon = 8;   // `start` is a beacon's arrival
  static constexpr std::uint8_t kHttpAlive = 16;      // since its ack
  static constexpr std::uint8_t kBeaconsAlive = 32;   // since its ack
  static constexpr std::uint8_t kNumbered = 64;       // beacons of this visitor had numbers before its ack
  static constexpr std::uint8_t kBeaconLost = 128;    // a number of after its ack was never seen and never will be
  static constexpr std::uint8_t kFilterBits = 3;      // of `traits`: see flagged()
  static constexpr std::uint8_t kReturning = 4;       // of `traits`: known from an attempt before that was decided
  static constexpr std::uint8_t kErrorOpen = 8;       // of `traits`: it failed, and may still be recovered from
  static constexpr std::uint8_t kAnswerLost = 16;  // of `traits`: one that may have been the expected page was missed
  [[nodiscard]] bool is(std::uint8_t flag) const { return (flags & flag) != 0; }
  // 1 + its value in minor units; 0: none.
  [[nodiscard]] std::uint64_t amount() const { return worth & kAmountMask; }
  [[nodiscard]] std::uint64_t worth_with(std::uint64_t amount) const { return (worth & ~kAmountMask) | amount; }
  static constexpr std::uint64_t kAmountMask = (std::uint64_t{1} << 48) - 1;
  static_assert(kAmountMax < kAmountMask);
  // Where `worth` has the answer to a question: 1 + its place in the question's range; 0: there is none yet.
  struct AnswerBits {
    std::uint8_t shift = 0, mask = 0;
  };
  static constexpr std::array<AnswerBits, kQuestions> kAnswerBits{{{48, 7}, {51, 7}, {54, 15}}};
  [[nodiscard]] bool answered(Question question) const { return answer_place(question) != 0; }
  [[nodiscard]] std::uint8_t answer(Question question) const {
    return static_cast<std::uint8_t>(answer_place(question) - 1 + range_of(question).first);
  }
  [[nodiscard]] std::uint64_t worth_with(Question question, std::uint8_t answer) const {
    const std::uint64_t place = std::uint64_t{1} + answer - range_of(question).first;
    return worth | place << kAnswerBits[static_cast<std::size_t>(question)].shift;
  }
  [[nodiscard]] unsigned answer_place(Question question) const {
    const AnswerBits at = kAnswerBits[static_cast<std::size_t>(question)];
    return static_cast<unsigned>(worth >> at.shift) & at.mask;
  }
  // Why its visitor would begin none, as a message after its start said first.
  [[nodiscard]] Filter flagged() const { return static_cast<Filter>(traits & kFilterBits); }
  [[nodiscard]] bool lost_answer() const { return (traits & kAnswerLost) != 0; }
  [[nodiscard]] bool returning() const { return (traits & kReturning) != 0; }
  [[nodiscard]] bool error_open() const { return ended() && (traits & kErrorOpen) != 0; }
  [[nodiscard]] bool open() const { return state == AttemptState::kOpen; }
  [[nodiscard]] bool ended() const { return state == AttemptState::kEnded; }
  [[nodiscard]] bool is_visit() const { return state == AttemptState::kVisit; }
  [[nodiscard]] bool acked() const { return open() && waits.acked_at.seen(); }
  [[nodiscard]] bool pending() const { return open() && is(kCommitted); }
  [[nodiscard]] bool saw(StepId step) const { return (steps_seen >> step.value & 1) != 0; }
};
static_assert(sizeof(Attempt) == 128 && static_cast<int>(Filter::kCount) <= Attempt::kFilterBits + 1);

// Since the board was made: starts = Σ outcomes + open, whenever one looks.
struct JourneyTotals {
  std::uint64_t starts = 0;
  std::uint64_t open = 0;
  std::array<std::uint64_t, static_cast<std::size_t>(Outcome::kCount)> outcomes{};

  [[nodiscard]] bool conserved() const;
};
static_assert(sizeof(JourneyTotals) == 96);

class SessionTable {
 public:
  // Bytes of 64-byte-aligned memory for this many sessions and attempts, all zero at first.
  static constexpr std::size_t bytes_needed(std::uint32_t sessions, std::uint32_t attempts) {
    return sizeof(Header) + std::size_t{sessions} * sizeof(Session) + std::size_t{attempts} * sizeof(Attempt) +
           bucket_count(sessions) * sizeof(Slot);
  }

  SessionTable(std::span<std::byte> memory, std::uint32_t sessions, std::uint32_t attempts, Journal& journal);

  [[nodiscard]] Slot find(const Visitor& visitor) const;
  // A visitor's records, into the cache, in three steps that each need the one before: his bucket; its first session,
  // most often the right one; and that one's newest attempt.
  void fetch_bucket(std::uint32_t hash) const { __builtin_prefetch(&bucket(hash)); }
  void fetch_session(std::uint32_t hash) const {
    if (const Slot slot = bucket(hash); slot != 0) __builtin_prefetch(&session(slot), 1);
  }
  void fetch_attempt(std::uint32_t hash) const {
    const Slot slot = bucket(hash);
    if (slot == 0 || session(slot).newest == 0) return;
    const auto* const newest = reinterpret_cast<const char*>(&attempt(session(slot).newest));
    __builtin_prefetch(newest, 1);
    __builtin_prefetch(newest + 64, 1);
  }
  // The visitor was found under his previous key: from here on the record is under his current one.
  void rekey(Slot session, const Visitor& visitor);
  // The record is from here on another visitor's, of whom there is none.
  void rename(Slot session, const Visitor& visitor);
  // One session of two: all attempts of `from` are `into`'s, and `from` is gone. Of each journey those of `from` come
  // before those of `into` where it leads, and behind them where it does not. Journals two words an attempt.
  using Leads = std::array<bool, kJourneysMax>;
  void join(Slot into, Slot from, const Leads& leads);
  Session& session(Slot slot) { return sessions_[slot - 1]; }
  Attempt& attempt(Slot slot) { return attempts_[slot - 1]; }
  [[nodiscard]] const Session& session(Slot slot) const { return sessions_[slot - 1]; }
  [[nodiscard]] const Attempt& attempt(Slot slot) const { return attempts_[slot - 1]; }
  JourneyTotals& totals(JourneyId journey) { return header_->totals[journey.index()]; }
  [[nodiscard]] const JourneyTotals& totals(JourneyId journey) const { return header_->totals[journey.index()]; }

  [[nodiscard]] bool sessions_full() const;
  [[nodiscard]] bool has_room_for(std::size_t attempts) const;  // one or two
  // Both need room. A session without an attempt lasts only until one is added.
  Slot add_session(const Visitor& visitor, IdentityId identity, Instant now);
  void set_page_views(Slot session, const PageViews& views);
  Slot add_attempt(Slot session, Attempt attempt);
  // Frees the record, and its session's if that was its last attempt.
  void remove_attempt(Slot slot);
  // Puts an attempt that has just ended behind those that ended before.
  void append_ended(Slot slot);
  [[nodiscard]] Slot oldest_ended() const { return header_->oldest_ended; }

  // From 1, as top_table_of numbers them; the last is kErrorTable.
  TopTable& top_table(std::size_t table) { return header_->tops[table - 1]; }
  static const TopTable& top_table(std::span<const std::byte> memory, std::size_t table) {
    return reinterpret_cast<const Header*>(memory.data())->tops[table - 1];
  }

  // Attempt slots that have ever been used are 1..attempts_used().
  [[nodiscard]] std::uint32_t attempts_used() const { return header_->attempts_used; }
  [[nodiscard]] std::uint64_t visits() const { return header_->visits; }
  [[nodiscard]] std::uint64_t open_errors() const { return header_->open_errors; }
  void count_open_errors(std::uint64_t by) { journal_.add(header_->open_errors, by); }
  [[nodiscard]] std::uint32_t sessions_used() const { return header_->sessions_used; }

 private:
  struct Header {
    std::uint32_t sessions_used = 0, attempts_used = 0;  // records behind these have never been used
    Slot free_session = 0, free_attempt = 0;
    Slot oldest_ended = 0, newest_ended = 0;
    std::uint64_t visits = 0;       // records that are one
    std::uint64_t open_errors = 0;  // records that have one
    std::array<std::uint64_t, 3> reserved{};
    std::array<TopTable, kTopTablesMax> tops{};
    std::array<JourneyTotals, kJourneysMax> totals{};
  };
  static_assert(sizeof(Header) % 64 == 0);

  static constexpr std::size_t bucket_count(std::uint32_t sessions) { return std::bit_ceil(std::size_t{sessions} * 2); }
  [[nodiscard]] Slot& bucket(std::uint32_t hash) const;
  void leave_bucket(Slot slot);
  void remove_session(Slot slot);
  void unlink_ended(Slot slot);

  Header* header_;
  std::span<Session> sessions_;
  std::span<Attempt> attempts_;
  std::span<Slot> buckets_;
  Journal& journal_;
};

}  // namespace bellrock::journey
