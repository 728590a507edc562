// An edge that does nothing but count: each event starts an attempt or ends one, all or nothing, and the board's own
// words keep the truth about how many there were.
#pragma once

#include <random>
#include <vector>

#include "dataplane/board/banks.h"
#include "dataplane/board/board.h"
#include "dataplane/sketch/shard.h"

namespace bellrock {

class CountingCore {
 public:
  CountingCore(board::Board& board, std::uint32_t index)
      : core_(board.core(index)),
        journal_(board.journal(index)),
        banks_(core_, journal_),
        shard_(core_.shard, board.sizes().cells, board.sizes().pages, journal_, counters_),
        start_(shard_.reserve(key(CellKind::kStart))),
        success_(shard_.reserve(key(CellKind::kOutcome))),
        random_(index + 1) {
    shard_.set_active(banks_.active());
    if (banks_.window() == board::kNoWindow) banks_.start(1'000);
  }
  CountingCore(const CountingCore&) = delete;
  CountingCore& operator=(const CountingCore&) = delete;

  void begin() {
    shard_.count_at(start_);
    journal_.add(core_.control.position, 1);
    commit();
  }
  void succeed() {
    if (open() == 0) return begin();
    shard_.add_at(success_, static_cast<Duration>(random_() % kMinute));
    journal_.add(core_.control.events_done, 1);
    commit();
  }
  void count_packet(bool passed) {
    counters_.add(PacketCount::kPackets);
    passed ? counters_.add(PacketCount::kPassed) : counters_.add(Drop::kNotTcp);
    commit();
  }
  void poll() {
    core_.control.polls.store(core_.control.polls.load() + 1);
    if (banks_.asked() && banks_.may_seal()) seal();
  }
  bool seal() {
    if (!banks_.may_seal()) return false;
    const std::uint64_t levels[] = {open()};
    banks_.seal(banks_.window() + 1, levels);
    shard_.set_active(banks_.active());
    return true;
  }
  [[nodiscard]] std::uint64_t started() const { return core_.control.position; }
  [[nodiscard]] std::uint64_t ended() const { return core_.control.events_done; }
  [[nodiscard]] std::uint64_t open() const { return started() - ended(); }
  Journal& journal() { return journal_; }
  sketch::Shard& shard() { return shard_; }

 private:
  static CellKey key(CellKind kind) { return {.journey = JourneyId(0), .kind = kind}; }
  void commit() {
    counters_.take_each([this](CounterId id, std::uint64_t by) { journal_.add(core_.counters[id], by); });
    journal_.commit();
  }

  board::CoreView core_;
  Journal journal_;
  Counters counters_;
  board::Banks banks_;
  sketch::Shard shard_;
  std::uint32_t start_, success_;
  std::mt19937_64 random_;
};

}  // namespace bellrock
