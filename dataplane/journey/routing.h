// Which of a visitor's attempts at one journey a step concerns. Looks only; bounded by the attempts a visitor may have.
//
// Invariant the tracker keeps: an attempt that is open and not committed is the newest of its journey, since a new
// start supersedes it. So the order of commits is the order of starts.
#pragma once

#include "dataplane/flow/event.h"
#include "dataplane/journey/session_table.h"

namespace bellrock::journey {

class Attempts {
 public:
  // `visitor` may be 0: nobody, no attempts.
  Attempts(const SessionTable& table, Slot visitor, JourneyId journey)
      : table_(table), visitor_(visitor), journey_(journey) {}

  // Each 0 if there is none.
  [[nodiscard]] Slot newest() const;
  [[nodiscard]] Slot newest_open() const;
  [[nodiscard]] Slot newest_pending() const;  // committed and not decided
  [[nodiscard]] Slot oldest_pending() const;
  [[nodiscard]] Slot oldest_ended() const;
  [[nodiscard]] Slot visit() const;  // the record of the visit; all else here is about attempts
  [[nodiscard]] std::size_t pending_count() const;
  [[nodiscard]] std::size_t ended_count() const;
  // Whether the visitor is known to have had an attempt that was decided: that ended otherwise than superseded or
  // unknown.
  [[nodiscard]] bool any_decided() const;

  // Whether, of two visitors who turn out to be one, this one's attempts are the newer ones from here on: he has some
  // under way and began the first of them before the other one did; if neither has any, he began the latest.
  [[nodiscard]] bool lead(const Attempts& other) const;

  // The newest committed attempt, else the newest.
  [[nodiscard]] Slot of_verdict() const;
  [[nodiscard]] Slot newest_ended() const;
  // The newest attempt that carries this value, one that is under way before those that have ended; 0 carries none.
  [[nodiscard]] Slot of_value(std::uint32_t correlate) const;
  // Of a commit: the attempt that carries its value, if that has committed; else the newest, unless it has committed
  // with another value.
  [[nodiscard]] Slot of_commit(std::uint32_t correlate) const;
  // Of a success in a journey whose attempts are told apart, when its value is nobody's or it has none: the newest
  // committed attempt if it is the only one, or if neither the success nor any of them has a value; the newest attempt
  // if none is committed; otherwise nobody.
  [[nodiscard]] Slot of_success_otherwise(std::uint32_t correlate) const;
  // Of an ack or a failure: a response belongs to the attempt whose request it answers, even if that has ended, which
  // gives 0; one that answers no request of an attempt belongs to the attempt that carries its value, which also may
  // have ended, else to the first commit, else to the newest attempt.
  [[nodiscard]] Slot of_answer(const Event& event, std::uint32_t correlate) const;

 private:
  template <typename Predicate>
  Slot first_where(Predicate&& holds) const;
  template <typename Predicate>
  Slot last_where(Predicate&& holds) const;
  template <typename F>
  void each(F&& f) const;
  [[nodiscard]] Instant first_open_start() const;

  const SessionTable& table_;
  Slot visitor_;
  JourneyId journey_;
};

// The last byte of the request that may still be waiting for an answer on which the attempt depends: its commit, or its
// start in a journey without commit step. 0: none.
Instant request_in_flight(const Attempt& attempt, bool journey_has_commit);

}  // namespace bellrock::journey
