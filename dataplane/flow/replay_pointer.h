// Where an outside replay tool shows what an attempt's visitor saw: the part of its URL that is behind the prefix which
// the configuration gives, so that nobody else's host is ever linked to. Plain values.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bellrock {

inline constexpr std::size_t kReplayBytesMax = 40;         // a UUID, and a little more
inline constexpr std::size_t kReplayPrefixBytesMax = 128;  // scheme, host and the path that all have

struct alignas(8) ReplayText {
  std::array<char, kReplayBytesMax> bytes{};
};
struct ReplayPointer {
  ReplayText text;
  std::uint8_t size = 0;  // 0: none

  [[nodiscard]] std::string_view view() const { return {text.bytes.data(), size}; }
};

// RFC 3986 section 2: what stands for itself in a path or a query; nothing that a page or a terminal would have to
// escape.
constexpr bool is_replay_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("-._~/?=&%:+,").find(c) != std::string_view::npos;
}
constexpr bool is_replay_text(std::string_view text) {
  return !text.empty() && text.size() <= kReplayBytesMax && std::all_of(text.begin(), text.end(), is_replay_char);
}
constexpr bool is_replay_prefix(std::string_view prefix) {
  const std::size_t scheme = prefix.starts_with("https://") ? 8 : prefix.starts_with("http://") ? 7 : 0;
  if (scheme == 0 || prefix.size() > kReplayPrefixBytesMax) return false;
  const std::string_view rest = prefix.substr(scheme);
  return rest.find('/') != 0 && rest.find('/') != std::string_view::npos &&
         std::all_of(rest.begin(), rest.end(), is_replay_char);
}

}  // namespace bellrock
