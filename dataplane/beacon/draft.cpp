#include "dataplane/beacon/draft.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <optional>
#include <type_traits>

namespace bellrock::beacon {
namespace {

constexpr std::uint64_t kAlways = bit(Field::kV) | bit(Field::kSid) | bit(Field::kType) | bit(Field::kPage);

constexpr std::array<std::uint64_t, static_cast<std::size_t>(BeaconType::kCount)> kRequired = [] {
  std::array<std::uint64_t, static_cast<std::size_t>(BeaconType::kCount)> required{};
  required.fill(kAlways);
  required[static_cast<std::size_t>(BeaconType::kStep)] |=
      bit(Field::kName) | bit(Field::kDur) | bit(Field::kOk) | bit(Field::kTs);
  required[static_cast<std::size_t>(BeaconType::kAction)] |= bit(Field::kName);
  required[static_cast<std::size_t>(BeaconType::kError)] |= bit(Field::kName);
  required[static_cast<std::size_t>(BeaconType::kFeedback)] |= bit(Field::kScore) | bit(Field::kKind);
  required[static_cast<std::size_t>(BeaconType::kReport)] = bit(Field::kName) | bit(Field::kPage);
  return required;
}();

std::optional<BeaconType> type_of(std::string_view text) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(BeaconType::kReport); ++i) {
    if (text == kBeaconTypeNames[i]) return static_cast<BeaconType>(i);
  }
  return std::nullopt;
}

bool is_whole(double number) { return std::trunc(number) == number; }

}  // namespace

void Draft::reset(Dialect dialect) {
  // Everything of a beacon but the 1.5 KB of attributes, which count only up to attr_count.
  static const Beacon kBlank;
  static_assert(std::is_trivially_copyable_v<Beacon> && std::is_standard_layout_v<Beacon>);
  // The size is hidden from g++, which would write `rep movs` for it: three times the time of memcpy's own code.
  std::size_t bytes = offsetof(Beacon, attrs);
  asm("" : "+r"(bytes));
  std::memcpy(static_cast<void*>(static_cast<Beacon*>(&values_)), &kBlank, bytes);
  values_.attr_count = 0;
  values_.dialect = dialect;
  values_.type_text = {};
  values_.text = {};
  values_.version = Beacon::kAbsent;
  seen_ = bit(Field::kUnknown);
  failures_ = 0;
}

void Draft::on_bool(Field field, bool value) {
  switch (field) {
    case Field::kOk:
      values_.has_ok = true;
      values_.ok = value;
      return;
    case Field::kRet:
      values_.has_ret = true;
      values_.ret = value;
      return;
    case Field::kSynthetic:
      values_.synthetic = value;
      return;
    default:
      on_wrong_type();
  }
}

bool Draft::claim_attr(std::string_view name) {
  for (std::size_t i = 0; i < values_.attr_count; ++i) {
    if (values_.attrs[i].name == name) return false;
  }
  attr_name_ = name;
  return true;
}

void Draft::on_attr(Attr::Type type, std::string_view text, double number) {
  if (values_.attr_count == kAttrsMax) {
    failures_ |= kTooManyAttrs;
    return;
  }
  values_.attrs[values_.attr_count++] = {attr_name_, type, text, number};
}

void Draft::finish_as_boomerang(bool unload) {
  seen_ |= bit(Field::kV);
  values_.version = 1;
  if (unload) values_.dur = Beacon::kAbsent;
  if (claim(Field::kType)) values_.type_text = seen(Field::kName) ? "action" : "vitals";
}

void Draft::begin_report() { values_.type = BeaconType::kReport; }

void Draft::judge() {
  if (seen(Field::kPage)) values_.page = path_of(values_.page);
  const auto type = type_of(values_.type_text);
  if (type) values_.type = *type;
  if (!type && values_.type_text.data() != nullptr) failures_ |= kWrongType;
  if (!Beacon::absent(values_.version) && values_.version != 1) failures_ |= kWrongVersion;
  if (!Beacon::absent(values_.value) && !is_whole(values_.value)) failures_ |= kWrongType;
  if (!Beacon::absent(values_.n) && !(is_whole(values_.n) && values_.n >= 0)) failures_ |= kWrongType;
  const bool too_long = values_.sid.size() > kSidBytesMax || values_.page.size() > kPageBytesMax ||
                        values_.name.size() > kNameBytesMax || values_.msg.size() > kMessageBytesMax ||
                        values_.code.size() > kCodeBytesMax;
  if (too_long) failures_ |= kTooLong;
}

BeaconReject Draft::finish() {
  judge();
  if (failures_ != 0) {
    if ((failures_ & kWrongVersion) != 0) return BeaconReject::kUnsupportedVersion;
    if ((failures_ & kWrongType) != 0) return BeaconReject::kWrongType;
    if ((failures_ & kTooLong) != 0) return BeaconReject::kFieldTooLong;
    return BeaconReject::kTooManyAttrs;
  }
  const std::uint64_t required = kRequired[static_cast<std::size_t>(values_.type)];
  const bool needs_session = values_.type != BeaconType::kReport;
  if ((required & ~seen_) != 0 || (needs_session && values_.sid.empty())) return BeaconReject::kMissingField;
  return BeaconReject::kCount;
}

std::string_view path_of(std::string_view page) {
  if (page.empty() || page[0] != '/') {
    const std::size_t authority = page.find("://");
    if (authority != std::string_view::npos && page.find_first_of("/?#") == authority + 1) {
      page.remove_prefix(authority + 3);
      page.remove_prefix(std::min(page.find_first_of("/?#"), page.size()));
    }
  }
  page = page.substr(0, page.find('#'));
  page = page.substr(0, page.find('?'));
  return page.empty() ? std::string_view("/") : page;
}

}  // namespace bellrock::beacon
