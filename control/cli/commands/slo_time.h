// Times as people read them. Local time; any thread.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>

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

// Unix seconds of "1764126000" or "2026-05-01T12:30:00Z"; none for anything else.
inline std::optional<std::int64_t> parse_time(const std::string& text) {
  constexpr std::size_t kDigitsMax = 12;
  if (!text.empty() && text.size() <= kDigitsMax && text.find_first_not_of("0123456789") == std::string::npos) {
    return std::stoll(text);
  }
  std::tm parts{};
  const char* const end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  if (!end || *end != '\0') return std::nullopt;
  return ::timegm(&parts);
}

}  // namespace bellrock::cli
