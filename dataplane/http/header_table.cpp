#include "dataplane/http/header_table.h"

#include <algorithm>

#include "dataplane/base/bytes.h"
#include "dataplane/base/check.h"
#include "dataplane/flow/message.h"
#include "dataplane/http/char_class.h"

namespace bellrock::http {
namespace {

std::uint32_t load32(const void* at) {
  std::uint32_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

bool equal_exactly(const KnownHeader& known, const std::uint8_t* name) {
  for (std::size_t i = 0; i < known.name_bytes; ++i) {
    if (lower(name[i]) != static_cast<std::uint8_t>(known.name[i])) return false;
  }
  return true;
}

}  // namespace

HeaderTable::HeaderTable() = default;

// Words are compared with 0x20 set: it folds the case of letters and, among token characters, only '^' into '~'.
bool HeaderTable::matches(const KnownHeader& known, const std::uint8_t* name, std::size_t name_bytes) {
  if (known.name_bytes != name_bytes) return false;
  if (known.compare_bytes || name_bytes < 4) return equal_exactly(known, name);
  const char* const expected = known.name.data();
  if (name_bytes < 8) {
    constexpr std::uint32_t kFold = 0x20202020;
    const std::size_t last = name_bytes - 4;
    const std::uint32_t differs = (load32(name) ^ load32(expected)) | (load32(name + last) ^ load32(expected + last));
    return (differs & ~kFold) == 0;
  }
  constexpr std::uint64_t kFold = 0x2020202020202020;
  const std::size_t last = name_bytes - 8;
  std::uint64_t differs = load_le64(name + last) ^ load_le64(expected + last);
  for (std::size_t at = 0; at < last; at += 8) differs |= load_le64(name + at) ^ load_le64(expected + at);
  return (differs & ~kFold) == 0;
}

void HeaderTable::add(std::string_view name, HeaderRole role, std::uint8_t slot) {
  KnownHeader header;
  if (name.empty() || name.size() > header.name.size()) return;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(name[i]);
    if (!is_token(byte)) return;
    header.name[i] = static_cast<char>(lower(byte));
  }
  header.compare_bytes = name.find_first_of("^~_@`") != std::string_view::npos;
  header.name_bytes = static_cast<std::uint8_t>(name.size());
  header.role = role;
  header.slot = slot;
  const auto* padded = reinterpret_cast<const std::uint8_t*>(header.name.data());
  for (std::uint8_t at = first_[hash(padded, name.size())]; at != 0; at = known_[at].next) {
    KnownHeader& same = known_[at];
    if (!matches(same, padded, name.size())) continue;
    if (same.slot == kNoSlot) {
      same.slot = slot;
    } else {
      copies_[copy_count_++] = {same.slot, slot};
    }
    return;
  }
  CHECK(known_count_ < known_.size());
  std::uint8_t& first = first_[hash(padded, name.size())];
  header.next = first;
  first = known_count_;
  known_[known_count_++] = header;
}

HeaderTable make_request_headers(std::span<const std::string> extra) {
  constexpr std::array<std::string_view, static_cast<std::size_t>(Header::kCount)> kFixed{
      "host", "content-type", "content-encoding", "cookie", "user-agent", "sec-ch-ua-mobile", "origin"};
  CHECK(kFixed.size() + extra.size() <= kHeaderInterestsMax);
  HeaderTable table;
  std::uint8_t slot = 0;
  for (const std::string_view name : kFixed) {
    table.add(name, slot == static_cast<std::uint8_t>(Header::kHost) ? HeaderRole::kHost : HeaderRole::kNone, slot);
    ++slot;
  }
  table.add("content-length", HeaderRole::kContentLength, kNoSlot);
  table.add("transfer-encoding", HeaderRole::kTransferEncoding, kNoSlot);
  table.add("expect", HeaderRole::kExpect, kNoSlot);
  for (const std::string& name : extra) table.add(name, HeaderRole::kNone, slot++);
  return table;
}

HeaderTable make_response_headers() {
  HeaderTable table;
  table.add("content-length", HeaderRole::kContentLength, kNoSlot);
  table.add("transfer-encoding", HeaderRole::kTransferEncoding, kNoSlot);
  return table;
}

}  // namespace bellrock::http
