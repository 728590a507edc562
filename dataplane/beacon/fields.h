// The native beacon's field names, and which of them a key is: one multiplication and one comparison, whatever the
// order of the fields. Compile-time tables, any thread. Source: the table in README.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace bellrock::beacon {

// Grouped by what a value must be: strings, then numbers, then booleans, then attrs.
enum class Field : std::uint8_t {
  kSid,
  kPage,
  kName,
  kType,
  kPv,
  kMsg,
  kCode,
  kKind,
  kText,
  kCur,
  kRel,
  kExp,
  kConn,
  kReplay,
  kV,  // the first number
  kTs,
  kDur,
  kN,
  kT,
  kLcp,
  kInp,
  kCls,
  kFcp,
  kTtfb,
  kDcl,
  kLoad,
  kScore,
  kX,
  kY,
  kW,
  kH,
  kValue,
  kOk,  // the first boolean
  kRet,
  kSynthetic,
  kAttrs,
  kUnknown
};
inline constexpr std::size_t kStringFields = static_cast<std::size_t>(Field::kV);
inline constexpr std::size_t kNumberFields = static_cast<std::size_t>(Field::kOk) - kStringFields;
inline constexpr std::size_t kFields = static_cast<std::size_t>(Field::kUnknown);

constexpr std::uint64_t bit(Field field) { return std::uint64_t{1} << static_cast<unsigned>(field); }

inline constexpr std::array<std::string_view, kFields> kFieldNames{
    "sid",  "page",   "name",  "type", "pv",  "msg", "code", "kind",  "text", "cur", "rel",       "exp",
    "conn", "replay", "v",     "ts",   "dur", "n",   "t",    "lcp",   "inp",  "cls", "fcp",       "ttfb",
    "dcl",  "load",   "score", "x",    "y",   "w",   "h",    "value", "ok",   "ret", "synthetic", "attrs"};

namespace internal {

// A perfect hash: the keys' first 8 bytes and lengths fall into different slots. Checked below, at compile time.
inline constexpr std::size_t kSlots = 256;

constexpr std::size_t slot_of(std::uint64_t word, std::size_t length, std::uint64_t multiplier) {
  return ((word + length) * multiplier) >> 56;
}
constexpr std::uint64_t word_of(std::string_view key) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < key.size() && i < 8; ++i) {
    word |= std::uint64_t{static_cast<unsigned char>(key[i])} << (8 * i);
  }
  return word;
}
constexpr bool is_perfect(std::uint64_t multiplier) {
  std::array<bool, kSlots> taken{};
  for (const std::string_view name : kFieldNames) {
    bool& slot = taken[slot_of(word_of(name), name.size(), multiplier)];
    if (slot) return false;
    slot = true;
  }
  return true;
}
constexpr std::uint64_t find_multiplier() {
  std::uint64_t multiplier = 0x9e3779b97f4a7c15;  // odd and well spread; the search only needs some start
  while (!is_perfect(multiplier)) multiplier = multiplier * 6364136223846793005 + 1442695040888963406;
  return multiplier;
}
inline constexpr std::uint64_t kMultiplier = find_multiplier();

struct Key {
  std::uint64_t word = 0;
  std::uint8_t length = 0xff;  // no key is as long: an empty slot matches nothing
  Field field = Field::kUnknown;
};
constexpr std::array<Key, kSlots> make_keys() {
  std::array<Key, kSlots> keys{};
  for (std::size_t i = 0; i < kFieldNames.size(); ++i) {
    const std::string_view name = kFieldNames[i];
    const std::uint64_t word = word_of(name);
    keys[slot_of(word, name.size(), kMultiplier)] = {word, static_cast<std::uint8_t>(name.size()),
                                                     static_cast<Field>(i)};
  }
  return keys;
}
alignas(64) inline constexpr std::array<Key, kSlots> kKeys = make_keys();

constexpr bool only_one_is_longer_than_a_word() {
  for (const std::string_view name : kFieldNames) {
    if (name.size() > 8 && name != "synthetic") return false;
  }
  return true;
}
static_assert(only_one_is_longer_than_a_word());

}  // namespace internal

// Eight bytes must be readable at `key`, whatever its length.
inline Field field_of(const char* key, std::size_t length) {
  std::uint64_t word;
  std::memcpy(&word, key, sizeof word);
  if (length < 8) word &= ~(~std::uint64_t{0} << (8 * length));
  const internal::Key& candidate = internal::kKeys[internal::slot_of(word, length, internal::kMultiplier)];
  if (candidate.word != word || candidate.length != length) return Field::kUnknown;
  if (length > 8 && key[8] != 'c') return Field::kUnknown;
  return candidate.field;
}

}  // namespace bellrock::beacon
