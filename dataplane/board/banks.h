// Which bank of a core is counted into, and the turn between its worker and the agent. Epochs only grow:
//
//   asked ≥ sealed + 1: the agent wants the active bank     (agent)
//   sealed += 1: the active bank is closed, the other begins (worker, at the end of a poll)
//   drained = sealed: the closed bank was read and cleared    (agent)
//
// A worker enters only a drained bank, so one bank at most is sealed and not drained. A bank holds one window.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/base/journal.h"
#include "dataplane/board/board.h"

namespace bellrock::board {

// The worker's side. Its core only.
class Banks {
 public:
  Banks(const CoreView& core, Journal& journal) : core_(core), journal_(journal) {}

  [[nodiscard]] unsigned active() const { return static_cast<unsigned>(core_.control.sealed.load() & 1); }
  // Of the active bank; kNoWindow on a new board.
  [[nodiscard]] std::int64_t window() const { return core_.banks[active()]->window; }
  // Names the window of the first bank of a new board. Commits the journal.
  void start(std::int64_t window);

  [[nodiscard]] bool asked() const { return core_.control.asked.load() > core_.control.sealed.load(); }
  // The other bank is drained. If not: file ports wait, live ports go on and count late_roll.
  [[nodiscard]] bool may_seal() const { return core_.control.drained.load() == core_.control.sealed.load(); }
  // Closes the active bank, with the attempts open at this moment per journey and the core's counters, and goes on in
  // the other one. What was counted before must be committed; needs may_seal(). Then call Shard::set_active(active()).
  // `hand_clicks`: the click table goes with the bank; then enter click_table(). The other one is empty, since the
  // other bank is drained.
  void seal(std::int64_t next_window, std::span<const std::uint64_t> open_levels, bool hand_clicks = false);
  [[nodiscard]] std::uint64_t click_table() const { return core_.banks[active()]->click_table & 1; }

 private:
  CoreView core_;
  Journal& journal_;
};

// The agent's side of one core. Trusts nothing it reads.
class BankDrain {
 public:
  explicit BankDrain(const CoreView& core) : core_(core) {}

  [[nodiscard]] std::uint64_t sealed() const { return core_.control.sealed.load(); }
  [[nodiscard]] std::uint64_t drained() const { return core_.control.drained.load(); }
  // Asks for a seal of the active bank, unless one waits to be drained.
  void ask();
  // The epoch of the bank that waits to be drained. Error: the two words contradict each other.
  [[nodiscard]] Result<std::optional<std::uint64_t>> waiting() const;
  static unsigned bank_of(std::uint64_t epoch) { return static_cast<unsigned>((epoch - 1) & 1); }
  [[nodiscard]] const BankHeader& header(std::uint64_t epoch) const { return *core_.banks[bank_of(epoch)]; }
  // The bank of `epoch` was cleared: the worker may enter it.
  void mark_drained(std::uint64_t epoch) { core_.control.drained.store(epoch); }

 private:
  CoreView core_;
};

}  // namespace bellrock::board
