// Makes database and tables where they are not yet, and finds out whether those that are there are what the
// configuration says. SqlError where they are not, or where no server can be reached.
#pragma once

#include "control/store/clickhouse_client.h"

namespace bellrock::store {

void prepare(const ClickHouseClient& client);

// The servers of a shard that could not be reached before; for a single server, nothing. What fails fails again at the
// next time.
void prepare_absent(const ClickHouseClient& client);

}  // namespace bellrock::store
