// JSON's numbers and string escapes, read as RFC 8259 has them. Pure functions over borrowed bytes, any thread.
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace bellrock::beacon {

namespace internal {

// Eight digits at once, first byte lowest: whether they are digits, and their value by pairing neighbours three times
// (Mula, "SIMD-ized parsing of unsigned integers", in a general register).
inline bool are_8_digits(std::uint64_t word) {
  return (((word + 0x4646464646464646) | (word - 0x3030303030303030)) & 0x8080808080808080) == 0;
}
inline std::uint64_t value_of_8_digits(std::uint64_t word) {
  word = (word & 0x0f0f0f0f0f0f0f0f) * 2561 >> 8;
  word = (word & 0x00ff00ff00ff00ff) * 6553601 >> 16;
  return (word & 0x0000ffff0000ffff) * 42949672960001 >> 32;
}

}  // namespace internal

inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') <= 9; }

// Reads the number at `at`, which ends at `limit` at the latest. Where it ends, or nullptr if none is there or if it is
// too large for a double (RFC 8259 6 lets us set that bound). `value` is the nearest double.
const char* parse_number(const char* at, const char* limit, double& value);

// The number at `at`, which is `size` bytes, if it is one to eight digits and nothing else. Eight bytes must be
// readable.
inline bool take_short_integer(const char* at, std::size_t size, double& value) {
  if (size - 1 >= 8 || (*at == '0' && size > 1)) return false;
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  const std::size_t missing = 8 * (8 - size);  // bits: zeros in front, which the lowest byte is
  word = missing == 0 ? word : word << missing | 0x3030303030303030 >> (64 - missing);
  if (!internal::are_8_digits(word)) return false;
  value = static_cast<double>(internal::value_of_8_digits(word));
  return true;
}

// Undoes the escapes of a string's inside, which is UTF-8 without control bytes. What it writes is never longer than
// `text`; `out` may be the text itself. Where the written bytes end, or nullptr: an escape that does not exist.
// Half a surrogate pair becomes U+FFFD: JSON.stringify writes such strings, and pages hold them.
char* unescape(std::string_view text, char* out);

}  // namespace bellrock::beacon
