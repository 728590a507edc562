// A definition of two journeys, and workers that do nothing but count on a board.
#pragma once

#include <memory>
#include <random>
#include <vector>

#include "control/harvest/harvester.h"
#include "dataplane/board/banks.h"
#include "dataplane/board/board.h"
#include "dataplane/sketch/shard.h"

namespace bellrock::harvest {

inline journey::Definition shop() {
  journey::Definition definition;
  definition.templates = {{}, {"/checkout", {"checkout"}}, {"/product/{id}", {"product", ""}}};
  definition.dimensions = {{"release", {}, {"r1", "r2"}, {}}, {"device", {}, {"phone", "tablet", "desktop"}, {}}};
  journey::Journey checkout;
  checkout.name = "checkout";
  checkout.version = 11;
  checkout.steps.resize(2);
  checkout.steps[0].name = "open";
  checkout.steps[1].name = "pay";
  checkout.objectives.resize(1);
  checkout.objectives[0].name = "fast";
  checkout.objectives[0].version = 12;
  checkout.dimensions = {DimensionId(0), DimensionId(1)};
  journey::Journey search;
  search.name = "search";
  search.version = 21;
  definition.journeys = {checkout, search};
  definition.limits.cells_per_core = 200;
  definition.limits.pages_per_bank = 400;
  definition.limits.sessions_per_core = definition.limits.attempts_per_core = 8;
  return definition;
}

inline board::Board make_board(const journey::Definition& definition, std::uint32_t workers) {
  board::BoardSpec spec;
  spec.sizes = board::sizes_for(definition, 0);
  spec.sizes.workers = workers;
  spec.board_id.fill(3);
  spec.snapshot_hash.fill(4);
  auto board = board::Board::create_anonymous(spec);
  CHECK(board.ok());
  return std::move(board).value();
}

inline CellKey cell_key(unsigned journey, CellKind kind, unsigned item = 0, unsigned detail = 0) {
  return {.journey = JourneyId(journey),
          .kind = kind,
          .scope = CellScope::kTotal,
          .item = static_cast<std::uint8_t>(item),
          .detail = static_cast<std::uint8_t>(detail)};
}

class CountingWorker {
 public:
  CountingWorker(board::Board& board, std::uint32_t core)
      : core_(board.core(core)),
        journal_(board.journal(core)),
        banks_(core_, journal_),
        shard_(core_.shard, board.sizes().cells, board.sizes().pages, journal_, counters_) {
    for (unsigned journey : {0u, 1u}) {
      shard_.reserve(cell_key(journey, CellKind::kStart));
      shard_.reserve(cell_key(journey, CellKind::kOutcome, 0));
    }
    shard_.set_active(banks_.active());
  }
  CountingWorker(const CountingWorker&) = delete;
  CountingWorker& operator=(const CountingWorker&) = delete;

  void start(std::int64_t window) { banks_.start(window); }
  void begin(unsigned journey) {
    shard_.count(cell_key(journey, CellKind::kStart));
    commit();
  }
  void succeed(unsigned journey, Duration value, std::array<std::uint8_t, 2> dimensions = {}) {
    CellKey key = cell_key(journey, CellKind::kOutcome, 0);
    shard_.add(key, value);
    key.scope = CellScope::kDimensioned;
    key.values[0] = dimensions[0];
    key.values[1] = dimensions[1];
    if (journey == 0) shard_.add(key, value);
    commit();
  }
  void count(CounterId id, std::uint64_t by = 1) {
    counters_.add_id(id, by);
    commit();
  }
  bool seal(std::int64_t next_window, std::vector<std::uint64_t> open = {0, 0}) {
    if (!banks_.may_seal()) return false;
    banks_.seal(next_window, open);
    shard_.set_active(banks_.active());
    return true;
  }
  board::Banks& banks() { return banks_; }
  board::CoreView& core() { return core_; }
  Journal& journal() { return journal_; }
  sketch::Shard& shard() { return shard_; }

 private:
  void commit() {
    counters_.take_each([this](CounterId id, std::uint64_t by) { journal_.add(core_.counters[id], by); });
    journal_.commit();
  }

  board::CoreView core_;
  Journal journal_;
  Counters counters_;
  board::Banks banks_;
  sketch::Shard shard_;
};

}  // namespace bellrock::harvest
