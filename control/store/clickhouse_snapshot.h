// Reading side of the ClickHouse store: what was visible when it was made, asked for by as many statements as it takes.
// Any number of threads, one each. Rows that it needs stay until the second roll-up after it, an hour at least.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/store/clickhouse_view.h"

namespace bellrock::store {

class ClickHouseSnapshot : public StoreSnapshot {
 public:
  // `troubles`: what whoever writes has to say.
  ClickHouseSnapshot(const ClickHouseClient& client, View view, std::vector<std::string> troubles)
      : client_(client), view_(std::move(view)), troubles_(std::move(troubles)) {}

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

  // The minutes themselves, in no order: what the shards of a cluster have heard is their union.
  struct HeardMinutes {
    std::vector<std::int64_t> minutes;
    std::optional<std::int64_t> first;
  };
  Result<HeardMinutes, StoreError> heard_minutes(std::int64_t from, std::int64_t to);

 private:
  // All minutes that were heard, as a condition and the text of a subquery.
  [[nodiscard]] std::string heard_rows() const;
  // Sets of rows as the text of a subquery: `columns` of all tables that hold a part of the range.
  [[nodiscard]] std::string whole_range(const SeriesQuery& query, const std::string& columns) const;
  [[nodiscard]] std::string sliced_range(const SeriesQuery& query, std::int64_t step_s,
                                         const std::string& columns) const;

  const ClickHouseClient& client_;
  const View view_;
  const std::vector<std::string> troubles_;
};

}  // namespace bellrock::store
