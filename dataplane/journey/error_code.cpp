#include "dataplane/journey/error_code.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "dataplane/base/bytes.h"
#include "dataplane/base/siphash.h"
#include "dataplane/journey/top_table.h"

namespace bellrock::journey {
namespace {

constexpr std::size_t kHashDigits = 8;
static_assert(1 + kHashDigits <= kTopTextBytesMax);

std::size_t write_hash(std::string_view text, std::span<char> into) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto hash = static_cast<std::uint32_t>(siphash128(SipKey{}, bytes(text)).low);
  into[0] = '#';
  for (std::size_t i = 0; i < kHashDigits; ++i) into[1 + i] = kDigits[hash >> (28 - 4 * i) & 0xf];
  return 1 + kHashDigits;
}

std::size_t write_shown(std::string_view text, std::span<char> into) {
  if (!is_top_text(text) || text.front() == '#') return write_hash(text, into);
  std::copy(text.begin(), text.end(), into.begin());
  return text.size();
}

}  // namespace

std::size_t write_error_code(const Beacon& beacon, std::span<char, kTopTextBytesMax> into) {
  if (!beacon.code.empty()) return write_shown(beacon.code, into);
  if (!beacon.msg.empty()) return write_hash(beacon.msg, into);
  return beacon.name.empty() ? 0 : write_shown(beacon.name, into);
}

}  // namespace bellrock::journey
