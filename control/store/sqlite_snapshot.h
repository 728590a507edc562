// Reading side of the SQLite store: one read transaction on one connection, which goes back to its pool at the end.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "control/store/cached_rows.h"
#include "control/store/guarded.h"
#include "control/store/novelty.h"
#include "control/store/series_index.h"
#include "control/store/series_store.h"
#include "control/store/sqlite.h"

namespace bellrock::store {

class ReaderPool {
 public:
  explicit ReaderPool(std::string path) : path_(std::move(path)) {}
  std::unique_ptr<Connection> take();
  void give_back(std::unique_ptr<Connection> connection);

 private:
  static constexpr std::size_t kIdleMax = 4;
  std::string path_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

class SqliteSnapshot : public StoreSnapshot {
 public:
  SqliteSnapshot(ReaderPool& pool, const SeriesIndex& index, SumCache& cache, const Touches& touches,
                 const Novelty& novelty);
  ~SqliteSnapshot() override;
  SqliteSnapshot(const SqliteSnapshot&) = delete;
  SqliteSnapshot& operator=(const SqliteSnapshot&) = delete;

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
  [[nodiscard]] std::vector<std::string> problems() const override { return novelty_.problems(); }

 private:
  ReaderPool& pool_;
  const SeriesIndex& index_;
  const Novelty& novelty_;
  std::unique_ptr<Connection> connection_;
  CacheView cached_;
};

}  // namespace bellrock::store
