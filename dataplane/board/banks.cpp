#include "dataplane/board/banks.h"

#include <algorithm>

#include "dataplane/base/check.h"

namespace bellrock::board {

void Banks::start(std::int64_t window) {
  journal_.set(core_.banks[active()]->window, window);
  journal_.set(core_.control.window, window);
  journal_.commit();
}

// The closing bank's header is nobody's business until `sealed` says so, so it needs no journal: a kill before that
// leaves words which the next seal writes again. The next bank's window is in place before the turn is published.
void Banks::seal(std::int64_t next_window, std::span<const std::uint64_t> open_levels, bool hand_clicks) {
  DCHECK(may_seal() && journal_.empty());
  const std::uint64_t epoch = core_.control.sealed.load() + 1;
  BankHeader& closing = *core_.banks[active()];
  BankHeader& next = *core_.banks[active() ^ 1];
  closing.epoch = epoch;
  std::copy_n(open_levels.begin(), std::min(open_levels.size(), closing.open.size()), closing.open.begin());
  std::copy(core_.counters.begin(), core_.counters.end(), closing.counters.begin());
  closing.clicks_handed = hand_clicks ? 1 : 0;
  journal_.set(next.click_table, hand_clicks ? click_table() ^ 1 : click_table());
  journal_.set(next.window, next_window);
  journal_.set(core_.control.window, next_window);
  journal_.commit();
  core_.control.sealed.store(epoch);
}

void BankDrain::ask() {
  const std::uint64_t now = sealed();
  if (drained() == now) core_.control.asked.store(now + 1);
}

Result<std::optional<std::uint64_t>> BankDrain::waiting() const {
  const std::uint64_t done = drained(), ready = sealed();
  if (ready == done) return std::optional<std::uint64_t>{};
  if (ready == done + 1) return std::optional{ready};
  return Failure{Error{"a core's epochs contradict each other", static_cast<std::int64_t>(ready)}};
}

}  // namespace bellrock::board
