// What one recorded value costs: the bare mapping, a flat array of counters without a journal (the physical limit that
// reference designs quote), and the shard as it runs, with its journal and a commit for each value.
#include <benchmark/benchmark.h>

#include <cmath>
#include <random>
#include <vector>

#include "bench/sketch/bench_shard.h"

namespace bellrock::sketch {
namespace {

std::vector<Duration> latencies() {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> seconds(std::log(0.12), 1.1);
  std::vector<Duration> values(1 << 16);
  for (Duration& value : values) value = static_cast<Duration>(seconds(random) * 1e9);
  return values;
}

void BM_Mapping(benchmark::State& state) {
  const auto values = latencies();
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(slot_of(values[i++ & 0xffff]));
}
BENCHMARK(BM_Mapping);

void BM_FlatCountersWithoutJournal(benchmark::State& state) {
  const auto values = latencies();
  std::vector<std::uint32_t> counts(kSlots + 2);
  std::uint64_t n = 0, sum = 0, min = ~std::uint64_t{0}, max = 0;
  std::size_t i = 0;
  {
    for (auto _ : state) {
      const Duration value = values[i++ & 0xffff];
      const auto v = static_cast<std::uint64_t>(value);
      ++counts[static_cast<std::size_t>(slot_of(value)) + 1];
      sum += v;
      min = v < min ? v : min;
      max = v > max ? v : max;
      ++n;
      benchmark::ClobberMemory();
    }
  }
  std::uint64_t counted = 0;
  for (const std::uint32_t count : counts) counted += count;
  CHECK(counted == n && min <= max && sum > 0);
}
BENCHMARK(BM_FlatCountersWithoutJournal);

void BM_AddToReservedCells(benchmark::State& state) {
  const auto values = latencies();
  BenchShard shard;
  const auto cells = static_cast<std::uint32_t>(state.range(0));
  for (std::uint32_t i = 0; i < cells; ++i) {
    shard->reserve({.journey = JourneyId(i), .kind = CellKind::kOutcome});
    shard.commit();
  }
  std::size_t i = 0;
  {
    for (auto _ : state) {
      shard->add_at(static_cast<std::uint32_t>(i * 7 % cells), values[i & 0xffff]);
      shard.commit();
      ++i;
    }
  }
  CHECK(shard.total() == i);
}
BENCHMARK(BM_AddToReservedCells)->Arg(1)->Arg(64)->Arg(1'024);

void BM_AddByKey(benchmark::State& state) {
  const auto values = latencies();
  BenchShard shard;
  const auto series = static_cast<std::size_t>(state.range(0));
  std::size_t i = 0;
  {
    for (auto _ : state) {
      CellKey key{.journey = JourneyId(i % 3), .kind = CellKind::kOutcome, .scope = CellScope::kDimensioned};
      key.values[0] = static_cast<std::uint8_t>(i * 7 % series);
      shard->add(key, values[i & 0xffff]);
      shard.commit();
      ++i;
    }
  }
  CHECK(shard.total() == i);
}
BENCHMARK(BM_AddByKey)->Arg(1)->Arg(100);

}  // namespace
}  // namespace bellrock::sketch
