// Applying frames durably, alone and in batches, and summing 28 days for an objective.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/control/frames.h"
#include "control/store/sqlite_store.h"

namespace bellrock {
namespace {

class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "bellrock_bench_XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] std::string file() const { return path_ / "db"; }

 private:
  std::filesystem::path path_;
};

store::ReceivedFrame received(const control::DeltaFrame& frame) {
  store::ReceivedFrame one{&frame, {}, 1'700'000'000'000};
  one.digest[0] = static_cast<std::uint8_t>(frame.seq);
  return one;
}

void apply_frames(benchmark::State& state) {
  const Scratch scratch;
  const auto store = store::open_sqlite(scratch.file());
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
    const auto applied = (*store)->apply(all);
    if (!applied.ok() || applied->back() != store::Applied::kApplied) state.SkipWithError("not applied");
  }
  const auto conserved = (*(*store)->snapshot())->conservation();
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
  const auto store = store::open_sqlite(scratch.file());
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
      const auto applied = (*store)->apply(all);
      if (!applied.ok() || applied->back() != store::Applied::kApplied) state.SkipWithError("not applied");
    }
  }
  const auto conserved = (*(*store)->snapshot())->conservation();
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

void sum_28_days(benchmark::State& state) {
  const Scratch scratch;
  const auto store = store::open_sqlite(scratch.file());
  constexpr std::int64_t kStart = 1'699'999'200, kHours = 28 * 24;  // a whole hour
  std::vector<control::DeltaFrame> frames;
  std::vector<store::ReceivedFrame> all;
  for (std::int64_t hour = 0; hour < kHours; ++hour) {
    frames.push_back(bench::frame_of(8, static_cast<std::uint64_t>(hour + 1), kStart + hour * 3'600));
  }
  for (const auto& frame : frames) all.push_back(received(frame));
  if (!(*store)->apply(all).ok()) state.SkipWithError("not applied");
  const auto snapshot = (*store)->snapshot();
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
