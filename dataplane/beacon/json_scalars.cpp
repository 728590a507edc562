#include "dataplane/beacon/json_scalars.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace bellrock::beacon {
namespace {

// 10^22 is the largest power of ten that a double holds exactly, and 2^53 the largest run of integers: a quotient or
// product of two exact numbers is rounded once, as it should be (Clinger, "How to read floating point numbers", 1990).
constexpr std::ptrdiff_t kExactPowerMax = 22;
constexpr std::uint64_t kExactIntegerMax = std::uint64_t{1} << 53;
constexpr std::array<double, kExactPowerMax + 1> kPowersOf10{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                             1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                             1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr std::ptrdiff_t kDigitsOf64Bits = 19;

// The digits from `at` on, appended to `number` modulo 2^64.
inline const char* take_digits(const char* at, const char* limit, std::uint64_t& number) {
  while (limit - at >= 8) {
    const std::uint64_t word = load_le64(at);
    const std::uint64_t others = internal::others_than_digits(word);
    if (others != 0) return at + internal::take_digits_of(word, others, number);
    number = 100'000'000 * number + internal::value_of_8_digits(word);
    at += 8;
  }
  for (; at != limit && is_digit(*at); ++at) number = 10 * number + static_cast<std::uint64_t>(*at - '0');
  return at;
}

// The exponent behind 'e'; nullptr without a digit. Larger ones than any text's digits can make good are all the same.
const char* take_exponent(const char* at, const char* limit, std::ptrdiff_t& exponent) {
  constexpr std::ptrdiff_t kEnough = 1'000'000'000;
  const bool negative = at != limit && *at == '-';
  if (negative || (at != limit && *at == '+')) ++at;
  if (at == limit || !is_digit(*at)) return nullptr;
  std::ptrdiff_t magnitude = 0;
  for (; at != limit && is_digit(*at); ++at) {
    if (magnitude < kEnough) magnitude = 10 * magnitude + (*at - '0');
  }
  exponent = negative ? -magnitude : magnitude;
  return at;
}

// Everything the exact way does not cover. `begin` to `end` is a number as JSON has it; `exponent` stands behind its
// 'e'.
bool convert_slowly(const char* begin, const char* end, std::ptrdiff_t exponent, double& value) {
  const auto [rest, error] = std::from_chars(begin, end, value);
  if (error != std::errc::result_out_of_range) return error == std::errc() && rest == end && std::isfinite(value);
  // Too small is 0; too large is no number of ours. Which it is, the first digit's place tells.
  const std::string_view text(begin, static_cast<std::size_t>(end - begin));
  const std::string_view digits = text.substr(0, text.find_first_of("eE"));
  const auto first = static_cast<std::ptrdiff_t>(digits.find_first_of("123456789"));
  const auto point = static_cast<std::ptrdiff_t>(std::min(digits.find('.'), digits.size()));
  value = 0;
  return point - first + exponent < 0;
}

unsigned hex4(const char* at) {
  unsigned value = 0;
  for (int i = 0; i < 4; ++i) {
    const auto c = static_cast<unsigned char>(at[i]);
    const unsigned low = c | 0x20;
    if (c >= '0' && c <= '9')
      value = value << 4 | (c - '0');
    else if (low >= 'a' && low <= 'f')
      value = value << 4 | (low - 'a' + 10);
    else
      return ~0u;
  }
  return value;
}

char* put_utf8(unsigned code, char* out) {
  if (code < 0x80) {
    *out++ = static_cast<char>(code);
    return out;
  }
  if (code < 0x800) {
    *out++ = static_cast<char>(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) {
      *out++ = static_cast<char>(0xe0 | code >> 12);
    } else {
      *out++ = static_cast<char>(0xf0 | code >> 18);
      *out++ = static_cast<char>(0x80 | (code >> 12 & 0x3f));
    }
    *out++ = static_cast<char>(0x80 | (code >> 6 & 0x3f));
  }
  *out++ = static_cast<char>(0x80 | (code & 0x3f));
  return out;
}

// `at` is behind "\u". Advances over the escape, and over the one that completes a surrogate pair.
bool take_code_point(const char*& at, const char* end, unsigned& code) {
  if (end - at < 4 || (code = hex4(at)) == ~0u) return false;
  at += 4;
  if (code < 0xd800 || code > 0xdfff) return true;
  const bool high = code < 0xdc00;
  if (high && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
    const unsigned low = hex4(at + 2);
    if (low >= 0xdc00 && low <= 0xdfff) {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      at += 6;
      return true;
    }
  }
  code = 0xfffd;
  return true;
}

char unescaped(char escape) {
  switch (escape) {
    case '"':
    case '\\':
    case '/':
      return escape;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

}  // namespace

const char* parse_any_number(const char* at, const char* limit, double& value) {
  const char* const begin = at;
  const bool negative = at != limit && *at == '-';
  at += negative;
  if (at == limit || !is_digit(*at)) return nullptr;
  const char* const digits = at;
  std::uint64_t number = 0;
  at = take_digits(at, limit, number);
  if (*digits == '0' && at - digits > 1) return nullptr;
  std::ptrdiff_t digit_count = at - digits;
  std::ptrdiff_t fraction_digits = 0, exponent = 0;
  if (at != limit && *at == '.') {
    const char* const fraction = ++at;
    at = take_digits(at, limit, number);
    if (at == fraction) return nullptr;
    fraction_digits = at - fraction;
    digit_count += fraction_digits;
  }
  if (at != limit && (*at | 0x20) == 'e') {
    at = take_exponent(at + 1, limit, exponent);
    if (at == nullptr) return nullptr;
  }
  const std::ptrdiff_t power = exponent - fraction_digits;
  const bool exact = digit_count <= kDigitsOf64Bits && number <= kExactIntegerMax && power >= -kExactPowerMax &&
                     power <= kExactPowerMax;
  if (!exact) [[unlikely]]
    return convert_slowly(begin, at, exponent, value) ? at : nullptr;
  const double magnitude = static_cast<double>(number);
  const double scaled = power < 0 ? magnitude / kPowersOf10[static_cast<std::size_t>(-power)]
                                  : magnitude * kPowersOf10[static_cast<std::size_t>(power)];
  value = negative ? -scaled : scaled;
  return at;
}

char* unescape(std::string_view text, char* out) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const auto* escape = static_cast<const char*>(std::memchr(at, '\\', static_cast<std::size_t>(end - at)));
    const std::size_t plain = static_cast<std::size_t>((escape != nullptr ? escape : end) - at);
    std::memmove(out, at, plain);
    out += plain;
    if (escape == nullptr) break;
    at = escape + 1;
    if (at == end) return nullptr;
    const char kind = *at++;
    if (kind == 'u') {
      unsigned code = 0;
      if (!take_code_point(at, end, code)) return nullptr;
      out = put_utf8(code, out);
    } else {
      const char plain_char = unescaped(kind);
      if (plain_char == '\0') return nullptr;
      *out++ = plain_char;
    }
  }
  return out;
}

}  // namespace bellrock::beacon
