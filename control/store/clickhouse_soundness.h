// Whether what a server said to have written is on its disk. ClickHouse 18.16 flushes the last files of a part where
// failures are swallowed: on a disk that runs out of its last pages an insert is answered as done, and its rows are
// seen, until the server starts again and throws the part away. It tells so in a counter of failed writes, which rises
// before the answer. So nothing is called done before that counter was asked. Where it rose, the tables are read anew
// from the disk (DETACH and ATTACH), and what is not whole on it is gone at once, as it would be after a restart.
// Any thread; while tables are read anew, others wait.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "control/store/clickhouse_client.h"

namespace bellrock::store {

// Attaches the tables that a centre detached and that it was killed before it attached again, of one server.
void attach_detached(const ClickHouseClient& client, std::size_t server);

class Soundness {
 public:
  explicit Soundness(const ClickHouseClient& client);  // throws SqlError

  // What the server has in its tables is on its disk when this returns: else they are read anew before, and SqlError is
  // thrown where that cannot be done now. The number, 0 at first, is another one whenever rows that were seen before
  // may be gone.
  std::uint64_t settle();
  // That all that was read and written since `settle` said `number` is on the disk: SqlError where it may not be.
  void expect(std::uint64_t number);
  // Something failed: `settle` asks the server before it believes it.
  void suspect();

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kWait{100};

  // What a server says of itself.
  struct Signs {
    std::size_t server = 0;
    std::uint64_t uptime_s = 0, failed_writes = 0, queries = 0;
    std::uint64_t tables = 0;  // how many there are
    Clock::time_point asked, answered;
  };

  [[nodiscard]] Signs ask() const;
  // Both of one life of one server, in which no write failed between them.
  [[nodiscard]] bool is_as_it_was(const Signs& now) const;
  [[nodiscard]] static bool nothing_failed(const Signs& before, const Signs& after);
  void restore();
  void reload(std::size_t server) const;
  void expect_room(std::size_t server) const;

  const ClickHouseClient& client_;
  std::mutex mutex_;  // of all below
  Signs last_;        // when all was on the disk
  bool known_ = false, in_doubt_ = false, suspected_ = false;
  std::uint64_t number_ = 0;
  Clock::time_point tried_{};
  std::chrono::milliseconds wait_ = kWait;  // until tables are read anew again; longer while nothing is written well
};

}  // namespace bellrock::store
