// One moment of each shard, taken one beside the other: what belongs together is of one node, and so in one of them.
// Threads as for ClickHouseSnapshot.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "control/store/clickhouse_snapshot.h"

namespace bellrock::store {

class ClusterSnapshot : public StoreSnapshot {
 public:
  explicit ClusterSnapshot(std::vector<std::unique_ptr<ClickHouseSnapshot>> parts) : parts_(std::move(parts)) {}

  Result<std::vector<control::SeriesSum>, StoreError> sums(const SeriesQuery& query) override;
  Result<std::vector<control::SeriesSlice>, StoreError> slices(const SeriesQuery& query, std::int64_t step_s) override;
  Result<Counts, StoreError> counts(const SeriesQuery& query, std::int64_t step_s) override;
  Result<std::vector<control::Storyboard>, StoreError> storyboards(const StoryQuery& query) override;
  Result<Heard, StoreError> heard(std::int64_t from, std::int64_t to) override;
  Result<std::vector<JournalEntry>, StoreError> journal(const std::string& kind, std::size_t max) override;
  Result<std::map<std::string, std::uint64_t>, StoreError> board_lost(std::int64_t from, std::int64_t to) override;
  Result<std::vector<SourceStatus>, StoreError> sources() override;
  Result<std::vector<LifetimeCount>, StoreError> lifetime() override;
  Result<std::map<std::string, JourneyLedger>, StoreError> ledger() override;
  Result<Conservation, StoreError> conservation() override;
  Result<AsideSummary, StoreError> aside() override;
  [[nodiscard]] std::vector<std::string> problems() const override;

 private:
  std::vector<std::unique_ptr<ClickHouseSnapshot>> parts_;  // by shard
};

}  // namespace bellrock::store
