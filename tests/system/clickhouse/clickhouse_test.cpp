// What is ClickHouse's own: kills of the server, several centres on one database, rows that nobody sees.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include "control/store/clickhouse_client.h"
#include "control/store/clickhouse_rows.h"
#include "control/store/clickhouse_schema.h"
#include "tests/system/clickhouse/clickhouse_backend.h"
#include "tests/unit/control/store/frames.h"

namespace bellrock::store {

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
    const Place place{intake, 3, static_cast<std::uint32_t>(kStart / 3'600)};
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
  write_cells(cells, any_frame(9, 34), {7, 9, static_cast<std::uint32_t>(kStart / 3'600)});
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
  using namespace std::string_literals;
  const std::string hostile[] = {"'); DROP TABLE frames; --", "a\\'b\"\t\r %s ?", "\xff\xc0\x80 `x` \\N",
                                 "nul\0inside"s, "<script>alert(1)</script>"};
  std::uint64_t seq = 0;
  for (const std::string& name : hostile) {
    DeltaFrame frame = any_frame(++seq, 36, name);
    frame.windows.clear();
    control::SeriesKey series{name, 7, CellKind::kStart, name, name, CellScope::kTotal, {{name, name}}};
    frame.windows[kStart][series].n = 3;
    frame.recorded = 3;
    frame.open = frame.counters = frame.board_lost = {{name, 2}};
    const ReceivedFrame one = received(frame);
    ASSERT_EQ(store->apply({&one, 1})->at(0), Applied::kApplied) << name;
    EXPECT_EQ(store->apply({&one, 1})->at(0), Applied::kRepeated) << name;
    ASSERT_TRUE(store->write_journal({0, kStart, "change", name, name, name, name}).ok());
    ASSERT_TRUE(store->write_journal({0, kStart, "change", name, name, name, name}).ok());
    ASSERT_TRUE(store->keep_aside({1, name, bytes(name)}).ok());
    for (const bool rolled_up : {false, true}) {
      if (rolled_up) {
        ASSERT_TRUE(store->trim({kEver, 0, 0}).ok());
      }
      SeriesQuery query;
      query.journey = query.item = name;
      query.to = kEver;
      const auto snapshot = store->snapshot();
      const auto found = (*snapshot)->sums(query);
      ASSERT_EQ(found->size(), 1u) << name;
      EXPECT_EQ(found->at(0).key, series);
      EXPECT_EQ(found->at(0).total.n, 3u);
      const auto sources = (*snapshot)->sources();
      EXPECT_TRUE(std::any_of(sources->begin(), sources->end(), [&](const SourceStatus& source) {
        return source.node == name && source.open == frame.open && source.counters == frame.counters;
      })) << name;
      EXPECT_EQ((*snapshot)->ledger()->at(name).board_lost, 2u);
      EXPECT_EQ((*snapshot)->journal("change", 1)->at(0).key, name);
      EXPECT_EQ((*snapshot)->journal("change", 99)->size(), seq);
      EXPECT_EQ((*snapshot)->aside()->last_reason, name);
    }
  }
}

TEST(ClickHouseStore, SaysWhatIsWrongWhenItCannotBeOpened) {
  ClickHouseBackend backend;
  { backend.open(); }
  backend.client().run("INSERT INTO schema VALUES (99)");
  const auto why = [](const ClickHouseOptions& options) {
    const auto store = open_clickhouse(options);
    return store.ok() ? "" : store.error().message;
  };
  const auto expect = [&](const ClickHouseOptions& options, const std::string& part) {
    const std::string is = why(options);
    EXPECT_NE(is.find(part), std::string::npos) << is;
    EXPECT_EQ(is.rfind("store.clickhouse", 0), 0u) << is;
  };
  expect(backend.options(), "of version 99, which a newer Bellrock made");
  expect({{"http://127.0.0.1:1"}, "bellrock"},
         "http://127.0.0.1:1: Connection refused (is the server running, and `url`");
  expect({{ClickHouseServer::shared().url()}, "a; DROP"}, "database: a; DROP: write letters");
  expect({{}, "bellrock"}, "url: no server is named");
  ClickHouseOptions wrong = backend.options();
  wrong.user = "nobody";
  expect(wrong, "(see `user` and `password_file`)");
  wrong.user = "a\r\nX-ClickHouse-Key: b";
  expect(wrong, "user: holds control characters");
  ClickHouseOptions reader = backend.options();
  reader.user = "reader";
  reader.database = "none_yet";
  expect(reader, "(give `user` the right to write)");
}

// Versions 3 and 4 each brought a table.
TEST(ClickHouseStore, ADatabaseOfAnEarlierVersionKeepsAllThatItHasAndGainsWhatIsNew) {
  ClickHouseBackend backend;
  Model model;
  const auto send = [&](SeriesStore& store, std::uint64_t seq, std::optional<control::ClockState> clock) {
    DeltaFrame frame = any_frame(seq, 39);
    frame.clock = clock;
    const ReceivedFrame one = received(frame);
    ASSERT_EQ(store.apply({&one, 1})->at(0), Applied::kApplied);
    add(model, frame);
  };
  {
    const auto store = backend.open();
    for (std::uint64_t seq = 1; seq <= 5; ++seq) send(*store, seq, std::nullopt);
  }
  for (const char* const sql : {"DROP TABLE losses", "DROP TABLE clocks", "TRUNCATE TABLE schema"}) {
    backend.client().run(sql);
  }
  backend.client().run("INSERT INTO schema VALUES (2)");
  const auto store = backend.open();
  EXPECT_EQ(sums(*store), model);
  EXPECT_EQ((*store->snapshot())->sources()->at(0).clock, std::nullopt);
  send(*store, 6, control::ClockState{7, 1});
  EXPECT_EQ(sums(*store), model);
  EXPECT_EQ((*store->snapshot())->sources()->at(0).clock, (control::ClockState{7, 1}));
  EXPECT_EQ(backend.client().select("SELECT toUInt64(max(version)) FROM schema").count(), kClickHouseSchemaVersion);
  expect_conserved(*store);
}

TEST(ClickHouseStore, SaysWhatAServerLeftOnAFullDiskAndGoesOnWhenThatIsGone) {
  ClickHouseBackend backend;
  const DeltaFrame frame = any_frame(1, 40);
  const ReceivedFrame one = received(frame);
  ASSERT_TRUE(backend.open()->apply({&one, 1}).ok());
  backend.client().run("DETACH TABLE frames");  // as a centre does that reads tables anew
  const auto left = ClickHouseServer::shared().metadata(backend.options().database) / "frames.sql.tmp";
  std::ofstream(left) << "";
  const auto store = backend.try_open();
  ASSERT_FALSE(store.ok());
  EXPECT_NE(store.error().message.find("frames.sql.tmp"), std::string::npos) << store.error().message;
  EXPECT_NE(store.error().message.find("start the server again, or delete the file"), std::string::npos)
      << store.error().message;
  std::filesystem::remove(left);
  Model model;
  add(model, frame);
  EXPECT_EQ(sums(*backend.open()), model);
}

TEST(ClickHouseStore, AServerThatNeverAnswersIsGivenUp) {
  ClickHouseOptions options = ClickHouseServer::shared().options("bellrock");
  const int silent = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(silent, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(silent, 9), 0);
  ::getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size);
  options.urls = {"http://127.0.0.1:" + std::to_string(ntohs(address.sin_port))};
  options.timeout = std::chrono::milliseconds(50);
  const auto store = open_clickhouse(options);
  ::close(silent);
  ASSERT_FALSE(store.ok());
  EXPECT_NE(store.error().message.find("timed out"), std::string::npos) << store.error().message;
}

TEST(ClickHouseStore, EntriesThatTwoCentresWriteAtOnceAreBothKeptAndOneThingIsShownOnce) {
  const auto backend = make_backend();
  const auto first = backend->open(), second = backend->open();
  constexpr int kEntries = 20;
  const auto write = [&](SeriesStore& store) {
    for (int i = 0; i < kEntries; ++i) {
      EXPECT_TRUE(store.write_journal({0, kStart, "change", "", "", "", "{}"}).ok());
      EXPECT_TRUE(store.write_journal({0, kStart, "incident", "", "", std::to_string(i), "{}"}).ok());
    }
  };
  std::thread other([&] { write(*second); });
  write(*first);
  other.join();
  const auto snapshot = first->snapshot();
  EXPECT_EQ((*snapshot)->journal("change", 99)->size(), 2u * kEntries);
  EXPECT_EQ((*snapshot)->journal("incident", 99)->size(), std::size_t{kEntries});
}

TEST(ClickHouseStore, ARollUpThatIsOvertakenTakesNothingFromTheOneThatCounts) {
  ClickHouseBackend backend;
  ClickHouseOptions options = backend.options();
  options.settle = std::chrono::seconds(3'600);
  const auto store = std::move(*open_clickhouse(options));
  Model model;
  for (std::uint64_t seq = 1; seq <= 6; ++seq) {
    const DeltaFrame frame = any_frame(seq, 38);
    ReceivedFrame one = received(frame);
    one.received_unix_ms += static_cast<std::int64_t>(seq) * 3'600'000;
    ASSERT_TRUE(store->apply({&one, 1}).ok());
    add(model, frame);
  }
  const auto cells = [&] { return backend.client().select("SELECT count() FROM cells").count(); };
  const auto before = cells();
  // As often as centres start again: what another one is still adding up stays.
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(store->trim({kEver, 0, 0}).ok());
  EXPECT_EQ(cells(), before);
  EXPECT_EQ(sums(*store), model);
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
