// The store in one database: that of a single ClickHouse server, or of the servers that hold one shard of a cluster.
// Threads as series_store.h says.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "control/store/clickhouse_client.h"
#include "control/store/clickhouse_snapshot.h"
#include "control/store/clickhouse_view.h"
#include "control/store/clickhouse_writer.h"

namespace bellrock::store {

class ClickHouseShard : public SeriesStore {
 public:
  explicit ClickHouseShard(const ClickHouseOptions& options);  // throws SqlError

  Result<std::vector<Applied>, StoreError> apply(std::span<const ReceivedFrame> frames) override;
  Status<StoreError> keep_aside(const RefusedFrame& refused) override;
  Status<StoreError> trim(const Retention& keep) override;
  Result<std::int64_t, StoreError> write_journal(const JournalEntry& entry) override;
  std::optional<std::int64_t> take_oldest_touched() override;
  Result<std::unique_ptr<StoreSnapshot>, StoreError> snapshot() override;

  // What a cluster needs of each of its shards besides.
  [[nodiscard]] Result<std::unique_ptr<ClickHouseSnapshot>, StoreError> shard_snapshot();
  ClickHouseWriter& writer() { return writer_; }
  [[nodiscard]] const ClickHouseClient& client() const { return client_; }

 private:
  struct Revision {
    std::int64_t id;
    std::uint64_t writer, change;
    JournalEntry entry;
  };

  View view_now();
  void find_written(Revision& revision);
  std::int64_t oldest_since_touched();
  void drop_oldest_aside();

  ClickHouseClient client_;
  Soundness soundness_;
  ClickHouseWriter writer_;
  std::uint64_t aside_ = 0;  // the ordinal of what was kept aside last
  const std::uint64_t self_ = std::uint64_t{std::random_device()()} << 32 | std::random_device()();
  std::mutex view_mutex_;
  View view_;
  std::mutex touched_mutex_;
  Intakes touched_;
};

}  // namespace bellrock::store
