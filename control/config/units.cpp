#include "control/config/units.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace bellrock::config {
namespace {

__extension__ using Wide = unsigned __int128;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A decimal as an integer of units of 10^-places. At most 18 digits after leading zeros, so that it and its product
// with any unit below fit 128 bits.
struct Decimal {
  std::uint64_t digits = 0;
  unsigned places = 0;
};

std::optional<Decimal> take_decimal(std::string_view& text) {
  Decimal decimal;
  std::size_t at = 0;
  bool point = false;
  for (; at < text.size() && (is_digit(text[at]) || (text[at] == '.' && !point)); ++at) {
    if (text[at] == '.') {
      point = true;
      continue;
    }
    if (decimal.digits >= 100'000'000'000'000'000) return std::nullopt;
    decimal.digits = decimal.digits * 10 + static_cast<std::uint64_t>(text[at] - '0');
    if (point && ++decimal.places > 18) return std::nullopt;
  }
  const bool starts_and_ends_with_digit = at > 0 && is_digit(text[0]) && is_digit(text[at - 1]);
  if (!starts_and_ends_with_digit) return std::nullopt;
  text.remove_prefix(at);
  return decimal;
}

Wide power_of_ten(unsigned exponent) {
  Wide power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr std::array kTimeUnits{Unit{"ns", 1},        Unit{"us", kMicrosecond}, Unit{"ms", kMillisecond},
                                Unit{"s", kSecond},   Unit{"m", kMinute},       Unit{"h", kHour},
                                Unit{"d", 24 * kHour}};
constexpr std::array kSizeUnits{Unit{"B", 1}, Unit{"KiB", 1024}, Unit{"MiB", 1024 * 1024},
                                Unit{"GiB", 1024 * 1024 * 1024}};

// decimal × unit as whole parts and remainder, of `divisor`.
struct Product {
  Wide whole = 0, rest = 0, divisor = 1;
};

template <std::size_t N>
std::optional<Product> times_unit(std::string_view text, const std::array<Unit, N>& units) {
  const auto decimal = take_decimal(text);
  const auto unit = std::find_if(units.begin(), units.end(), [text](const Unit& u) { return u.name == text; });
  if (!decimal || unit == units.end()) return std::nullopt;
  const Wide divisor = power_of_ten(decimal->places);
  const Wide product = Wide{decimal->digits} * unit->factor;
  return Product{product / divisor, product % divisor, divisor};
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  auto product = times_unit(text, kTimeUnits);
  if (!product) return std::nullopt;
  const Wide twice = product->rest * 2;
  if (twice > product->divisor || (twice == product->divisor && product->whole % 2 == 1)) ++product->whole;
  if (product->whole > static_cast<Wide>(std::numeric_limits<Duration>::max())) return std::nullopt;
  return static_cast<Duration>(product->whole);
}

bool exceeds_durations(std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string_view number = text.substr(0, end), unit = text.substr(end);
  const bool known =
      std::any_of(kTimeUnits.begin(), kTimeUnits.end(), [unit](const Unit& u) { return u.name == unit; });
  const bool decimal = !number.empty() && is_digit(number.front()) && is_digit(number.back()) &&
                       std::count(number.begin(), number.end(), '.') <= 1;
  return known && decimal && !parse_duration(text);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto product = times_unit(text, kSizeUnits);
  if (!product || product->rest != 0 || product->whole > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return static_cast<std::uint64_t>(product->whole);
}

std::optional<std::uint64_t> parse_decimal_e9(std::string_view text) {
  const auto decimal = take_decimal(text);
  if (!decimal || !text.empty() || decimal->places > 9) return std::nullopt;
  const Wide value = Wide{decimal->digits} * power_of_ten(9 - decimal->places);
  if (value >= power_of_ten(10)) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

std::optional<double> parse_number(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  const bool leading_zero = digits.size() > 1 && digits[0] == '0' && is_digit(digits[1]);
  if (digits.empty() || !is_digit(digits[0]) || leading_zero) return std::nullopt;
  const std::size_t point = digits.find('.');
  if (point != std::string_view::npos && (point + 1 == digits.size() || !is_digit(digits[point + 1]))) {
    return std::nullopt;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text) {
  const bool leading_zero = text.size() > 1 && text[0] == '0';  // octal to some readers, decimal to others
  if (text.empty() || leading_zero || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace bellrock::config
