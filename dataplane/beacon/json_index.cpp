#include "dataplane/beacon/json_index.h"

#include <simdjson.h>

#include "dataplane/base/check.h"

namespace bellrock::beacon {
namespace {

// Whether the only fault of a text is that its last character is not whole: somebody cut it there.
bool ends_inside_a_character(std::string_view text) {
  std::size_t followers = 0;
  while (followers < text.size() && (static_cast<unsigned char>(text[text.size() - 1 - followers]) & 0xc0) == 0x80) {
    ++followers;
  }
  if (followers == text.size()) return false;
  const std::size_t first = text.size() - 1 - followers;
  const auto lead = static_cast<unsigned char>(text[first]);
  const std::size_t wanted = lead >= 0xf0 ? 3u : lead >= 0xe0 ? 2u : lead >= 0xc2 ? 1u : 0u;
  return lead <= 0xf4 && followers < wanted && is_utf8(text.substr(0, first));
}

}  // namespace

JsonIndex::JsonIndex(std::size_t text_bytes_max) {
  constexpr std::size_t kDepth = 1;  // of simdjson's own second stage, which is not used
  const auto error =
      simdjson::get_active_implementation()->create_dom_parser_implementation(text_bytes_max, kDepth, stage_);
  CHECK(error == simdjson::SUCCESS);
  tokens_ = stage_->structural_indexes.get();
}

JsonIndex::~JsonIndex() = default;
JsonIndex::JsonIndex(JsonIndex&&) noexcept = default;
JsonIndex& JsonIndex::operator=(JsonIndex&&) noexcept = default;

BeaconReject JsonIndex::build(std::string_view text) {
  const auto* at = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto error = stage_->stage1(at, text.size(), simdjson::stage1_mode::regular);
  count_ = error == simdjson::SUCCESS ? stage_->n_structural_indexes : 0;
  if (error == simdjson::SUCCESS) [[likely]]
    return BeaconReject::kCount;
  if (error == simdjson::CAPACITY) return BeaconReject::kTooLarge;
  if (!is_utf8(text)) return ends_inside_a_character(text) ? BeaconReject::kTruncatedBody : BeaconReject::kBadUtf8;
  return error == simdjson::UNCLOSED_STRING ? BeaconReject::kTruncatedBody : BeaconReject::kNotJson;
}

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text); }

}  // namespace bellrock::beacon
