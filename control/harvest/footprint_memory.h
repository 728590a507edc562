// What is in a board's memory, part by part, for footprint.h: what one of each takes, and how many a core has room for.
// Pure, any thread.
#pragma once

#include "control/harvest/footprint.h"
#include "dataplane/board/layout.h"

namespace bellrock::harvest {

// `board.bytes` and `board.workers` are known.
void add_memory(const board::Sizes& sizes, BoardFootprint& board);

}  // namespace bellrock::harvest
