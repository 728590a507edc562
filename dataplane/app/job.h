// What a process has attached to, and is told, for one board. Borrowed for as long as that board is worked on.
#pragma once

#include "dataplane/app/edge.h"
#include "dataplane/app/worker.h"

namespace bellrock::app {

struct Job {
  const EdgeOptions& options;
  const journey::Definition& definition;
  board::Board& board;
  WorkerKeys keys;

  [[nodiscard]] WorkerSetup worker(std::uint32_t index, Pace pace, bool ordered, void (*wait)()) const {
    return {.definition = definition,
            .board = board,
            .keys = keys,
            .index = index,
            .workers = board.workers(),
            .pace = pace,
            .ordered = ordered,
            .wait = wait};
  }
};

}  // namespace bellrock::app
