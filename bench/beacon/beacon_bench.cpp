// Time to read, check and hand out one beacon, beside simdjson's own ways to the same 8 values. Each run compares what
// it read with what the body says.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdlib>

#include "bench/beacon/bodies.h"
#include "bench/beacon/simdjson_peer.h"
#include "bench/sketch/bench_shard.h"
#include "dataplane/beacon/reader.h"

namespace bellrock::bench {
namespace {

void require(bool held, benchmark::State& state) {
  if (!held) state.SkipWithError("a body was not read as it was written");
}

void report(benchmark::State& state, const std::vector<Body>& bodies) {
  std::size_t bytes = 0;
  for (const Body& body : bodies) bytes += body.text.size();
  state.counters["bytes"] = static_cast<double>(bytes) / static_cast<double>(bodies.size());
  state.SetItemsProcessed(state.iterations());
}

void reader(benchmark::State& state, std::size_t bytes, bool sixteen, Order order) {
  const auto bodies = make_bodies(bytes, sixteen, order);
  HeaderValues headers{};
  HttpRequest carrier;
  carrier.method = Method::kPost;
  carrier.headers = &headers;
  beacon::Reader reader(kBodyBytesMax);
  for (const Body& body : bodies) {
    carrier.body = bellrock::bytes(body.text);
    reader.start(carrier);
    require(reader.next() == beacon::Reader::Step::kBeacon && reader.beacon().dur == body.dur &&
                reader.beacon().sid == body.sid && reader.next() == beacon::Reader::Step::kEnd,
            state);
  }
  std::size_t i = 0;
  double sum = 0;
  for (auto _ : state) {
    carrier.body = bellrock::bytes(bodies[i++ & 255].text);
    reader.start(carrier);
    if (reader.next() != beacon::Reader::Step::kBeacon) std::abort();
    sum += reader.beacon().dur;
  }
  benchmark::DoNotOptimize(sum);
  report(state, bodies);
}

// The whole work on a beacon: read, checked, and its duration counted and committed in a histogram.
void reader_and_histogram(benchmark::State& state, std::size_t bytes, bool sixteen, Order order) {
  const auto bodies = make_bodies(bytes, sixteen, order);
  HeaderValues headers{};
  HttpRequest carrier;
  carrier.method = Method::kPost;
  carrier.headers = &headers;
  beacon::Reader reader(kBodyBytesMax);
  sketch::BenchShard shard;
  const std::uint32_t cell = shard->reserve({.journey = JourneyId(0), .kind = CellKind::kOutcome});
  shard.commit();
  std::size_t i = 0;
  for (auto _ : state) {
    carrier.body = bellrock::bytes(bodies[i++ & 255].text);
    reader.start(carrier);
    if (reader.next() != beacon::Reader::Step::kBeacon) std::abort();
    shard->add_at(cell, std::llround(reader.beacon().dur * 1e6));
    shard.commit();
  }
  require(shard.total() == i, state);
  report(state, bodies);
}

using Way = bool (Peer::*)(std::string_view, Eight&);

void peer(benchmark::State& state, std::unique_ptr<Peer> (*make)(), Way way, std::size_t bytes, Order order) {
  const auto bodies = make_bodies(bytes, false, order);
  const auto peer = make();
  if (peer == nullptr) return state.SkipWithError("this CPU has no AVX2");
  for (const Body& body : bodies) {
    Eight eight;
    require((*peer.*way)(body.text, eight) && eight.dur == body.dur && eight.sid == body.sid, state);
  }
  std::size_t i = 0;
  double sum = 0;
  for (auto _ : state) {
    Eight eight;
    if (!(*peer.*way)(bodies[i++ & 255].text, eight)) std::abort();
    sum += eight.dur;
  }
  benchmark::DoNotOptimize(sum);
  report(state, bodies);
}

BENCHMARK_CAPTURE(reader, 150B_ordered, 150, false, Order::kDocument);
BENCHMARK_CAPTURE(reader, 150B_reversed, 150, false, Order::kReversed);
BENCHMARK_CAPTURE(reader, 150B_shuffled, 150, false, Order::kShuffled);
BENCHMARK_CAPTURE(reader, 150B_each_shuffled, 150, false, Order::kEachShuffled);
BENCHMARK_CAPTURE(reader, 700B_ordered, 700, false, Order::kDocument);
BENCHMARK_CAPTURE(reader, 700B_reversed, 700, false, Order::kReversed);
BENCHMARK_CAPTURE(reader, 700B_shuffled, 700, false, Order::kShuffled);
BENCHMARK_CAPTURE(reader, 700B_each_shuffled, 700, false, Order::kEachShuffled);
BENCHMARK_CAPTURE(reader, 700B_16_fields, 700, true, Order::kDocument);
BENCHMARK_CAPTURE(reader, 700B_16_fields_shuffled, 700, true, Order::kShuffled);
BENCHMARK_CAPTURE(reader_and_histogram, 150B, 150, false, Order::kDocument);
BENCHMARK_CAPTURE(reader_and_histogram, 700B, 700, false, Order::kDocument);
BENCHMARK_CAPTURE(reader_and_histogram, 700B_each_shuffled, 700, false, Order::kEachShuffled);
BENCHMARK_CAPTURE(reader_and_histogram, 700B_16_fields, 700, true, Order::kDocument);
BENCHMARK_CAPTURE(peer, ondemand_150B_ordered, make_generic_peer, &Peer::find_ordered, 150, Order::kDocument);
BENCHMARK_CAPTURE(peer, ondemand_700B_ordered, make_generic_peer, &Peer::find_ordered, 700, Order::kDocument);
BENCHMARK_CAPTURE(peer, ondemand_700B_reversed, make_generic_peer, &Peer::find_any, 700, Order::kReversed);
BENCHMARK_CAPTURE(peer, dom_700B, make_generic_peer, &Peer::dom, 700, Order::kDocument);
BENCHMARK_CAPTURE(peer, avx2_ondemand_150B_ordered, make_avx2_peer, &Peer::find_ordered, 150, Order::kDocument);
BENCHMARK_CAPTURE(peer, avx2_ondemand_700B_ordered, make_avx2_peer, &Peer::find_ordered, 700, Order::kDocument);
BENCHMARK_CAPTURE(peer, avx2_ondemand_700B_reversed, make_avx2_peer, &Peer::find_any, 700, Order::kReversed);

}  // namespace
}  // namespace bellrock::bench
