// Whether a Host value whose bytes are all allowed is one (RFC 9112 3.2: uri-host [ ":" port ]; RFC 3986 3.2.2, 3.2.3).
// Pure; a few nanoseconds for a name with a port or without.
#pragma once

#include <algorithm>
#include <string_view>

#include "dataplane/http/char_class.h"

namespace bellrock::http {

namespace internal {

constexpr bool is_hex(char c) {
  return is_digit(static_cast<std::uint8_t>(c)) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

// What is between the brackets: an IPv6 address by its alphabet, or one of a later version, which names that.
constexpr bool is_ip_literal(std::string_view inside) {
  if (!inside.empty() && lower(static_cast<std::uint8_t>(inside.front())) == 'v') return inside.size() > 3;
  return inside.size() > 1 &&
         std::all_of(inside.begin(), inside.end(), [](char c) { return is_hex(c) || c == ':' || c == '.'; }) &&
         inside.find(':') != std::string_view::npos;
}

constexpr bool is_registered_name(std::string_view name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '[' || name[i] == ']') return false;
    if (name[i] == '%' && (i + 2 >= name.size() || !is_hex(name[i + 1]) || !is_hex(name[i + 2]))) return false;
  }
  return true;
}

}  // namespace internal

constexpr bool is_authority(std::string_view value) {
  std::size_t end = 0;
  if (value.starts_with('[')) {
    end = value.find(']');
    if (end == std::string_view::npos || !internal::is_ip_literal(value.substr(1, end - 1))) return false;
    ++end;
  } else {
    end = std::min(value.find(':'), value.size());
    if (!internal::is_registered_name(value.substr(0, end))) return false;
  }
  if (end == value.size()) return true;
  return value[end] == ':' && std::all_of(value.begin() + static_cast<std::ptrdiff_t>(end) + 1, value.end(),
                                          [](char c) { return is_digit(static_cast<std::uint8_t>(c)); });
}

}  // namespace bellrock::http
