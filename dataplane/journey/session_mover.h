// Moves visitors and their attempts from the session tables of one board into those of another one with another number
// of cores: each goes to the core that its hash picks there. Whoever makes the new board calls it, while nobody uses
// the old one; allocates. What it reads may have been written by anybody: slots, lists and ids are checked, and what
// contradicts itself is an error, after which the new tables are worth nothing.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "dataplane/base/result.h"
#include "dataplane/journey/definition.h"
#include "dataplane/journey/session_table.h"

namespace bellrock::journey {

// One core's table, and how to make what was changed in it permanent.
struct TableOfCore {
  SessionTable* table = nullptr;
  Journal* journal = nullptr;
  std::uint32_t sessions = 0, attempts = 0;  // room
};

// Every attempt and visit that is under way arrives, or there is an error ("… no room"). Ended ones, which are kept to
// tell a late answer, give way when they do not fit. Starts and outcomes of before stand at core 0, so that each table
// and their sum keep starts = Σ outcomes + open.
Status<> move_sessions(const Definition& definition, std::span<const TableOfCore> from,
                       std::span<const TableOfCore> to);

}  // namespace bellrock::journey
