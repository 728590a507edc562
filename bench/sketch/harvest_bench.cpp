// What a harvest of many cells costs the agent, and what a seal costs the worker.
#include <benchmark/benchmark.h>

#include <memory>
#include <random>

#include "control/harvest/harvester.h"
#include "dataplane/board/banks.h"
#include "dataplane/sketch/shard.h"

namespace bellrock {
namespace {

journey::Definition many_journeys(std::size_t count) {
  journey::Definition definition;
  definition.journeys.resize(count);
  for (std::size_t i = 0; i < count; ++i) definition.journeys[i].name = "journey-" + std::to_string(i);
  definition.journeys[0].dimensions = {DimensionId(0), DimensionId(1)};
  definition.dimensions.resize(2);
  for (std::size_t d = 0; d < 2; ++d) {
    definition.dimensions[d].name = "dimension" + std::to_string(d);
    for (int v = 0; v < 250; ++v) definition.dimensions[d].values.push_back("value-" + std::to_string(v));
  }
  definition.limits.workers = 2;
  definition.limits.cells_per_core = 16'384;
  definition.limits.pages_per_bank = 65'000;
  definition.limits.sessions_per_core = definition.limits.attempts_per_core = 16;
  return definition;
}

board::Board make_board(const journey::Definition& definition) {
  board::BoardSpec spec;
  spec.sizes = board::sizes_for(definition, 0);
  auto board = board::Board::create_anonymous(spec);
  CHECK(board.ok());
  return std::move(board).value();
}

struct Core {
  Core(board::Board& board, std::uint32_t index)
      : view(board.core(index)),
        journal(board.journal(index)),
        banks(view, journal),
        shard(view.shard, board.sizes().cells, board.sizes().pages, journal, counters) {
    banks.start(100);
  }
  // `values` values in each of `series` series.
  void fill(std::size_t series, int values, std::mt19937_64& random) {
    for (std::size_t i = 0; i < series; ++i) {
      CellKey key{.journey = JourneyId(0), .kind = CellKind::kOutcome, .scope = CellScope::kDimensioned};
      key.values[0] = static_cast<std::uint8_t>(i % 250 + 1);
      key.values[1] = static_cast<std::uint8_t>(i / 250 + 1);
      for (int v = 0; v < values; ++v) {
        shard.add(key, static_cast<Duration>(random() % (3 * kSecond)));
        journal.commit();
      }
    }
  }
  void seal() {
    banks.seal(banks.window() + 1, {});
    shard.set_active(banks.active());
  }
  board::CoreView view;
  Journal journal;
  Counters counters;
  board::Banks banks;
  sketch::Shard shard;
};

// 10,000 series on each of 2 cores: read, name, merge, clear.
void BM_HarvestTenThousandSeriesOfTwoCores(benchmark::State& state) {
  const journey::Definition definition = many_journeys(4);
  board::Board board = make_board(definition);
  harvest::Harvester harvester(board, definition);
  std::vector<std::unique_ptr<Core>> cores;
  for (std::uint32_t i = 0; i < 2; ++i) cores.push_back(std::make_unique<Core>(board, i));
  std::mt19937_64 random(1);
  const auto values = static_cast<int>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    for (auto& core : cores) {
      core->fill(10'000, values, random);
      core->seal();
    }
    state.ResumeTiming();
    const auto frame = harvester.collect();
    harvester.mark_drained();
    CHECK(frame && frame->recorded == 20'000u * static_cast<unsigned>(values));
  }
}
BENCHMARK(BM_HarvestTenThousandSeriesOfTwoCores)->Arg(1)->Arg(40)->Unit(benchmark::kMillisecond)->MinTime(0.01);

void BM_HarvestOfNothingNew(benchmark::State& state) {
  const journey::Definition definition = many_journeys(4);
  board::Board board = make_board(definition);
  harvest::Harvester harvester(board, definition);
  Core core(board, 0);
  std::mt19937_64 random(1);
  core.fill(10'000, 1, random);
  for (auto _ : state) {
    core.seal();
    benchmark::DoNotOptimize(harvester.collect());
    harvester.mark_drained();
  }
}
BENCHMARK(BM_HarvestOfNothingNew)->Unit(benchmark::kMicrosecond);

// The worker's pause at a seal.
void BM_Seal(benchmark::State& state) {
  const journey::Definition definition = many_journeys(4);
  board::Board board = make_board(definition);
  Core core(board, 0);
  board::BankDrain drain(core.view);
  const std::vector<std::uint64_t> open(4);
  for (auto _ : state) {
    core.banks.seal(core.banks.window() + 1, open);
    core.shard.set_active(core.banks.active());
    drain.mark_drained(drain.sealed());
  }
}
BENCHMARK(BM_Seal)->Unit(benchmark::kNanosecond);

}  // namespace
}  // namespace bellrock
