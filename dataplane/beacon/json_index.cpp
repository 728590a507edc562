#include "dataplane/beacon/json_index.h"

#include <simdjson.h>

#include "dataplane/base/check.h"

namespace bellrock::beacon {
namespace {

// Whether the only fault of a text is that its last character is not whole: somebody cut it there.
bool ends_inside_a_character(std::string_view text) {
  const auto is_first_byte = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0xc0; };
  for (std::size_t cut = 1; cut <= 3 && cut <= text.size(); ++cut) {
    const std::string_view whole = text.substr(0, text.size() - cut);
    if (is_first_byte(text[whole.size()])) return is_utf8(whole) && !is_utf8(text.substr(whole.size()));
  }
  return false;
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
