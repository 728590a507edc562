// What a journey's test expects, and times as tests write them. Start-up only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "control/config/journey_scope.h"
#include "control/config/journey_tests.h"

namespace bellrock::config {

// `expect` of a test: an outcome, a list of them, or {outcomes, counters, objectives, frustration}.
void read_expectation(const Value& value, DefinitionTest& test, const JourneyScope& scope);

// "0.4": seconds; "400ms" and its like as well. Not negative.
std::optional<Duration> parse_seconds(std::string_view text);
std::optional<Duration> read_seconds(const Value& value);
// 400'000'000 -> "0.4"
std::string seconds_text(Duration duration);

}  // namespace bellrock::config
