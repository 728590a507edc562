// JSON's numbers and string escapes, read as RFC 8259 has them. Pure functions over borrowed bytes, any thread.
#pragma once

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "dataplane/base/bytes.h"

namespace bellrock::beacon {

inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') <= 9; }

// parse_number reads the number at `at`, which ends at `limit` at the latest. Where it ends, or nullptr if none is
// there or if it is too large for a double (RFC 8259 6 lets us set that bound). `value` is the nearest double.
// parse_any_number is the same without a short way for the most frequent ones.
const char* parse_any_number(const char* at, const char* limit, double& value);

namespace internal {

// Eight bytes at once, first byte lowest: the high bit of the first that is no digit, and perhaps of some behind it.
constexpr std::uint64_t others_than_digits(std::uint64_t word) {
  return ((word + 0x4646464646464646) | (word - 0x3030303030303030)) & 0x8080808080808080;
}
// The value of eight digits by pairing neighbours three times (Mula, "SIMD-ized parsing of unsigned integers", in a
// general register). A byte of zero counts as '0'.
constexpr std::uint64_t value_of_8_digits(std::uint64_t word) {
  word = (word & 0x0f0f0f0f0f0f0f0f) * 2561 >> 8;
  word = (word & 0x00ff00ff00ff00ff) * 6553601 >> 16;
  return (word & 0x0000ffff0000ffff) * 42949672960001 >> 32;
}
inline constexpr std::array<std::uint64_t, 8> kPowersOf10{1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000};

inline constexpr std::array<double, 16> kExactPowersOf10{1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                         1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

// The digits at the beginning of a word that is not all digits: how many there are, and `number` with them behind it.
inline std::size_t take_digits_of(std::uint64_t word, std::uint64_t others, std::uint64_t& number) {
  const int bits = std::countr_zero(others) & ~7;
  if (bits == 0) return 0;
  const auto digits = static_cast<std::size_t>(bits / 8);
  number = kPowersOf10[digits] * number + value_of_8_digits(word << (64 - bits));
  return digits;
}

// The first digits from `at` on: all of up to 15, or 8 of more. 16 bytes are readable.
inline const char* take_some_digits(const char* at, std::uint64_t& number) {
  std::uint64_t word = load_le64(at), others = others_than_digits(word);
  if (others == 0) {
    number = 100'000'000 * number + value_of_8_digits(word);
    at += 8;
    word = load_le64(at);
    others = others_than_digits(word);
    if (others == 0) return at;
  }
  return at + take_digits_of(word, others, number);
}

// More digits, or an exponent.
constexpr bool goes_on(char c) { return static_cast<unsigned char>(c - '0') <= 9 || (c | 0x20) == 'e'; }

}  // namespace internal

// Nearly all are not negative, have no exponent and up to 15 digits, which a double holds exactly.
inline const char* parse_number(const char* at, const char* limit, double& value) {
  constexpr std::ptrdiff_t kReadable = 40, kDigitsMax = 15;
  if (limit - at >= kReadable) [[likely]] {
    std::uint64_t number = 0;
    const char* const point = internal::take_some_digits(at, number);
    const std::ptrdiff_t whole = point - at;
    const bool good = whole == 1 || (whole > 1 && *at != '0');
    if (good && *point != '.' && !internal::goes_on(*point)) {
      value = static_cast<double>(static_cast<std::int64_t>(number));
      return point;
    }
    if (good && *point == '.') {
      const char* const end = internal::take_some_digits(point + 1, number);
      const std::ptrdiff_t fraction = end - point - 1;
      if (fraction > 0 && whole + fraction <= kDigitsMax && !internal::goes_on(*end)) {
        value = static_cast<double>(static_cast<std::int64_t>(number)) /
                internal::kExactPowersOf10[static_cast<std::size_t>(fraction)];
        return end;
      }
    }
  }
  return parse_any_number(at, limit, value);
}

// Undoes the escapes of a string's inside, which is UTF-8 without control bytes. What it writes is never longer than
// `text`; `out` may be the text itself. Where the written bytes end, or nullptr: an escape that does not exist.
// Half a surrogate pair becomes U+FFFD: JSON.stringify writes such strings, and pages hold them.
char* unescape(std::string_view text, char* out);

}  // namespace bellrock::beacon
