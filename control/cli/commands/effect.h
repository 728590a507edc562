// `bellrock journey effect`: what slow steps did to how attempts ended, as the centre works it out.
#pragma once

#include <iosfwd>
#include <string>

#include "control/cli/centre.h"

namespace bellrock::cli {

// `journey` empty: all of them, in a line each; else that one with its bands and strata.
int run_journey_effect(const CentreOptions& options, const std::string& journey, const std::string& range, bool colours,
                       std::ostream& out, std::ostream& err);

// Declares `effect` under `journey`.
void add_journey_effect(CLI::App& journey, int& exit_code);

}  // namespace bellrock::cli
