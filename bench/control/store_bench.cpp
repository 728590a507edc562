// Applying frames durably, alone and in batches, beside many that came before, and summing 28 days for an objective.
// In SQLite, or in a database of its own on the ClickHouse server that BELLROCK_BENCH_CLICKHOUSE names
// (http://127.0.0.1:8123). BELLROCK_BENCH_OLD_FRAMES (1000) is how many came before.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/control/frames.h"
#include "control/store/clickhouse_client.h"
#include "control/store/sqlite_store.h"

namespace bellrock {
namespace {

// Where a store is for as long as this lives.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "bellrock_bench_XXXXXX").string();
    path_ = ::mkdtemp(name.data());
    if (const char* url = std::getenv("BELLROCK_BENCH_CLICKHOUSE")) {
      server_.urls = {url};
      server_.database = "bellrock_bench_" + std::to_string(::getpid()) + "_" + std::to_string(++made_);
    }
  }
  ~Scratch() {
    std::filesystem::remove_all(path_);
    if (!server_.urls.empty()) {
      store::ClickHouseClient(server_).run_outside("DROP DATABASE IF EXISTS " + server_.database);
    }
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] std::unique_ptr<store::SeriesStore> open() const {
    auto store = server_.urls.empty() ? store::open_sqlite(path_ / "db") : store::open_clickhouse(server_);
    if (!store.ok()) throw std::runtime_error(store.error().message);
    return std::move(*store);
  }

 private:
  static inline int made_ = 0;
  std::filesystem::path path_;
  store::ClickHouseOptions server_;
};

store::ReceivedFrame received(const control::DeltaFrame& frame) {
  store::ReceivedFrame one{&frame, {}, 1'700'000'000'000};
  one.digest[0] = static_cast<std::uint8_t>(frame.seq);
  return one;
}

void apply_frames(benchmark::State& state) {
  const Scratch scratch;
  const auto store = scratch.open();
  const auto batch = static_cast<std::size_t>(state.range(0));
  std::uint64_t seq = 0;
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<control::DeltaFrame> frames;
    for (std::size_t i = 0; i < batch; ++i) {
      ++seq;
      frames.push_back(bench::frame_of(100, seq, 1'700'000'000 + 10 * static_cast<std::int64_t>(seq % 300)));
    }
    std::vector<store::ReceivedFrame> all;
    for (const auto& frame : frames) all.push_back(received(frame));
    state.ResumeTiming();
    const auto applied = store->apply(all);
    if (!applied.ok() || applied->back() != store::Applied::kApplied) state.SkipWithError("not applied");
  }
  const auto conserved = (*store->snapshot())->conservation();
  if (conserved->recorded != conserved->kept || conserved->recorded != seq * 20'000) state.SkipWithError("counts lost");
  state.SetItemsProcessed(static_cast<std::int64_t>(seq));
}
BENCHMARK(apply_frames)->Arg(1)->Arg(32)->Unit(benchmark::kMillisecond);

// What a fleet brings: 128 nodes report the same 500 series each, ten seconds after ten seconds, in commits of as many
// frames as intake takes together. An argument is how many values a node measures of a series in a window: none (a
// count), few, many. `deltas` is series deltas a second, merged and durably stored; `cost` the time of one.
void apply_fleet(benchmark::State& state) {
  constexpr std::size_t kNodes = 128, kSeries = 500;
  const Scratch scratch;
  const auto store = scratch.open();
  const int values = static_cast<int>(state.range(0));
  const auto batch = static_cast<std::size_t>(state.range(1));
  std::vector<control::DeltaFrame> frames;
  for (std::size_t node = 0; node < kNodes; ++node) {
    frames.push_back(bench::frame_of(kSeries, node + 1, 1'700'000'000, std::max(values, 1)));
    frames.back().node = "edge-" + std::to_string(node);
    if (values > 0) continue;
    for (auto& [key, histogram] : frames.back().windows.begin()->second) histogram = {.n = histogram.n, .buckets = {}};
  }
  std::uint64_t seq = 0, recorded = 0;
  for (auto _ : state) {
    state.PauseTiming();
    ++seq;
    for (auto& frame : frames) {
      frame.seq = frame.oldest_seq_held = seq;
      auto window = frame.windows.extract(frame.windows.begin());
      window.key() = 1'700'000'000 + 10 * static_cast<std::int64_t>(seq);
      frame.windows.insert(std::move(window));
      recorded += frame.recorded;
    }
    state.ResumeTiming();
    for (std::size_t at = 0; at < kNodes; at += batch) {
      std::vector<store::ReceivedFrame> all;
      for (std::size_t i = at; i < std::min(kNodes, at + batch); ++i) all.push_back(received(frames[i]));
      const auto applied = store->apply(all);
      if (!applied.ok() || applied->back() != store::Applied::kApplied) state.SkipWithError("not applied");
    }
  }
  const auto conserved = (*store->snapshot())->conservation();
  if (conserved->recorded != conserved->kept || conserved->recorded != recorded) state.SkipWithError("counts lost");
  const auto deltas = static_cast<double>(seq * kNodes * kSeries);
  state.counters["deltas"] = benchmark::Counter(deltas, benchmark::Counter::kIsRate);
  state.counters["cost"] = benchmark::Counter(deltas, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(apply_fleet)
    ->ArgNames({"values", "batch"})
    ->ArgsProduct({{0, 10, 100}, {32, 128}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// 200 nodes have sent frames every ten seconds, of which none may be forgotten: what 32 more cost, and a look at all.
class OldFrames {
 public:
  OldFrames() : store_(scratch_.open()) {
    const char* const text = std::getenv("BELLROCK_BENCH_OLD_FRAMES");
    const std::uint64_t count = text ? std::strtoull(text, nullptr, 10) : 1'000;
    for (std::uint64_t sent = 0; sent < count; sent += kNodes) apply(kNodes);
    for (int i = 0; i < 3; ++i) apply(32);
  }
  bool apply(std::size_t nodes) {
    std::vector<control::DeltaFrame> frames;
    ++seq_;
    for (std::size_t node = 0; node < nodes; ++node) {
      frames.push_back(bench::frame_of(1, seq_, 1'700'000'000 + 10 * static_cast<std::int64_t>(seq_), 1));
      frames.back().node = "edge-" + std::to_string(node);
      frames.back().oldest_seq_held = 1;
    }
    std::vector<store::ReceivedFrame> all;
    for (const auto& frame : frames) all.push_back(received(frame));
    for (auto& one : all) one.received_unix_ms += 10'000 * static_cast<std::int64_t>(seq_);
    const auto applied = store_->apply(all);
    return applied.ok() && applied->back() == store::Applied::kApplied;
  }
  [[nodiscard]] store::SeriesStore& store() const { return *store_; }

 private:
  static constexpr std::size_t kNodes = 200;
  Scratch scratch_;
  std::unique_ptr<store::SeriesStore> store_;
  std::uint64_t seq_ = 0;
};

void apply_beside_old_frames(benchmark::State& state) {
  OldFrames world;
  for (auto _ : state) {
    if (!world.apply(32)) state.SkipWithError("not applied");
  }
}
BENCHMARK(apply_beside_old_frames)->Unit(benchmark::kMillisecond)->UseRealTime();

void snapshot_beside_old_frames(benchmark::State& state) {
  OldFrames world;
  for (auto _ : state) {
    state.PauseTiming();
    if (!world.apply(32)) state.SkipWithError("not applied");
    state.ResumeTiming();
    if (!world.store().snapshot().ok()) state.SkipWithError("no snapshot");
  }
}
BENCHMARK(snapshot_beside_old_frames)->Unit(benchmark::kMillisecond)->UseRealTime();

void sum_28_days(benchmark::State& state) {
  const Scratch scratch;
  const auto store = scratch.open();
  constexpr std::int64_t kStart = 1'699'999'200, kHours = 28 * 24;  // a whole hour
  std::vector<control::DeltaFrame> frames;
  std::vector<store::ReceivedFrame> all;
  for (std::int64_t hour = 0; hour < kHours; ++hour) {
    frames.push_back(bench::frame_of(8, static_cast<std::uint64_t>(hour + 1), kStart + hour * 3'600));
  }
  for (const auto& frame : frames) all.push_back(received(frame));
  if (!store->apply(all).ok()) state.SkipWithError("not applied");
  const auto snapshot = store->snapshot();
  store::SeriesQuery query;
  query.from = kStart;
  query.to = kStart + kHours * 3'600;
  for (auto _ : state) {
    const auto sums = (*snapshot)->sums(query);
    if (sums->size() != 8 || sums->at(0).total.n != 200 * kHours) state.SkipWithError("not the sums");
  }
}
BENCHMARK(sum_28_days)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bellrock
