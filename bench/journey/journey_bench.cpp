// What the journey engine costs per message and per event, with cells that only count. Sessions: how many visitors are
// under way while the event of a random one is applied, so that a million shows the cache misses.
#include <benchmark/benchmark.h>

#include "tests/unit/dataplane/journey/matcher_fixture.h"

namespace bellrock::journey {
namespace {

constexpr auto kDesktop =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";
constexpr auto kCookies =
    "_ga=GA1.1.1234567890.1764000000; consent=yes; theme=dark; sid=0f8fad5b-d9cb-469f-a165-70867728950e";

class MatcherBench : public benchmark::Fixture {
 public:
  template <typename Call>
  void run(benchmark::State& state, std::uint64_t events_each, Call&& call) {
    std::uint64_t events = 0, matches = 0;
    for (auto _ : state) {
      call([&](Event& event) {
        ++events;
        matches += event.match_count;
        benchmark::DoNotOptimize(event);
      });
    }
    if (events != events_each * static_cast<std::uint64_t>(state.iterations())) state.SkipWithError("wrong events");
    state.counters["matches"] = static_cast<double>(matches) / static_cast<double>(state.iterations());
  }
  void request(benchmark::State& state, const TextRequest& text, std::uint64_t events) {
    run(state, events, [&](auto emit) {
      RequestTag tag = text.tag(matcher_);
      matcher_.on_request(text.request, tag, emit);
    });
  }

 protected:
  ShopBuilder shop_;
  Counters counters_;
  Matcher matcher_{shop_.d, {kSessionKey}, kOwnerKey, counters_};
};

BENCHMARK_F(MatcherBench, RequestOfNobody)(benchmark::State& state) {
  request(state, TextRequest(Method::kGet, "GET", "/static/app.js", "", "shop.example", kDesktop), 0);
}
BENCHMARK_F(MatcherBench, RequestOfAVisitor)(benchmark::State& state) {
  request(state, TextRequest(Method::kGet, "GET", "/static/app.js", kCookies, "shop.example", kDesktop), 1);
}
BENCHMARK_F(MatcherBench, RequestThatIsAStep)(benchmark::State& state) {
  request(state, TextRequest(Method::kPost, "POST", "/api/v2/payments", kCookies, "shop.example", kDesktop), 1);
}
BENCHMARK_F(MatcherBench, ResponseThatIsAStep)(benchmark::State& state) {
  const TextRequest text(Method::kPost, "POST", "/api/v2/payments", kCookies, "shop.example", kDesktop);
  RequestTag tag = text.tag(matcher_);
  matcher_.on_request(text.request, tag, [](Event&) {});
  run(state, 1, [&](auto emit) { matcher_.on_response({200, kDay}, tag, emit); });
}
BENCHMARK_F(MatcherBench, BeaconThatIsAStep)(benchmark::State& state) {
  const TextRequest text(Method::kPost, "POST", "/rum", kCookies, "shop.example", kDesktop);
  const RequestTag tag = text.tag(matcher_);
  Beacon beacon;
  beacon.name = "order.confirmed";
  beacon.attrs[0] = {"method", Attr::Type::kString, "card", 0};
  beacon.attrs[1] = {"pay_to_confirmed_ms", Attr::Type::kNumber, {}, 812.5};
  beacon.attr_count = 2;
  run(state, 1, [&](auto emit) { matcher_.on_beacon(beacon, text.request, tag, emit); });
}

// Visitors with an attempt each, visited in an order that no prefetcher knows.
class Crowd {
 public:
  explicit Crowd(std::uint64_t visitors)
      : visitors_(visitors),
        definition_(with_room(visitors)),
        memory_(definition_.limits.sessions_per_core, definition_.limits.attempts_per_core),
        journal_(memory_.span().data(), memory_.span().size(), record_.get()),
        tracker_(definition_, memory_.span(), cells_, journal_, counters_) {
    for (std::uint64_t v = 0; v < visitors; ++v) apply(v, Channel::kHttpRequest, checkout::kOpen);
  }

  std::uint64_t next() { return at_ = (at_ * 6'364'136'223'846'793'005 + 1'442'695'040'888'963'407); }
  std::uint64_t some_visitor() { return (next() >> 20) % visitors_; }

  void apply(std::uint64_t visitor, Channel channel, int step) {
    // 100,000 events a second of packet time; nobody is idle for longer than `idle`.
    now_ = now_ + 10 * kMicrosecond;
    Event event = make_event(visitor, now_, channel);
    if (step >= 0) add_match(event, checkout::kId, static_cast<std::uint8_t>(step));
    tracker_.on_event(event);
    journal_.commit();
  }
  Tracker<CountingCells>& tracker() { return tracker_; }

 private:
  static Definition with_room(std::uint64_t visitors) {
    Definition d = make_definition();
    d.limits.sessions_per_core = static_cast<std::uint32_t>(visitors + visitors / 8);
    d.limits.attempts_per_core = static_cast<std::uint32_t>(2 * visitors);
    return d;
  }

  std::uint64_t visitors_;
  Definition definition_;
  TableMemory memory_;
  std::unique_ptr<JournalRecord> record_ = std::make_unique<JournalRecord>();
  Journal journal_;
  CountingCells cells_;
  Counters counters_;
  Tracker<CountingCells> tracker_;
  Instant now_ = kDay;
  std::uint64_t at_ = 1;
};

void activity(benchmark::State& state) {
  Crowd crowd(static_cast<std::uint64_t>(state.range(0)));
  for (auto _ : state) crowd.apply(crowd.some_visitor(), Channel::kHttpRequest, -1);
  if (!crowd.tracker().totals(checkout::kId).conserved()) state.SkipWithError("sums");
}
BENCHMARK(activity)->Arg(1'000)->Arg(1'000'000);

void stranger(benchmark::State& state) {
  Crowd crowd(static_cast<std::uint64_t>(state.range(0)));
  for (auto _ : state)
    crowd.apply((std::uint64_t{1} << 40) + crowd.next() % (std::uint64_t{1} << 30), Channel::kHttpRequest, -1);
}
BENCHMARK(stranger)->Arg(1'000)->Arg(1'000'000);

// open, pay, pay_ok, confirmed: ns per event of a whole attempt.
void attempt(benchmark::State& state) {
  Crowd crowd(static_cast<std::uint64_t>(state.range(0)));
  const std::uint64_t before = crowd.tracker().outcomes(checkout::kId, Outcome::kSuccess);
  for (auto _ : state) {
    const std::uint64_t visitor = crowd.some_visitor();
    crowd.apply(visitor, Channel::kHttpRequest, checkout::kOpen);
    crowd.apply(visitor, Channel::kHttpRequest, checkout::kPay);
    crowd.apply(visitor, Channel::kHttpResponse, checkout::kPayOk);
    crowd.apply(visitor, Channel::kBeacon, checkout::kConfirmed);
  }
  const auto done = crowd.tracker().outcomes(checkout::kId, Outcome::kSuccess) - before;
  if (done != static_cast<std::uint64_t>(state.iterations())) state.SkipWithError("attempts lost");
  state.SetItemsProcessed(4 * state.iterations());
}
BENCHMARK(attempt)->Arg(1'000)->Arg(1'000'000);

// All attempts end at their deadlines: ns per attempt.
void deadlines(benchmark::State& state) {
  const auto visitors = static_cast<std::uint64_t>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    auto crowd = std::make_unique<Crowd>(visitors);
    state.ResumeTiming();
    crowd->tracker().expire(kDay + kHour);
    if (crowd->tracker().outcomes(checkout::kId, Outcome::kAbandoned) != visitors) state.SkipWithError("attempts lost");
    state.PauseTiming();
    crowd.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(deadlines)->Arg(1'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bellrock::journey
