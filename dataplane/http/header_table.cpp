#include "dataplane/http/header_table.h"

#include <utility>

#include "dataplane/base/bytes.h"
#include "dataplane/base/check.h"
#include "dataplane/flow/message.h"
#include "dataplane/http/char_class.h"

namespace bellrock::http {

bool HeaderTable::equals(const KnownHeader& known, const std::uint8_t* line) {
  for (std::size_t i = 0; i < known.name_bytes; ++i) {
    if (lower(line[i]) != static_cast<std::uint8_t>(known.name[i])) return false;
  }
  return true;
}

const KnownHeader* HeaderTable::find_short(const std::uint8_t* line, std::size_t name_bytes) const {
  for (std::size_t i = 1; i < known_count_; ++i) {
    if (known_[i].name_bytes == name_bytes && equals(known_[i], line)) return &known_[i];
  }
  return nullptr;
}

KnownHeader* HeaderTable::find_equal(std::string_view name) {
  for (std::size_t i = 1; i < known_count_; ++i) {
    if (std::string_view(known_[i].name.data(), known_[i].name_bytes) == name) return &known_[i];
  }
  return nullptr;
}

void HeaderTable::add(std::string_view name, HeaderRole role, std::uint8_t slot) {
  if (name.empty() || name.size() > kHeaderNameBytesMax) return;
  KnownHeader header;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(name[i]);
    if (!is_token(byte)) return;
    header.name[i] = static_cast<char>(lower(byte));
    if (i < header.begin.size()) header.begin[i] = static_cast<std::uint8_t>(byte | 0x20);
  }
  header.name_bytes = static_cast<std::uint8_t>(name.size());
  header.exact = name.size() <= header.begin.size() && name.find_first_of("^~_") == std::string_view::npos;
  header.role = role;
  header.slot = slot;
  if (KnownHeader* same = find_equal({header.name.data(), name.size()})) {
    if (same->slot == kNoSlot) {
      same->slot = slot;
    } else {
      copies_[copy_count_++] = {same->slot, slot};
    }
    return;
  }
  CHECK(known_count_ < known_.size());
  if (name.size() < 4) {
    has_short_names_ = true;
  } else {
    header.next = std::exchange(first_[hash(header.begin.data(), name.size())], known_count_);
  }
  known_[known_count_++] = header;
}

HeaderTable make_request_headers(std::span<const std::string> extra) {
  constexpr std::array<std::string_view, static_cast<std::size_t>(Header::kCount)> kFixed{
      "host",   "content-type", "content-encoding",   "cookie", "user-agent", "sec-ch-ua-mobile",
      "origin", "sec-ch-ua",    "sec-ch-ua-platform", "dnt",    "sec-gpc"};
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

HeaderTable make_response_headers(bool types) {
  HeaderTable table;
  table.add("content-length", HeaderRole::kContentLength, kNoSlot);
  table.add("transfer-encoding", HeaderRole::kTransferEncoding, kNoSlot);
  if (types) table.add("content-type", HeaderRole::kContentType, kNoSlot);
  return table;
}

}  // namespace bellrock::http
