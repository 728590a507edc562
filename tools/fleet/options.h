// The command line.
#pragma once

#include <string>
#include <vector>

#include "tools/fleet/plan.h"

namespace bellrock::fleet {

struct Options {
  std::vector<std::string> config;
  std::string central = "http://127.0.0.1:8480";
  std::string truth;  // empty: standard output
  std::string shop;   // write a configuration here instead
  std::size_t journeys = 10, objectives = 5;
  PlanOptions plan;
  double days = 0.25;
  std::int64_t end = 0;  // 0: now
  std::int64_t window_s = 60, frame_s = 600;
  double lost = 0.01, cut = 0.01, no_answer = 0.01, duplicate = 0.01, reorder = 0.02;
  unsigned senders = 2;
  bool plan_only = false;
};

// Returns -1 to go on, else the exit code.
int read_options(int argc, const char* const* argv, Options& options);

}  // namespace bellrock::fleet
