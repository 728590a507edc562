#include "dataplane/journey/sources.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "dataplane/journey/conditions.h"

namespace bellrock::journey {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// In name=value pairs that `separator` divides, the value of the first pair with this name.
std::string_view pair_value(std::string_view pairs, char separator, std::string_view name) {
  while (!pairs.empty()) {
    const std::string_view whole = pairs.substr(0, pairs.find(separator));
    const std::string_view pair = trim(whole);
    if (pair.size() > name.size() && pair[name.size()] == '=' && pair.starts_with(name)) {
      return pair.substr(name.size() + 1);
    }
    pairs.remove_prefix(std::min(whole.size() + 1, pairs.size()));
  }
  return {};
}

std::string_view Beacon::*field_named(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view Beacon::*> kFields[] = {
      {"sid", &Beacon::sid}, {"rel", &Beacon::rel},   {"exp", &Beacon::exp},   {"conn", &Beacon::conn},
      {"cur", &Beacon::cur}, {"kind", &Beacon::kind}, {"code", &Beacon::code}, {"name", &Beacon::name}};
  for (const auto& [known, field] : kFields) {
    if (known == name) return field;
  }
  return nullptr;
}

// Numbers and booleans as they are written: 2, 2.5, 1000000, true.
std::string_view attr_text(const Attr& attr, std::span<char> scratch) {
  if (attr.type == Attr::Type::kString) return attr.text;
  if (attr.type == Attr::Type::kBool) return attr.number != 0 ? "true" : "false";
  constexpr double kWholeMax =
      9'007'199'254'740'992;  // 2^53: from here on doubles are whole, but not all whole numbers
  char* const begin = scratch.data();
  char* const end = begin + scratch.size();
  const bool whole = std::abs(attr.number) <= kWholeMax && attr.number == std::floor(attr.number);
  const auto written = whole ? std::to_chars(begin, end, static_cast<std::int64_t>(attr.number))
                             : std::to_chars(begin, end, attr.number);
  if (written.ec != std::errc{}) return {};
  return {begin, static_cast<std::size_t>(written.ptr - begin)};
}

}  // namespace

std::string_view cookie_value(std::string_view header, std::string_view name) {
  std::string_view value = pair_value(header, ';', name);
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
  return value;
}

std::string_view subfield_value(std::string_view value, std::string_view name) { return pair_value(value, '&', name); }

SourceReader::SourceReader(const Source& source) : source_(source) {
  if (source.kind == SourceKind::kBeaconField) field_ = field_named(source.name);
}

std::string_view SourceReader::text(const Carried& message) const {
  switch (source_.kind) {
    case SourceKind::kCookie: {
      const std::string_view value = cookie_value(message.request.header(Header::kCookie), source_.name);
      return source_.subfield.empty() ? value : subfield_value(value, source_.subfield);
    }
    case SourceKind::kHeader:
      return message.request.header(std::size_t{source_.header});
    case SourceKind::kQuery:
      return query_value(message.request.query, source_.name);
    case SourceKind::kBeaconField:
      return message.beacon != nullptr ? beacon_field(*message.beacon) : std::string_view{};
    case SourceKind::kBeaconAttr: {
      const Attr* attr = message.beacon != nullptr ? find_attr(*message.beacon, source_.name) : nullptr;
      return attr != nullptr && attr->type == Attr::Type::kString ? attr->text : std::string_view{};
    }
    case SourceKind::kDevice:
    case SourceKind::kBrowser:
    case SourceKind::kAnswerTime:
      break;
  }
  return {};
}

std::string_view SourceReader::beacon_field(const Beacon& beacon) const {
  if (field_ != nullptr) return beacon.*field_;
  return source_.name == "type" ? kBeaconTypeNames[static_cast<std::size_t>(beacon.type)] : std::string_view{};
}

bool TextReader::present(const Carried& message) const {
  if (source().kind != SourceKind::kBeaconAttr) return SourceReader::text(message).data() != nullptr;
  return message.beacon != nullptr && find_attr(*message.beacon, source().name) != nullptr;
}

std::string_view TextReader::text(const Carried& message, std::span<char> scratch) const {
  std::string_view found;
  if (source().kind == SourceKind::kBeaconAttr) {
    const Attr* attr = message.beacon != nullptr ? find_attr(*message.beacon, source().name) : nullptr;
    if (attr != nullptr) found = attr_text(*attr, scratch);
  } else {
    found = SourceReader::text(message);
    if (source().kind == SourceKind::kQuery) return decoded(found, scratch);
  }
  return found.size() <= scratch.size() ? found : std::string_view{};
}

DimensionReader::DimensionReader(const Dimension& dimension, const VisitorRules& visitors)
    : SourceReader(dimension.source), dimension_(dimension) {
  if (dimension.source.kind == SourceKind::kDevice) {
    for (const std::string_view name : kDeviceNames) by_sign_.push_back(find(name));
  } else if (dimension.source.kind == SourceKind::kBrowser) {
    by_sign_.push_back(0);
    for (const std::string& name : visitors.browsers) by_sign_.push_back(find(name));
  }
}

std::optional<std::uint8_t> DimensionReader::value(const Carried& message) const {
  switch (source().kind) {
    case SourceKind::kDevice:
      return sign_value(static_cast<std::size_t>(message.signs.device));
    case SourceKind::kBrowser:
      return sign_value(message.signs.browser);
    case SourceKind::kBeaconAttr:
      return message.beacon != nullptr ? attr_value(*message.beacon) : std::nullopt;
    case SourceKind::kQuery: {
      const std::string_view raw = text(message);
      if (raw.data() == nullptr) return std::nullopt;
      for (std::size_t i = 0; i < dimension_.values.size(); ++i) {
        if (decodes_to(raw, dimension_.values[i])) return static_cast<std::uint8_t>(i + 1);
      }
      return std::uint8_t{0};
    }
    default: {
      const std::string_view found = text(message);
      return found.data() != nullptr ? std::optional{find(found)} : std::nullopt;
    }
  }
}

std::uint8_t DimensionReader::find(std::string_view text) const {
  const auto at = std::find(dimension_.values.begin(), dimension_.values.end(), text);
  return at == dimension_.values.end() ? std::uint8_t{0}
                                       : static_cast<std::uint8_t>(at - dimension_.values.begin() + 1);
}

std::optional<std::uint8_t> DimensionReader::sign_value(std::size_t sign) const {
  return sign == 0 ? std::nullopt : std::optional{by_sign_[sign]};
}

std::optional<std::uint8_t> DimensionReader::attr_value(const Beacon& beacon) const {
  const Attr* attr = find_attr(beacon, source().name);
  if (attr == nullptr) return std::nullopt;
  std::array<char, 32> digits;
  return find(attr_text(*attr, digits));
}

}  // namespace bellrock::journey
