#include "dataplane/http/pairing.h"

#include <algorithm>
#include <utility>

namespace bellrock::http {
namespace {

// The requests at the front that had been sent when the response began: its candidates.
struct Candidates {
  unsigned count = 0;
  bool holes = false;      // unknown requests may stand before one of them
  bool tail_hole = false;  // or behind the last one
  bool spaced = true;      // each began later after the one before it than any response here has taken
  bool quiet = false;      // the server sent nothing between the last one and this response
};

Candidates find_candidates(const Connection& connection, ExchangePool& pool) {
  Candidates found;
  const Exchange* before = nullptr;
  std::uint32_t index = connection.queue.front;
  for (; found.count < connection.queue.count; ++found.count, index = pool[index].next) {
    const Exchange& exchange = pool[index];
    if (exchange.transaction.request_first > connection.server.first) break;
    found.holes |= exchange.after_hole;
    if (before != nullptr && before->transaction.request_last.seen()) {
      const Duration pause = exchange.transaction.request_first - before->transaction.request_last;
      found.spaced &= pause >= Duration{connection.turnaround_us} * kMicrosecond;
    }
    before = &exchange;
    found.quiet = connection.server.silent_since <= exchange.transaction.request_first;
  }
  found.tail_hole = found.count < connection.queue.count ? pool[index].after_hole : connection.tail_hole;
  return found;
}

// One of the candidates, or a missing request, has this response; the others' may still come.
Pairing give_up(Connection& connection, ExchangePool& pool, unsigned unanswered, unsigned candidates) {
  mark_hole(connection, pool, unanswered, static_cast<std::uint8_t>(candidates - 1));
  return {false, unanswered};
}

// Every response since the last paired one was seen: the order decides, unless requests are missing.
Pairing pair_in_order(Connection& connection, ExchangePool& pool, const Candidates& candidates) {
  Exchange& front = pool[connection.queue.front];
  if (!front.after_hole) {
    connection.pipelined |= candidates.count > 1;
    return {true, 0};
  }
  // The missing requests have been answered as far as can be seen, the server was silent when this one came, and the
  // response is the first thing it sent then.
  if (candidates.count == 1 && front.hole_owed == 0 && candidates.quiet && !connection.pipelined) {
    front.after_hole = false;
    return {true, 0};
  }
  return give_up(connection, pool, 1, candidates.count);
}

// Responses may be missing. One request and no unknown ones: nothing else can be answered here.
Pairing pair_after_gap(Connection& connection, ExchangePool& pool, const Candidates& candidates) {
  if (candidates.count == 1 && !candidates.holes && !candidates.tail_hole) return {true, 0};
  // A client that waits for each response has had those before its last request.
  const bool one_at_a_time =
      connection.turnaround_us != UINT32_MAX && !connection.pipelined && candidates.spaced && candidates.quiet;
  if (one_at_a_time && !candidates.tail_hole) {
    std::uint32_t last = connection.queue.front;
    for (unsigned i = 1; i < candidates.count; ++i) last = pool[last].next;
    pool[last].after_hole = false;
    return {true, candidates.count - 1};
  }
  return give_up(connection, pool, candidates.count, candidates.count);
}

// The oldest request was captured after the response began, but stands before it: what was captured is a copy sent
// again.
Pairing pair_late_copy(Connection& connection, ExchangePool& pool, bool gap) {
  if (!connection.server.asked) return {};  // or it stands behind the response's beginning
  if (!gap && !pool[connection.queue.front].after_hole) return {true, 0};
  return give_up(connection, pool, 1, 1);
}

}  // namespace

Pairing pair_response(Connection& connection, ExchangePool& pool) {
  const bool gap = std::exchange(connection.server_gap, false);
  if (connection.queue.count == 0 || pool[connection.queue.front].response_done) return {};
  const Candidates candidates = find_candidates(connection, pool);
  if (candidates.count == 0) return pair_late_copy(connection, pool, gap);
  // A gap that ended before the oldest request was sent does not hold its response.
  const Instant oldest = pool[connection.queue.front].transaction.request_first;
  const bool ended_before = !connection.gap_adjacent && connection.server.silent_since <= oldest;
  return gap && !ended_before ? pair_after_gap(connection, pool, candidates)
                              : pair_in_order(connection, pool, candidates);
}

void note_request(Connection& connection, const Exchange* before, Exchange& request) {
  request.after_hole = std::exchange(connection.tail_hole, false);
  request.hole_owed = std::exchange(connection.tail_owed, std::uint8_t{0});
  if (before != nullptr && before->transaction.request_last == request.transaction.request_first) {
    connection.pipelined = true;  // in one packet
  }
}

void note_unread_request(Connection& connection, ExchangePool& pool) {
  const bool cut = connection.queue.count > 0 && !pool[connection.queue.back].transaction.request_last.seen();
  if (!cut) connection.tail_owed = 1;
}

void note_orphan(Connection& connection, ExchangePool& pool) {
  std::uint8_t& owed = connection.queue.count > 0 ? pool[connection.queue.front].hole_owed : connection.tail_owed;
  if (owed > 0) --owed;
}

void note_response(Connection& connection, const Exchange& exchange) {
  const Transaction& transaction = exchange.transaction;
  if (!transaction.request_last.seen() || transaction.response_first < transaction.request_last) return;
  const Duration taken = (transaction.response_first - transaction.request_last) / kMicrosecond;
  connection.turnaround_us = static_cast<std::uint32_t>(std::min<Duration>(connection.turnaround_us, taken));
}

void mark_hole(Connection& connection, ExchangePool& pool, unsigned count, std::uint8_t owed) {
  if (count >= connection.queue.count) {
    connection.tail_hole = true;
    connection.tail_owed = std::max(connection.tail_owed, owed);
    return;
  }
  std::uint32_t index = connection.queue.front;
  for (unsigned i = 0; i < count; ++i) index = pool[index].next;
  pool[index].after_hole = true;
  pool[index].hole_owed = std::max(pool[index].hole_owed, owed);
}

}  // namespace bellrock::http
