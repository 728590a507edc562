// The command line.
#pragma once

#include <array>
#include <string>

#include "tools/impair/impairment.h"

namespace bellrock::impair {

struct Options {
  std::array<std::string, 2> interfaces;
  std::array<Rates, 2> rates;
  std::uint64_t seed = 1;
  double duration_s = 0;
};

// Returns -1 to go on, else the exit code.
int read_options(int argc, const char* const* argv, Options& options);

}  // namespace bellrock::impair
