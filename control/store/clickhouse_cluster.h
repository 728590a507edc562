// The store in several shards, each a store of its own on servers that hold copies of it: all frames of a node are in
// one, so that what makes a frame count is one block in one place. Nothing is written across shards; answers are put
// together here. What no node sent (journal, refused bytes) is in the first. Threads as series_store.h says.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/store/clickhouse_shard.h"

namespace bellrock::store {

// Where a node's frames are, from 0. It stays so for ever: FNV-1a of 64 bits, finished as MurmurHash3 is.
std::size_t shard_of(std::string_view node, std::size_t shards);

class ClickHouseCluster : public SeriesStore {
 public:
  explicit ClickHouseCluster(const ClickHouseOptions& options);  // throws SqlError

  // When a shard is away its frames fail, and with them the call; frames of others are applied then all the same, and
  // are repeats when they come again.
  Result<std::vector<Applied>, StoreError> apply(std::span<const ReceivedFrame> frames) override;
  Status<StoreError> keep_aside(const RefusedFrame& refused) override;
  Status<StoreError> trim(const Retention& keep) override;
  Result<std::int64_t, StoreError> write_journal(const JournalEntry& entry) override;
  std::optional<std::int64_t> take_oldest_touched() override;
  Result<std::unique_ptr<StoreSnapshot>, StoreError> snapshot() override;

 private:
  // The frames of one call that belong to one shard, and where they stood.
  struct Part {
    std::vector<ReceivedFrame> frames;
    std::vector<std::size_t> places;
  };
  struct Answer {
    std::vector<Applied> results;
    std::string failure;
  };
  [[nodiscard]] bool counts_may_run_over(std::span<const ReceivedFrame> frames) const;
  Answer apply_part(std::size_t shard, const Part& part, bool check_counts);

  std::vector<std::unique_ptr<ClickHouseShard>> shards_;
};

}  // namespace bellrock::store
