// Adds windows of 10 s up by minute and hour inside the database, and deletes what has reached its age. What a run
// wrote counts from the moment that its one row in `runs` is there; until then, and after a kill, the windows do. A run
// leaves the rows that it replaced to the next one, so that snapshots of before can still read them. It counts, and
// deletes, only what `soundness` knows to be on the disk. One at a time.
#pragma once

#include "control/store/clickhouse_soundness.h"

namespace bellrock::store {

void roll_up(const ClickHouseClient& client, Soundness& soundness, const Retention& keep);

}  // namespace bellrock::store
