// What is ClickHouse's own: kills of the server, several centres on one database, rows that nobody sees.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "control/store/clickhouse_client.h"
#include "control/store/clickhouse_rows.h"
#include "control/store/clickhouse_view.h"
#include "tests/system/clickhouse/server.h"
#include "tests/unit/control/store/backend.h"
#include "tests/unit/control/store/frames.h"

namespace bellrock::store {

class ClickHouseBackend : public Backend {
 public:
  ClickHouseBackend() : options_(ClickHouseServer::shared().options(fresh_name())) {}
  ~ClickHouseBackend() override {
    try {
      client().run_outside("DROP DATABASE IF EXISTS " + options_.database);
    } catch (const std::exception&) {
      ADD_FAILURE() << "the server does not answer any more";
    }
  }

  Result<std::unique_ptr<SeriesStore>, StoreError> try_open() override { return open_clickhouse(options_); }

  void expect_hours_are_their_parts(std::int64_t kept_from) override {
    const std::string runs = load_view(client()).runs_condition(), from = std::to_string(kept_from);
    const std::string parts =
        "SELECT sum(cityHash64(journey, kind, item, detail, dimensions, at) * n) FROM (SELECT "
        "journey, kind, item, detail, dimensions, intDiv(start, 3600) * 3600 AS at, n FROM ";
    const auto sum = [&](const char* table) {
      return client().select(parts + table + " WHERE start >= " + from + " AND " + runs + ")").count();
    };
    EXPECT_EQ(sum("hours"), sum("minutes"));
  }

  [[nodiscard]] ClickHouseClient client() const { return ClickHouseClient(options_); }
  [[nodiscard]] const ClickHouseOptions& options() const { return options_; }

 private:
  static std::string fresh_name() {
    static int made = 0;
    return "bellrock_test_" + std::to_string(++made);
  }

  ClickHouseOptions options_;
};

std::unique_ptr<Backend> make_backend() { return std::make_unique<ClickHouseBackend>(); }
std::uint64_t rounds(std::uint64_t most) { return std::max<std::uint64_t>(1, most / 8); }  // a step takes milliseconds

namespace {

using control::DeltaFrame;

void expect_conserved(SeriesStore& store) {
  const auto all = (*store.snapshot())->conservation();
  ASSERT_TRUE(all.ok()) << all.error().message;
  EXPECT_EQ(all->recorded, all->kept + all->trimmed);
}

TEST(ClickHouseStore, LosesAndDoublesNothingWhenTheServerIsKilledAtAnyMoment) {
  ClickHouseServer server;
  const ClickHouseOptions options = server.options("killed");
  auto store = open_clickhouse(options);
  ASSERT_TRUE(store.ok()) << store.error().message;
  Model model;
  std::atomic<bool> stopping = false;
  std::atomic<std::uint64_t> done = 0, failures = 0;
  // As an agent does it: the same frame again until it is acknowledged.
  std::thread writer([&] {
    for (std::uint64_t seq = 1; !stopping; ++seq) {
      const DeltaFrame frame = any_frame(seq, 31);
      const ReceivedFrame one = received(frame);
      for (;; ++failures) {
        const auto applied = (*store)->apply({&one, 1});
        if (applied.ok() && applied->at(0) <= Applied::kRepeated) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
      add(model, frame);
      done = seq;
    }
  });
  std::mt19937_64 random(31);
  for (int round = 0; round < 8; ++round) {
    const std::uint64_t before = done;
    while (done == before) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 30'000));
    server.kill();
    server.start();
  }
  stopping = true;
  writer.join();
  EXPECT_GE(failures.load(), 8u);
  EXPECT_EQ(sums(**store), model);
  expect_conserved(**store);
  const auto sources = (*(*store)->snapshot())->sources();
  EXPECT_EQ(sources->at(0).applied, done.load());
  EXPECT_EQ(sources->at(0).unexplained, 0u);
}

TEST(ClickHouseStore, TwoCentresOnOneDatabaseCountEachFrameOnce) {
  const auto backend = make_backend();
  const auto first = backend->open(), second = backend->open();
  constexpr std::uint64_t kFrames = 25;
  Model model;
  for (std::uint64_t seq = 1; seq <= kFrames; ++seq) add(model, any_frame(seq, 32));
  // Both are sent all of them, in the same order and at the same time: the worst case for a check before a write.
  std::atomic<int> at_work = 2;
  const auto send_all = [&](SeriesStore& store) {
    for (std::uint64_t seq = 1; seq <= kFrames; ++seq) {
      const DeltaFrame frame = any_frame(seq, 32);
      const ReceivedFrame one = received(frame);
      const auto applied = store.apply({&one, 1});
      ASSERT_TRUE(applied.ok()) << applied.error().message;
      EXPECT_LE(applied->at(0), Applied::kRepeated);
    }
    --at_work;
  };
  std::thread other([&] { send_all(*second); });
  std::thread roller([&] {
    while (at_work != 0) EXPECT_TRUE(first->trim({kEver, 0, 0}).ok());
  });
  send_all(*first);
  other.join();
  roller.join();
  for (auto* store : {first.get(), second.get()}) {
    EXPECT_EQ(sums(*store), model);
    expect_conserved(*store);
    EXPECT_EQ((*store->snapshot())->sources()->at(0).applied, kFrames);
  }
  ASSERT_TRUE(second->trim({kEver, 0, 0}).ok());
  EXPECT_EQ(sums(*first), model);
  expect_conserved(*first);
}

TEST(ClickHouseStore, AFrameThatWasWrittenTwiceCountsOnceBeforeAndAfterTheRollUp) {
  ClickHouseBackend backend;
  const auto store = backend.open();
  const DeltaFrame frame = any_frame(1, 33);
  const ReceivedFrame one = received(frame);
  ASSERT_TRUE(store->apply({&one, 1}).ok());
  Model model;
  add(model, frame);
  for (std::uint64_t intake : {7u, 8u}) {  // as a centre that had no answer and one that was asked meanwhile
    RowWriter cells, rows;
    const Place place{intake, 3, static_cast<std::uint32_t>(kStart / kDaySeconds),
                      static_cast<std::uint32_t>(kStart / 3'600)};
    write_cells(cells, frame, place);
    write_frame(rows, one, place);
    backend.client().insert("cells", cells);
    backend.client().insert("frames", rows);
    EXPECT_EQ(sums(*store), model);
    EXPECT_EQ((*store->snapshot())->sources()->at(0).applied, 1u);
    expect_conserved(*store);
    ASSERT_TRUE(store->trim({kEver, 0, 0}).ok());
    EXPECT_EQ(sums(*store), model);
    expect_conserved(*store);
    const auto lifetime = (*store->snapshot())->lifetime();
    EXPECT_EQ(lifetime->size(), 4u);
    for (const auto& [series, n] : *lifetime) EXPECT_EQ(n, model[series].n);
  }
}

TEST(ClickHouseStore, RowsOfAnIntakeOrARollUpThatWasKilledAreNotSeen) {
  ClickHouseBackend backend;
  auto store = backend.open();
  Model model;
  for (std::uint64_t seq = 1; seq <= 5; ++seq) {
    const DeltaFrame frame = any_frame(seq, 34);
    const ReceivedFrame one = received(frame);
    ASSERT_TRUE(store->apply({&one, 1}).ok());
    add(model, frame);
  }
  RowWriter cells;
  write_cells(cells, any_frame(9, 34), {7, 9, 1, static_cast<std::uint32_t>(kStart / 3'600)});
  backend.client().insert("cells", cells);
  backend.client().run(
      "INSERT INTO minutes SELECT 5, start, journey, version, kind, item, detail, scope, dimensions, n, "
      "sum_high, sum_low, min, max, measured, zero, overflow, bucketsMap.index, bucketsMap.count "
      "FROM cells");
  EXPECT_EQ(sums(*store), model);
  ASSERT_TRUE(store->trim({kEver, 0, 0}).ok());
  store = backend.open();
  EXPECT_EQ(sums(*store), model);
  expect_conserved(*store);
}

TEST(ClickHouseStore, WindowsThatWereRolledUpAreDeletedByTheRunAfterIt) {
  ClickHouseBackend backend;
  const auto store = backend.open();
  Model model;
  for (std::uint64_t seq = 1; seq <= 6; ++seq) {
    const DeltaFrame frame = any_frame(seq, 35);
    ReceivedFrame one = received(frame);
    one.received_unix_ms += static_cast<std::int64_t>(seq) * 3'600'000;
    ASSERT_TRUE(store->apply({&one, 1}).ok());
    add(model, frame);
  }
  const auto cells = [&] { return backend.client().select("SELECT count() FROM cells").count(); };
  const auto before = cells();
  ASSERT_TRUE(store->trim({kStart + 4 * 3'600, 0, 0}).ok());
  EXPECT_EQ(cells(), before);  // snapshots of before may still read them
  ASSERT_TRUE(store->trim({kStart + 4 * 3'600, 0, 0}).ok());
  EXPECT_LT(cells(), before);
  EXPECT_GT(cells(), 0u);
  EXPECT_EQ(sums(*store), model);
  expect_conserved(*store);
}

TEST(ClickHouseStore, ReadsHostileNamesAsNothingButNames) {
  const auto backend = make_backend();
  const auto store = backend->open();
  DeltaFrame frame = any_frame(1, 36, "'); DROP TABLE frames; --");
  const std::string name = "a\\'b\"\n\t\xff %s ?";
  frame.windows[kStart][key(name.c_str(), CellKind::kStart)].n = 3;
  const ReceivedFrame one = received(frame);
  ASSERT_TRUE(store->apply({&one, 1}).ok());
  EXPECT_EQ(store->apply({&one, 1})->at(0), Applied::kRepeated);
  SeriesQuery query;
  query.journey = name;
  query.to = kEver;
  const auto found = (*store->snapshot())->sums(query);
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->at(0).total.n, 3u);
  EXPECT_EQ((*store->snapshot())->sources()->at(0).node, frame.node);
}

TEST(ClickHouseStore, SaysWhatIsWrongWhenItCannotBeOpened) {
  ClickHouseBackend backend;
  { backend.open(); }
  backend.client().run("INSERT INTO schema VALUES (99)");
  const auto newer = backend.try_open();
  ASSERT_FALSE(newer.ok());
  EXPECT_NE(newer.error().message.find("of version 99, which a newer Bellrock made"), std::string::npos);
  const auto nobody = open_clickhouse({{"http://127.0.0.1:1"}, "bellrock"});
  ASSERT_FALSE(nobody.ok());
  EXPECT_NE(nobody.error().message.find("http://127.0.0.1:1"), std::string::npos) << nobody.error().message;
  EXPECT_FALSE(open_clickhouse({{ClickHouseServer::shared().url()}, "a; DROP"}).ok());
  ClickHouseOptions wrong = backend.options();
  wrong.user = "nobody";
  EXPECT_FALSE(open_clickhouse(wrong).ok());
}

TEST(ClickHouseStore, TheSecondServerIsAskedWhenTheFirstIsNotThere) {
  ClickHouseBackend backend;
  ClickHouseOptions options = backend.options();
  options.urls.insert(options.urls.begin(), "http://127.0.0.1:1");
  const auto store = open_clickhouse(options);
  ASSERT_TRUE(store.ok()) << store.error().message;
  const DeltaFrame frame = any_frame(1, 37);
  const ReceivedFrame one = received(frame);
  EXPECT_EQ((*store)->apply({&one, 1})->at(0), Applied::kApplied);
}

}  // namespace
}  // namespace bellrock::store
