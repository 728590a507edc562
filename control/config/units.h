// Numbers with units, exact: nothing here goes through a floating-point number. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "dataplane/base/time.h"

namespace bellrock::config {

// "1s", "800ms", "1.5h": a decimal and one of ns us ms s m h d. Fractions of a nanosecond are rounded half to even,
// as durations of the journey rules are. Nothing for a missing unit, a sign, or more than about 292 years.
std::optional<Duration> parse_duration(std::string_view text);

// True for what is written as a duration but is none, being longer than that or of more than 18 digits.
bool exceeds_durations(std::string_view text);

// "64KiB", "1.5MiB", "100B": a decimal and one of B KiB MiB GiB; a whole number of bytes.
std::optional<std::uint64_t> parse_size(std::string_view text);

// "0.992" → 992'000'000: parts per 10^9 of a decimal with at most nine places, below 10.
std::optional<std::uint64_t> parse_decimal_e9(std::string_view text);

// "812", "-3.5", "1e3": a number as JSON writes it (RFC 8259 section 6), finite.
std::optional<double> parse_number(std::string_view text);

// "65536": digits only, the first of several not 0.
std::optional<std::uint64_t> parse_unsigned(std::string_view text);

}  // namespace bellrock::config
