// `bellrock top`: what burns, what fails and what the fleet does, now and again every few seconds.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>

#include "control/cli/centre.h"

namespace bellrock::cli {

struct TopQuestion {
  double interval_s = 5;    // between two looks; rates are of the time between them
  std::uint64_t looks = 0;  // so many screens; 0: until a signal
  std::size_t rows = 10;    // of each table
  bool clears = false;      // the screen before each
};

// `wait` is called with the interval; false ends it.
int run_top(const CentreOptions& options, const TopQuestion& question, bool colours, std::ostream& out,
            std::ostream& err, const std::function<bool(double)>& wait);

// Declares the command. When it was given, `exit_code` holds its answer after parsing.
void add_top(CLI::App& app, int& exit_code);

}  // namespace bellrock::cli
