// A store that passes everything on to another, adds up over how much time its counts were asked for, and counts what
// was asked of series.
#pragma once

#include <memory>

#include "control/store/series_store.h"

namespace bellrock::store {

class CountingSnapshot : public StoreSnapshot {
 public:
  CountingSnapshot(std::unique_ptr<StoreSnapshot> under, std::int64_t& seconds, std::size_t& questions)
      : under_(std::move(under)), seconds_(seconds), questions_(questions) {}

  Result<std::vector<control::SeriesSum>, StoreError> sums(const SeriesQuery& query) override {
    ++questions_;
    return under_->sums(query);
  }
  Result<std::vector<control::SeriesSlice>, StoreError> slices(const SeriesQuery& query, std::int64_t step) override {
    return under_->slices(query, step);
  }
  Result<Counts, StoreError> counts(const SeriesQuery& query, std::int64_t step) override {
    ++questions_;
    seconds_ += query.to - query.from;
    return under_->counts(query, step);
  }
  Result<std::vector<control::Storyboard>, StoreError> storyboards(const StoryQuery& query) override {
    return under_->storyboards(query);
  }
  Result<Heard, StoreError> heard(std::int64_t from, std::int64_t to) override { return under_->heard(from, to); }
  Result<std::vector<JournalEntry>, StoreError> journal(const std::string& kind, std::size_t max) override {
    return under_->journal(kind, max);
  }
  Result<std::map<std::string, std::uint64_t>, StoreError> board_lost(std::int64_t from, std::int64_t to) override {
    return under_->board_lost(from, to);
  }
  Result<std::vector<SourceStatus>, StoreError> sources() override { return under_->sources(); }
  Result<std::vector<LifetimeCount>, StoreError> lifetime() override { return under_->lifetime(); }
  Result<std::map<std::string, JourneyLedger>, StoreError> ledger() override { return under_->ledger(); }
  Result<Conservation, StoreError> conservation() override { return under_->conservation(); }
  Result<AsideSummary, StoreError> aside() override { return under_->aside(); }

 private:
  std::unique_ptr<StoreSnapshot> under_;
  std::int64_t& seconds_;
  std::size_t& questions_;
};

class CountingStore : public SeriesStore {
 public:
  explicit CountingStore(SeriesStore& under) : under_(under) {}

  Result<std::vector<Applied>, StoreError> apply(std::span<const ReceivedFrame> frames) override {
    return under_.apply(frames);
  }
  Status<StoreError> keep_aside(const RefusedFrame& refused) override { return under_.keep_aside(refused); }
  Status<StoreError> trim(const Retention& keep) override { return under_.trim(keep); }
  Result<std::int64_t, StoreError> write_journal(const JournalEntry& entry) override {
    return under_.write_journal(entry);
  }
  std::optional<std::int64_t> take_oldest_touched() override { return under_.take_oldest_touched(); }
  Result<std::unique_ptr<StoreSnapshot>, StoreError> snapshot() override {
    TRY_ASSIGN(auto under, under_.snapshot());
    return std::unique_ptr<StoreSnapshot>(std::make_unique<CountingSnapshot>(std::move(under), seconds_, questions_));
  }

  [[nodiscard]] std::int64_t seconds() const { return seconds_; }
  [[nodiscard]] std::size_t questions() const { return questions_; }

 private:
  SeriesStore& under_;
  std::int64_t seconds_ = 0;
  std::size_t questions_ = 0;
};

}  // namespace bellrock::store
