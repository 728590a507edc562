// Times as people read them. Local time; any thread.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <ostream>
#include <string>

#include "control/cli/output.h"

namespace bellrock::cli {

inline std::string time_text(std::int64_t unix_s) {
  const std::time_t at = unix_s;
  std::tm parts{};
  char text[32];
  if (!::localtime_r(&at, &parts)) return "?";
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts)};
}

// 2026-05-01T12:30:00Z, to the second, for documents that travel.
inline std::string utc_text(std::int64_t unix_s) {
  const std::time_t at = unix_s;
  std::tm parts{};
  char text[32];
  if (!::gmtime_r(&at, &parts)) return "?";
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

// Unix seconds of "1764126000" or "2026-05-01T12:30:00Z"; none for anything else, nor for days that no month has.
inline std::optional<std::int64_t> parse_time(const std::string& text) {
  constexpr std::size_t kDigitsMax = 12;
  if (!text.empty() && text.size() <= kDigitsMax && text.find_first_not_of("0123456789") == std::string::npos) {
    return std::stoll(text);
  }
  std::tm parts{};
  const char* const end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  if (!end || *end != '\0') return std::nullopt;
  const std::int64_t at = ::timegm(&parts);  // which makes the 3rd of March of a 31st of February
  return utc_text(at) == text ? std::optional(at) : std::nullopt;
}

// The value of an option that says when something was changed; none where it is no such time, which is told on `err`.
// An empty value, or 0, is what a pipeline makes of a variable that is not set: it does not mean that there is no
// value.
inline std::optional<std::int64_t> time_of_change(const char* option, const std::string& text, std::ostream& err) {
  const auto at = parse_time(text);
  if (at.value_or(0) > 0) return at;
  err << "bellrock: " << option << " takes Unix seconds above 0 or a UTC time such as 2026-05-01T12:30:00Z, and "
      << (text.empty() ? "has nothing" : printable(text) + " is none") << '\n';
  return std::nullopt;
}

}  // namespace bellrock::cli
