// Compares what a test expects with what was played. Pure, any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "control/cli/journey/play.h"

namespace bellrock::cli {

struct Divergence {
  std::size_t happening = 0;  // the first one after which the expectation cannot be met; past the last: at the end
  std::string expected, happened;
};

std::optional<Divergence> first_divergence(const journey::Journey& journey, const config::DefinitionTest& test,
                                           const Played& played);

// "silent_failure after 36 s", "abandoned.waiting after 17 s (waited 12 s)"
std::string text_of(const PlayedOutcome& outcome);
// What came of it, in words; "nothing" for nothing.
std::string text_of(const journey::Journey& journey, const Happening& happening);
// All outcomes in the order of their attempts' starts; "no attempt".
std::string outcomes_text(const Played& played);

}  // namespace bellrock::cli
