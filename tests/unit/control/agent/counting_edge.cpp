// counting_edge BOARD WORKERS: counts as fast as it can until it is killed, waiting for a board if there is none.
#include "tests/unit/control/agent/counting_edge.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

int main(int argc, char** argv) {
  using namespace bellrock;
  if (argc != 3) return 2;
  for (;;) {
    auto board = board::Board::attach(argv[1]);
    const auto workers = static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10));
    if (!board.ok() || !board->take_edge(workers, kSecond).ok()) {
      ::usleep(1'000);
      continue;
    }
    std::vector<std::unique_ptr<CountingCore>> cores;
    for (std::uint32_t i = 0; i < workers; ++i) cores.push_back(std::make_unique<CountingCore>(*board, i));
    std::mt19937_64 random(static_cast<std::uint64_t>(::getpid()));
    for (;;) {
      CountingCore& core = *cores[random() % cores.size()];
      switch (random() % 4) {
        case 0:
        case 1:
          core.begin();
          break;
        case 2:
          core.succeed();
          break;
        default:
          core.count_packet(random() % 3 != 0);
      }
      core.poll();
      if (random() % 512 == 0) ::usleep(200);
    }
  }
}
