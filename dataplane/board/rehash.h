// Another number of workers: a new board beside the old one takes over all that the old one holds, and then its name.
// The agent calls it, with both of the old board's locks, once its banks are drained. The old board is only read, so a
// kill at any moment leaves the old board or the new one in place, and the move can be made again.
//
// Before it, the edge settles the old board (Board::settle_point): all its workers have read to the same packet and
// nothing is left in the rings. Connections are lost, as at any restart, and counted by the next edge.
#pragma once

#include "dataplane/board/board.h"
#include "dataplane/journey/definition.h"

namespace bellrock::board {

// Fills `to`, which is new, of the same journeys and not yet in place. kForeign: the old board contradicts itself;
// kNoRoom: its open attempts do not fit; kInUse: a bank is not drained,
// or events are held.
Status<BoardError> rehash(Board& from, Board& to, const journey::Definition& definition);

}  // namespace bellrock::board
