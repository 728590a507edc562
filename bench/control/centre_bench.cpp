// What the centre answers over 28 days of fifty objectives: each view as the API makes it, with the 99th percentile of
// its time beside the mean. The last day has minutes, as far as the alerts' windows read them; before are hours.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "control/plane/views_course.h"
#include "control/plane/watch.h"
#include "control/store/sqlite_store.h"

namespace bellrock {
namespace {

constexpr std::int64_t kStart = 1'699'999'200, kDays = 28, kNow = kStart + kDays * 86'400;
constexpr int kJourneys = 10, kObjectives = 5;

journey::Definition definition() {
  journey::Definition all;
  for (int j = 0; j < kJourneys; ++j) {
    journey::Journey one;
    one.name = "journey" + std::to_string(j);
    for (int o = 0; o < kObjectives; ++o) {
      journey::Objective objective;
      objective.name = "objective" + std::to_string(o);
      objective.version = 1;
      objective.target_e9 = 992'000'000;
      one.objectives.push_back(objective);
    }
    all.journeys.push_back(one);
  }
  return all;
}

control::DeltaFrame frame(std::uint64_t seq, std::int64_t start) {
  control::DeltaFrame frame;
  frame.node = "edge";
  frame.boot[0] = 1;
  frame.seq = frame.oldest_seq_held = seq;
  frame.sent_unix_ms = start * 1'000;
  auto& window = frame.windows[start];
  for (int j = 0; j < kJourneys; ++j) {
    for (int o = 0; o < kObjectives; ++o) {
      for (const char* verdict : {"good", "bad", "unknown"}) {
        const control::SeriesKey key{"journey" + std::to_string(j),
                                     1,
                                     CellKind::kObjective,
                                     "objective" + std::to_string(o),
                                     verdict,
                                     CellScope::kTotal,
                                     {}};
        window[key].n = *verdict == 'g' ? 1'000 : 3;
        frame.recorded += window[key].n;
      }
    }
  }
  return frame;
}

class World {
 public:
  World() : catalog_(plane::make_catalog(definition())) {
    std::string name = (std::filesystem::temp_directory_path() / "bellrock_bench_XXXXXX").string();
    path_ = ::mkdtemp(name.data());
    store_ = std::move(*store::open_sqlite(path_ / "db"));
    std::vector<control::DeltaFrame> frames;
    std::uint64_t seq = 0;
    for (std::int64_t at = kStart; at < kNow; at += at < kNow - 86'400 ? 3'600 : 60) {
      frames.push_back(frame(++seq, at));
      if (frames.size() == 100) apply(frames);
    }
    apply(frames);
    (void)store_->trim({kNow - 6 * 3'600, kNow - 8 * 86'400, kStart});
    watch_ = std::make_unique<plane::Watch>(*store_, catalog_);
    (void)watch_->run(kNow);
  }
  ~World() { std::filesystem::remove_all(path_); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  plane::Catalog catalog_;
  std::unique_ptr<store::SeriesStore> store_;
  std::unique_ptr<plane::Watch> watch_;

 private:
  void apply(std::vector<control::DeltaFrame>& frames) {
    std::vector<store::ReceivedFrame> all;
    for (const auto& one : frames) {
      all.push_back({&one, {}, one.sent_unix_ms});
      all.back().digest[0] = static_cast<std::uint8_t>(one.seq);
    }
    (void)store_->apply(all);
    frames.clear();
  }

  std::filesystem::path path_;
};

World& world() {
  static World world;
  return world;
}

template <typename View>
void measure(benchmark::State& state, View&& view) {
  World& all = world();
  std::vector<double> times;
  for (auto _ : state) {
    const auto begin = std::chrono::steady_clock::now();
    auto snapshot = all.store_->snapshot();
    const auto json = view(all, **snapshot);
    if (!json.ok() || json->dump().size() < 100) state.SkipWithError("no answer");
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  std::sort(times.begin(), times.end());
  state.counters["p99_ms"] = times.empty() ? 0 : times[times.size() * 99 / 100];
}

void slo_list(benchmark::State& state) {
  measure(state, [](World& all, auto& snapshot) {
    return plane::slos_view(snapshot, all.catalog_, kNow, all.watch_->state().get());
  });
}
BENCHMARK(slo_list)->Unit(benchmark::kMillisecond);

void slo_explain(benchmark::State& state) {
  measure(state, [](World& all, auto& snapshot) {
    return plane::explain_view(snapshot, all.catalog_, all.catalog_[0].objectives[0], plane::kRanges[2], kNow,
                               all.watch_->state().get());
  });
}
BENCHMARK(slo_explain)->Unit(benchmark::kMillisecond);

void slo_history(benchmark::State& state) {
  measure(state, [](World& all, auto& snapshot) {
    return plane::history_view(snapshot, all.catalog_, all.catalog_[0].objectives[0], plane::kRanges[4], kNow);
  });
}
BENCHMARK(slo_history)->Unit(benchmark::kMillisecond);

// What the dashboard asks for: every card with its course, and the charts of one objective.
void dashboard_overview(benchmark::State& state) {
  measure(state, [](World& all, auto& snapshot) {
    return plane::slos_view(snapshot, all.catalog_, kNow, all.watch_->state().get(), &plane::kRanges[2]);
  });
}
BENCHMARK(dashboard_overview)->Unit(benchmark::kMillisecond);

void dashboard_burn(benchmark::State& state) {
  measure(state, [&](World& all, auto& snapshot) {
    return plane::burn_view(snapshot, all.catalog_, all.catalog_[0].objectives[0],
                            plane::kRanges[static_cast<std::size_t>(state.range(0))], kNow);
  });
}
BENCHMARK(dashboard_burn)->Arg(2)->Arg(4)->Unit(benchmark::kMillisecond);

void dashboard_budget(benchmark::State& state) {
  measure(state, [](World& all, auto& snapshot) {
    return plane::budget_view(snapshot, all.catalog_, all.catalog_[0].objectives[0], kNow);
  });
}
BENCHMARK(dashboard_budget)->Unit(benchmark::kMillisecond);

// One look at fifty objectives a minute later, nothing having come.
void watch_minute(benchmark::State& state) {
  World& all = world();
  std::int64_t now = kNow;
  for (auto _ : state) {
    if (!all.watch_->run(now += 60).ok()) state.SkipWithError("no look");
  }
}
BENCHMARK(watch_minute)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bellrock
