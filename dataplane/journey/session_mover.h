// Moves visitors and their attempts from the session tables of one board into those of another one with another number
// of cores: each goes to the core that owns it there (owner_core), and with them which keys are one visitor's. Whoever
// makes the new board calls it, while nobody uses the old one; allocates. What it reads may have been written by
// anybody: slots, lists and ids are checked, and what contradicts itself is an error, after which the new tables are
// worth nothing.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "dataplane/base/result.h"
#include "dataplane/journey/definition.h"
#include "dataplane/journey/link_table.h"
#include "dataplane/journey/session_table.h"
#include "dataplane/journey/storyboards.h"

namespace bellrock::journey {

// One core's table, and how to make what was changed in it permanent.
struct TableOfCore {
  SessionTable* table = nullptr;
  Journal* journal = nullptr;
  std::uint32_t sessions = 0, attempts = 0;  // room
  LinkTable* links = nullptr;                // none where no identity links its keys
  std::uint32_t link_records = 0;
  std::span<StoryTrail> trails{};  // by attempt; none where no journey tells them. Changed without the journal
};

// Every attempt and visit that is under way arrives, or there is an error ("… no room"). Ended ones, which are kept to
// tell a late answer, give way when they do not fit, and so do links of visitors who have nothing under way. Starts and
// outcomes of before stand at core 0, so that each table and their sum keep starts = Σ outcomes + open.
Status<> move_sessions(const Definition& definition, std::span<const TableOfCore> from,
                       std::span<const TableOfCore> to);

}  // namespace bellrock::journey
