#include "dataplane/journey/conditions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>

namespace bellrock::journey {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Takes one decoded character off the front of a text that is not empty.
char take_decoded(std::string_view& raw) {
  const char c = raw[0];
  if (c == '%' && raw.size() >= 3 && hex_digit(raw[1]) >= 0 && hex_digit(raw[2]) >= 0) {
    const int value = hex_digit(raw[1]) * 16 + hex_digit(raw[2]);
    raw.remove_prefix(3);
    return static_cast<char>(value);
  }
  raw.remove_prefix(1);
  return c == '+' ? ' ' : c;
}

// Compares in the order of unsigned bytes, which is that of code points in UTF-8.
std::strong_ordering compare_decoded(std::string_view raw, std::string_view text) {
  for (const char expected : text) {
    if (raw.empty()) return std::strong_ordering::less;
    const auto order = static_cast<unsigned char>(take_decoded(raw)) <=> static_cast<unsigned char>(expected);
    if (order != std::strong_ordering::equal) return order;
  }
  return raw.empty() ? std::strong_ordering::equal : std::strong_ordering::greater;
}

// A number that fills the whole value. No double is written with more than 64 characters by anybody who means one.
std::optional<double> decoded_number(std::string_view raw) {
  std::array<char, 64> text{};
  std::size_t size = 0;
  while (!raw.empty() && size < text.size()) text[size++] = take_decoded(raw);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + size, number);
  if (!raw.empty() || size == 0 || error != std::errc{} || end != text.data() + size) return std::nullopt;
  return number;
}

using Order = std::partial_ordering;

// Unordered: of different types, or not a number.
Order compare_query(std::string_view raw, const Literal& literal) {
  if (literal.type != ValueType::kNumber) return compare_decoded(raw, literal.text);
  const auto number = decoded_number(raw);
  return number ? *number <=> literal.number : Order::unordered;
}

Order compare_attr(const Attr& attr, const Literal& literal) {
  switch (literal.type) {
    case ValueType::kString:
      return attr.type == Attr::Type::kString ? Order{attr.text <=> std::string_view{literal.text}} : Order::unordered;
    case ValueType::kNumber:
      return attr.type == Attr::Type::kNumber ? attr.number <=> literal.number : Order::unordered;
    case ValueType::kBool:
      break;
  }
  const bool same = attr.type == Attr::Type::kBool && attr.number == literal.number;
  return same ? Order::equivalent : Order::unordered;
}

// `compare` gives the order of the value that was sent and a literal.
template <typename F>
bool holds(const Condition& condition, F&& compare) {
  if (condition.op == Compare::kPresent) return true;
  if (condition.op == Compare::kIn) {
    return std::any_of(condition.values.begin(), condition.values.end(),
                       [&](const Literal& literal) { return compare(literal) == 0; });
  }
  const Order order = compare(condition.values[0]);
  switch (condition.op) {
    case Compare::kEq:
      return order == 0;
    case Compare::kNe:
      return order != 0;
    case Compare::kGt:
      return order > 0;
    case Compare::kGte:
      return order >= 0;
    case Compare::kLt:
      return order < 0;
    case Compare::kLte:
      return order <= 0;
    case Compare::kIn:
    case Compare::kPresent:
      break;
  }
  return false;
}

}  // namespace

std::string_view query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (decodes_to(pair.substr(0, equals), name)) return pair.substr(std::min(equals + 1, pair.size()));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
  }
  return {};
}

bool decodes_to(std::string_view raw, std::string_view text) { return compare_decoded(raw, text) == 0; }

std::string_view decoded(std::string_view raw, std::span<char> out) {
  std::size_t size = 0;
  while (!raw.empty()) {
    if (size == out.size()) return {};
    out[size++] = take_decoded(raw);
  }
  return {out.data(), size};
}

const Attr* find_attr(const Beacon& beacon, std::string_view name) {
  for (std::size_t i = 0; i < beacon.attr_count; ++i) {
    if (beacon.attrs[i].name == name) return &beacon.attrs[i];
  }
  return nullptr;
}

bool query_holds(const std::vector<Condition>& conditions, std::string_view query) {
  return std::all_of(conditions.begin(), conditions.end(), [query](const Condition& condition) {
    const std::string_view raw = query_value(query, condition.name);
    return raw.data() != nullptr &&
           holds(condition, [raw](const Literal& literal) { return compare_query(raw, literal); });
  });
}

bool attrs_hold(const std::vector<Condition>& conditions, const Beacon& beacon) {
  return std::all_of(conditions.begin(), conditions.end(), [&beacon](const Condition& condition) {
    const Attr* attr = find_attr(beacon, condition.name);
    return attr != nullptr && holds(condition, [attr](const Literal& literal) { return compare_attr(*attr, literal); });
  });
}

}  // namespace bellrock::journey
