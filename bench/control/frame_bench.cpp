// Encoding and decoding a delta frame, merging histograms, reading a quantile. Each checks its result.
#include <benchmark/benchmark.h>

#include "bench/control/frames.h"
#include "control/proto/frame_codec.h"

namespace bellrock {
namespace {

void encode_frame(benchmark::State& state) {
  const auto frame = bench::frame_of(static_cast<std::size_t>(state.range(0)), 1);
  std::size_t bytes = 0;
  for (auto _ : state) bytes = proto::encode(frame).size();
  if (bytes == 0) state.SkipWithError("nothing encoded");
  state.counters["bytes_per_series"] = static_cast<double>(bytes) / static_cast<double>(state.range(0));
}
BENCHMARK(encode_frame)->Arg(100)->Arg(1'000);

void decode_frame(benchmark::State& state) {
  const auto frame = bench::frame_of(static_cast<std::size_t>(state.range(0)), 1);
  const auto bytes = proto::encode(frame);
  for (auto _ : state) {
    const auto decoded = proto::decode(bytes);
    if (!decoded.ok() || decoded->frame.recorded != frame.recorded) state.SkipWithError("not the frame");
  }
}
BENCHMARK(decode_frame)->Arg(100)->Arg(1'000);

void merge_histogram(benchmark::State& state) {
  const auto frame = bench::frame_of(1, 1);
  const auto& one = frame.windows.begin()->second.begin()->second;
  control::Distribution all;
  for (auto _ : state) merge(all, one);
  if (all.n != 200 * static_cast<std::uint64_t>(state.iterations())) state.SkipWithError("counts lost");
}
BENCHMARK(merge_histogram);

void read_quantile(benchmark::State& state) {
  const auto frame = bench::frame_of(1, 1);
  const auto& one = frame.windows.begin()->second.begin()->second;
  for (auto _ : state) benchmark::DoNotOptimize(quantile(one, 0.95));
}
BENCHMARK(read_quantile);

}  // namespace
}  // namespace bellrock
