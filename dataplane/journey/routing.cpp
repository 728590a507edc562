#include "dataplane/journey/routing.h"

#include <algorithm>

#include "dataplane/journey/deadlines.h"

namespace bellrock::journey {
namespace {

bool sent_request(const Attempt& attempt, Instant request) {
  return attempt.commit_request == request || (attempt.is(Attempt::kStartIsRequest) && attempt.start == request);
}

}  // namespace

// From the newest to the oldest.
template <typename F>
void Attempts::each(F&& f) const {
  if (visitor_ == 0) return;
  for (Slot slot = table_.session(visitor_).newest; slot != 0; slot = table_.attempt(slot).older) {
    const Attempt& attempt = table_.attempt(slot);
    if (attempt.journey == journey_ && !attempt.is_visit() && !f(slot, attempt)) return;
  }
}

template <typename Predicate>
Slot Attempts::first_where(Predicate&& holds) const {
  Slot found = 0;
  each([&](Slot slot, const Attempt& attempt) {
    if (holds(attempt)) found = slot;
    return found == 0;
  });
  return found;
}

template <typename Predicate>
Slot Attempts::last_where(Predicate&& holds) const {
  Slot found = 0;
  each([&](Slot slot, const Attempt& attempt) {
    if (holds(attempt)) found = slot;
    return true;
  });
  return found;
}

Slot Attempts::visit() const {
  Slot slot = visitor_ == 0 ? 0 : table_.session(visitor_).newest;
  while (slot != 0 && !(table_.attempt(slot).is_visit() && table_.attempt(slot).journey == journey_)) {
    slot = table_.attempt(slot).older;
  }
  return slot;
}

Slot Attempts::newest() const {
  return first_where([](const Attempt&) { return true; });
}
Slot Attempts::newest_open() const {
  return first_where([](const Attempt& a) { return a.open(); });
}
Slot Attempts::newest_pending() const {
  return first_where([](const Attempt& a) { return a.pending(); });
}
Slot Attempts::oldest_pending() const {
  return last_where([](const Attempt& a) { return a.pending(); });
}
Slot Attempts::oldest_ended() const {
  return last_where([](const Attempt& a) { return a.ended(); });
}

std::size_t Attempts::pending_count() const {
  std::size_t count = 0;
  each([&](Slot, const Attempt& a) { return count += a.pending(), true; });
  return count;
}
std::size_t Attempts::ended_count() const {
  std::size_t count = 0;
  each([&](Slot, const Attempt& a) { return count += a.ended(), true; });
  return count;
}

bool Attempts::any_decided() const {
  const Slot known = first_where([](const Attempt& a) {
    const bool decided = a.ended() && a.outcome != Outcome::kSuperseded && a.outcome != Outcome::kUnknown;
    return decided || a.returning();
  });
  return known != 0;
}

Instant Attempts::first_open_start() const {
  Instant first = kNever;
  each([&](Slot, const Attempt& a) {
    if (a.open()) first = std::min(first, a.start);
    return true;
  });
  return first;
}

bool Attempts::lead(const Attempts& other) const {
  const Instant own = first_open_start(), others = other.first_open_start();
  if (own != others) return own < others;
  const Slot latest = newest(), others_latest = other.newest();
  if (own != kNever || latest == 0) return false;
  return others_latest == 0 || table_.attempt(latest).start > table_.attempt(others_latest).start;
}

Slot Attempts::of_verdict() const {
  Slot open = 0, pending = 0;
  each([&](Slot slot, const Attempt& a) {
    if (open == 0 && a.open()) open = slot;
    if (a.pending()) pending = slot;
    return pending == 0;
  });
  return pending != 0 ? pending : open;
}

Slot Attempts::newest_ended() const {
  return first_where([](const Attempt& a) { return a.ended(); });
}

Slot Attempts::of_value(std::uint32_t correlate) const {
  if (correlate == 0) return 0;
  const Slot open = first_where([&](const Attempt& a) { return a.open() && a.correlate == correlate; });
  return open != 0 ? open : first_where([&](const Attempt& a) { return a.ended() && a.correlate == correlate; });
}

Slot Attempts::of_commit(std::uint32_t correlate) const {
  const Slot same = of_value(correlate);
  if (same != 0 && table_.attempt(same).pending()) return same;
  const Slot newest = newest_open();
  if (newest == 0 || correlate == 0) return newest;
  const Attempt& attempt = table_.attempt(newest);
  return attempt.pending() && attempt.correlate != 0 ? 0 : newest;
}

Slot Attempts::of_success_otherwise(std::uint32_t correlate) const {
  const std::size_t pending = pending_count();
  if (pending <= 1) return pending == 1 ? newest_pending() : newest_open();
  const bool told_apart = first_where([](const Attempt& a) { return a.pending() && a.correlate != 0; }) != 0;
  return told_apart || correlate != 0 ? 0 : newest_pending();
}

Slot Attempts::of_answer(const Event& event, std::uint32_t correlate) const {
  if (event.request_time.seen()) {
    const auto own = [&](const Attempt& a) { return sent_request(a, event.request_time); };
    if (const Slot open = last_where([&](const Attempt& a) { return a.open() && own(a); }); open != 0) return open;
    if (last_where(own) != 0) return 0;
  }
  if (const Slot same = of_value(correlate); same != 0) return table_.attempt(same).open() ? same : 0;
  const Slot pending = oldest_pending();
  return pending != 0 ? pending : newest_open();
}

Instant request_in_flight(const Attempt& attempt, bool journey_has_commit) {
  if (!attempt.open()) return {};
  if (journey_has_commit) return attempt.pending() ? attempt.commit_request : Instant{};
  return !attempt.pending() && attempt.is(Attempt::kStartIsRequest) ? attempt.start : Instant{};
}

}  // namespace bellrock::journey
