// Whether a server that holds copies of tables has all that was written to them. Each table has one log in ZooKeeper,
// in which a block is from the moment that it counts; a server copies entries of the log into a queue of its own there,
// in one step with how far it is, and takes them out when it has what they name. So a server that is past the log's end
// as it was, and has none of the blocks to get that were in its queue then, has all that came before. One that has been
// away for too long, or is new, makes its queue from another server's; until that is done it says that it is lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "control/store/clickhouse_client.h"

namespace bellrock::store {

// What a view of frames is made of, and all whose rows are parts of totals.
inline constexpr const char* kViewTables[] = {"frames", "cells", "runs"};
inline constexpr const char* kCountTables[] = {"frames",  "cells",  "runs",       "minutes", "hours",     "lifetime",
                                               "sources", "losses", "remembered", "heard",   "board_lost"};

// One look at one server, which may be taken again until it is done: what is written after the first does not delay it.
// One thread.
class CatchUp {
 public:
  CatchUp(const ClickHouseClient& client, std::size_t server, TableNames tables)
      : client_(client), server_(server), tables_(tables) {}

  // Asks the server; SqlError where it does not answer.
  bool done();
  [[nodiscard]] const std::string& why() const { return why_; }  // not

 private:
  struct Table {
    std::string replica, log;  // their paths
    bool past = false, looked = false;
    std::uint64_t newest = 0;           // entry of the log, at the first look
    std::set<std::string> to_get = {};  // entries of the queue
  };

  bool read_pointers();
  bool read_queues();
  void find_empty_logs(const std::map<std::string, Table*>& tables) const;
  bool waits(std::string why) { return why_ = std::move(why), false; }

  const ClickHouseClient& client_;
  std::size_t server_;
  TableNames tables_;
  std::map<std::string, Table> state_;
  std::string why_;
};

}  // namespace bellrock::store
