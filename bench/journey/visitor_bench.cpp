// What it costs to tell who sends a request, by the built-in rules: of a browser that came before, of one that never
// did, and of one that is made to be expensive.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "control/config/visitors.h"
#include "dataplane/journey/visitor_reader.h"

namespace bellrock::journey {
namespace {

using Texts = VisitorReader::Texts;

constexpr std::string_view kBrands = R"("Chromium";v="124", "Google Chrome";v="124", "Not-A.Brand";v="99")";

std::vector<std::string> agents(std::size_t count) {
  std::vector<std::string> made;
  for (std::size_t i = 0; i < count; ++i) {
    made.push_back("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/" +
                   std::to_string(100 + i) + ".0.0.0 Mobile Safari/537.36");
  }
  return made;
}

void read_all(benchmark::State& state, const std::vector<std::string>& texts, std::string_view brands, bool kept) {
  VisitorReader reader(config::builtin_visitors());
  std::size_t next = 0, bytes = 0;
  for (auto _ : state) {
    const Texts fields{texts[next], brands, "?1", "\"Android\""};
    benchmark::DoNotOptimize(kept ? reader.read(fields) : reader.evaluate(fields));
    bytes += texts[next].size();
    next = next + 1 == texts.size() ? 0 : next + 1;
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

void known(benchmark::State& state) {
  read_all(state, agents(static_cast<std::size_t>(state.range(0))), kBrands, true);
}
BENCHMARK(known)->Arg(1)->Arg(32);

// Each pushes another one out.
void never_seen(benchmark::State& state) { read_all(state, agents(100'000), kBrands, true); }
BENCHMARK(never_seen);

void evaluated(benchmark::State& state) { read_all(state, agents(32), kBrands, false); }
BENCHMARK(evaluated);

// The most bytes that are looked at, in which as many texts end as can.
void hostile(benchmark::State& state) {
  std::string agent;
  while (agent.size() < kVisitorTextBytesMax) agent += "botspiderchatgpt-usercrawl";
  read_all(state, {agent}, {}, false);
}
BENCHMARK(hostile);

}  // namespace
}  // namespace bellrock::journey
