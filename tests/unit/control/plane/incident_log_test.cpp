#include "control/plane/incident_log.h"

#include <gtest/gtest.h>

#include "control/store/sqlite_store.h"
#include "tests/unit/control/store/frames.h"

namespace bellrock::plane {
namespace {

using store::StoreError;

// A store whose disk is full, until there is room again.
class FullStore : public store::SeriesStore {
 public:
  explicit FullStore(std::unique_ptr<store::SeriesStore> under) : under_(std::move(under)) {}

  Result<std::vector<store::Applied>, StoreError> apply(std::span<const store::ReceivedFrame> frames) override {
    return under_->apply(frames);
  }
  Status<StoreError> keep_aside(const store::RefusedFrame& refused) override { return under_->keep_aside(refused); }
  Status<StoreError> trim(const store::Retention& keep) override { return under_->trim(keep); }
  Result<std::int64_t, StoreError> write_journal(const store::JournalEntry& entry) override {
    if (room_ == 0) return Failure{StoreError{"database or disk is full"}};
    --room_;
    return under_->write_journal(entry);
  }
  std::optional<std::int64_t> take_oldest_touched() override { return under_->take_oldest_touched(); }
  Result<std::unique_ptr<store::StoreSnapshot>, StoreError> snapshot() override { return under_->snapshot(); }

  int room_ = 0;  // entries that fit

 private:
  std::unique_ptr<store::SeriesStore> under_;
};

KeptIncident incident(std::int64_t detected, bool closed) {
  KeptIncident kept{0, "checkout/success/" + std::to_string(detected), "checkout", "success", {}};
  kept.incident.onset = detected - 300;
  kept.incident.detected = detected;
  if (closed) kept.incident.recovered = kept.incident.closed = detected + 600;
  return kept;
}

TEST(IncidentLog, GivesNewIncidentsTheNumberOfTheirEntryAndAsksOnce) {
  store::ScratchFolder folder;
  FullStore store(std::move(*store::open_sqlite(folder.file("db"))));
  IncidentLog log;
  int asked = 0;
  const auto at_once = [&](const std::function<void()>& job) { ++asked, job(); };
  std::vector all{incident(store::kStart, false), incident(store::kStart + 60, false)};
  log.number(all, at_once, store, std::chrono::seconds(1));
  EXPECT_EQ(all[0].id, 0);  // the disk is full
  store.room_ = 10;
  log.number(all, at_once, store, std::chrono::seconds(1));
  EXPECT_EQ(asked, 2);
  const auto listed = *read_incidents(**store.snapshot());
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(all[1].id, listed[0].id);
  EXPECT_EQ(all[0].id, listed[1].id);
  std::vector later{incident(store::kStart, true)};  // the watch does not know its number
  log.number(later, at_once, store, std::chrono::seconds(1));
  EXPECT_EQ(later[0].id, all[0].id);
  EXPECT_EQ(asked, 2);
}

TEST(IncidentLog, AStoreThatDoesNotAnswerHoldsNobodyUp) {
  store::ScratchFolder folder;
  FullStore store(std::move(*store::open_sqlite(folder.file("db"))));
  IncidentLog log;
  std::function<void()> later;
  std::vector all{incident(store::kStart, false)};
  log.number(
      all, [&](auto job) { later = std::move(job); }, store, std::chrono::milliseconds(5));
  EXPECT_EQ(all[0].id, 0);
  store.room_ = 1;
  later();
  log.number(
      all, [](const auto&) { FAIL(); }, store, std::chrono::milliseconds(5));
  EXPECT_NE(all[0].id, 0);
}

TEST(IncidentLog, WhatTheStoreRefusesIsWrittenOnceItCanBe) {
  store::ScratchFolder folder;
  FullStore full(std::move(*store::open_sqlite(folder.file("db"))));
  const auto listed = [&] { return *read_incidents(**full.snapshot()); };
  IncidentLog log;
  log.put(std::vector{incident(store::kStart, false), incident(store::kStart + 60, false)});
  EXPECT_FALSE(log.write(full).ok());
  EXPECT_EQ(log.news(), "database or disk is full");
  EXPECT_FALSE(log.write(full).ok());
  EXPECT_EQ(log.news(), "");  // is said once
  EXPECT_TRUE(listed().empty());
  log.put(std::vector{incident(store::kStart, true)});  // it ends while it waits
  full.room_ = 1;
  EXPECT_FALSE(log.write(full).ok());
  EXPECT_EQ(log.waiting(), 1u);
  EXPECT_NE(log.news(), "");
  full.room_ = 10;
  EXPECT_TRUE(log.write(full).ok());
  EXPECT_EQ(log.waiting(), 0u);
  const auto all = listed();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_TRUE(all[0].incident.open());
  EXPECT_FALSE(all[1].incident.open());
}

TEST(IncidentLog, HoldsAtMostItsBoundAndTheNewestOnes) {
  IncidentLog log;
  std::vector<KeptIncident> many;
  constexpr auto kMore = static_cast<std::int64_t>(IncidentLog::kWaitingMax) + 5;
  for (std::int64_t i = 0; i < kMore; ++i) many.push_back(incident(store::kStart + 60 * i, true));
  log.put(many);
  EXPECT_EQ(log.waiting(), IncidentLog::kWaitingMax);
}

}  // namespace
}  // namespace bellrock::plane
