// A board as the agent makes one, in memory without a name: for benches with a whole worker.
#pragma once

#include "dataplane/board/board.h"
#include "dataplane/journey/definition.h"
#include "dataplane/journey/snapshot.h"

namespace bellrock::bench {

inline board::Board anonymous_board(const journey::Definition& definition, SipKey owner = {}) {
  const auto snapshot = journey::encode(definition);
  board::BoardSpec spec;
  spec.sizes = board::sizes_for(definition, snapshot.size());
  spec.keys.owner = owner;
  spec.snapshot = snapshot;
  return board::Board::create_anonymous(spec).value();
}

}  // namespace bellrock::bench
