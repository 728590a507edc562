// What bytes may stand where in an HTTP/1.x message (RFC 9110 5.5 and 5.6.2). The one definition: the scalar code uses
// these functions, the SIMD kernels tables made from them.
#pragma once

#include <array>
#include <cstdint>

namespace bellrock::http {

constexpr bool is_digit(std::uint8_t byte) { return byte >= '0' && byte <= '9'; }
constexpr bool is_alpha(std::uint8_t byte) { return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z'; }
constexpr bool is_blank(std::uint8_t byte) { return byte == ' ' || byte == '\t'; }

// tchar: methods, header names, codings, chunk extension names.
constexpr bool is_token(std::uint8_t byte) {
  constexpr const char* kOthers = "!#$%&'*+-.^_`|~";
  if (is_digit(byte) || is_alpha(byte)) return true;
  for (const char* other = kOthers; *other != 0; ++other) {
    if (static_cast<std::uint8_t>(*other) == byte) return true;
  }
  return false;
}

// CR and LF are control bytes too: where they are allowed, the scanner knows.
constexpr bool is_control(std::uint8_t byte) { return (byte < 0x20 && byte != '\t') || byte == 0x7f; }

// A request target. Wider than RFC 3986: browsers send '|' and '{', some clients raw UTF-8; no byte here splits a line.
// Who answers requests takes no raw UTF-8 (request_head.h).
constexpr bool is_target(std::uint8_t byte) { return byte > 0x20 && byte != 0x7f && byte != '#'; }

// A Host value: reg-name, address and port (RFC 3986 3.2.2).
constexpr bool is_host(std::uint8_t byte) {
  constexpr const char* kOthers = "-._~:[]%!$&'()*+,;=";
  if (is_digit(byte) || is_alpha(byte)) return true;
  for (const char* other = kOthers; *other != 0; ++other) {
    if (static_cast<std::uint8_t>(*other) == byte) return true;
  }
  return false;
}

constexpr std::uint8_t lower(std::uint8_t byte) {
  return byte >= 'A' && byte <= 'Z' ? static_cast<std::uint8_t>(byte | 0x20) : byte;
}

namespace internal {
template <typename F>
constexpr std::array<bool, 256> table_of(F&& holds) {
  std::array<bool, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte) table[byte] = holds(static_cast<std::uint8_t>(byte));
  return table;
}
}  // namespace internal

inline constexpr std::array<bool, 256> kIsToken = internal::table_of(is_token);
inline constexpr std::array<bool, 256> kIsControl = internal::table_of(is_control);
inline constexpr std::array<bool, 256> kIsTarget = internal::table_of(is_target);
inline constexpr std::array<bool, 256> kIsHost = internal::table_of(is_host);

}  // namespace bellrock::http
