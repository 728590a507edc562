// bellrock-impair: see README.md.
#include <signal.h>

#include <cstdio>

#include "tools/impair/forwarder.h"
#include "tools/impair/options.h"
#include "tools/impair/report.h"

namespace {

volatile int stopped = 0;

}  // namespace

int main(int argc, char** argv) {
  using namespace bellrock::impair;
  constexpr int kUnusable = 10;
  Options options;
  if (const int code = read_options(argc, argv, options); code >= 0) return code;
  struct sigaction action = {};
  action.sa_handler = [](int) { stopped = 1; };
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  auto a = Link::open(options.interfaces[0]), b = Link::open(options.interfaces[1]);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& link = i == 0 ? a : b;
    if (link.ok()) continue;
    std::fprintf(stderr, "bellrock-impair: %s: %s %ld\n", options.interfaces[i].c_str(), link.error().what,
                 static_cast<long>(link.error().detail));
    return kUnusable;
  }
  using bellrock::traffic::derive;
  Forwarder forwarder(
      {std::move(a).value(), std::move(b).value()},
      {Impairment(options.rates[0], derive(options.seed, 0)), Impairment(options.rates[1], derive(options.seed, 1))});
  std::fputs("bellrock-impair: forwarding\n", stderr);
  forwarder.run(&stopped, static_cast<std::int64_t>(options.duration_s * 1e6));
  const std::string report =
      report_text({forwarder.statistics(0), forwarder.statistics(1)}, {forwarder.passed(0), forwarder.passed(1)});
  std::printf("%s\n", report.c_str());
  return 0;
}
