#include "dataplane/journey/name_index.h"

#include <algorithm>
#include <bit>

#include "dataplane/base/bytes.h"

namespace bellrock::journey {
namespace {

std::uint64_t up_to_8_bytes(std::string_view text) {
  std::uint64_t word = 0;
  for (const char c : text) word = word << 8 | static_cast<std::uint8_t>(c);
  return word;
}

}  // namespace

std::size_t NameIndex::place_of(std::string_view text) const {
  constexpr std::uint64_t kOdd = 0x9e37'79b9'7f4a'7c15;  // multiplying spreads (Knuth, volume 3, 6.4)
  std::uint64_t first = 0, last = 0;
  if (text.size() >= 8) {
    first = load_le64(bytes(text).data());
    last = load_le64(bytes(text).data() + text.size() - 8);
  } else {
    last = up_to_8_bytes(text);
  }
  const std::uint64_t mixed = ((first ^ text.size()) * kOdd ^ last) * kOdd;
  return static_cast<std::size_t>(mixed >> 32) & mask_;
}

void NameIndex::add(std::string_view name, std::uint16_t value) { added_.push_back({name, value}); }

void NameIndex::finish() {
  std::stable_sort(added_.begin(), added_.end(), [](const Added& a, const Added& b) { return a.name < b.name; });
  entries_.assign(std::bit_ceil(2 * added_.size() + 2), {});
  mask_ = entries_.size() - 1;
  for (std::size_t i = 0; i < added_.size(); ++i) {
    values_.push_back(added_[i].value);
    std::size_t at = place_of(added_[i].name);
    while (entries_[at].count != 0 && entries_[at].name != added_[i].name) at = (at + 1) & mask_;
    if (entries_[at].count++ == 0) entries_[at] = {added_[i].name, static_cast<std::uint32_t>(i), 1};
  }
  added_.clear();
}

}  // namespace bellrock::journey
