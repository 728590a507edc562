#include "control/config/tables.h"

#include <algorithm>
#include <array>
#include <utility>

#include "control/config/path_template.h"
#include "dataplane/base/limits.h"
#include "dataplane/flow/message.h"

namespace bellrock::config {
namespace {

using journey::Source;
using journey::SourceKind;

constexpr std::array<std::string_view, static_cast<std::size_t>(Header::kCount)> kFixedHeaders{
    "host",   "content-type", "content-encoding",   "cookie", "user-agent", "sec-ch-ua-mobile",
    "origin", "sec-ch-ua",    "sec-ch-ua-platform", "dnt",    "sec-gpc"};
constexpr std::array<std::string_view, 9> kBeaconFields{"sid",  "rel",  "exp",  "conn", "cur",
                                                        "kind", "code", "name", "type"};
constexpr std::string_view kAttrsPrefix = "attrs.";

// The index of `entry` in `table`, where it is put when it is new; nothing when there is no room.
template <typename T, typename Same>
std::optional<std::size_t> intern(std::vector<T>& table, T entry, std::size_t max, Same same) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const T& other) { return same(other, entry); });
  if (found != table.end()) return static_cast<std::size_t>(found - table.begin());
  if (table.size() == max) return std::nullopt;
  table.push_back(std::move(entry));
  return table.size() - 1;
}

std::nullopt_t no_room(const Value& value, std::string_view what, std::size_t max) {
  value.error(Code::kTooMany, "more than " + std::to_string(max) + " " + std::string(what));
  return std::nullopt;
}

bool same_source(const Source& a, const Source& b) {
  return a.kind == b.kind && a.header == b.header && a.name == b.name && a.subfield == b.subfield;
}

bool same_dimension(const journey::Dimension& a, const journey::Dimension& b) {
  return a.name == b.name && same_source(a.source, b.source) && a.values == b.values && a.bounds == b.bounds &&
         a.top == b.top;
}

bool is_token(std::string_view text) {  // RFC 9110 5.6.2
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::optional<TemplateId> read_template(const Value& value, Tables& tables) {
  const auto text = read_text(value);
  if (!text) return std::nullopt;
  ParsedPath parsed = parse_path_template(*text);
  if (!parsed.problem.empty()) {
    value.error(Code::kPath, shown(*text) + ": " + parsed.problem, parsed.fix);
    return std::nullopt;
  }
  auto& templates = tables.definition.templates;
  const auto index = intern(templates, std::move(parsed.path), kTemplatesMax + 1,
                            [](const auto& a, const auto& b) { return a.segments == b.segments; });
  if (!index) return no_room(value, "path templates", kTemplatesMax);
  if (templates.size() > tables.template_places.size()) tables.template_places.push_back(value.place());
  return TemplateId(*index);
}

void refuse_beacon_path(const Value& path, const Tables& tables) {
  const std::string& text = path.node->text;
  for (const journey::Site& site : tables.definition.sites) {
    if (std::find(site.beacon_paths.begin(), site.beacon_paths.end(), text) == site.beacon_paths.end()) continue;
    return path.error(Code::kBeaconPath, shown(text) + " is a beacon path, which gives no HTTP events");
  }
}

std::optional<Source> cookie_source(const Value& name, Tables&) {
  const auto text = read_text(name);
  if (!text) return std::nullopt;
  if (!is_token(*text)) {
    name.error(Code::kText, shown(*text) + " is not a cookie's name", "write the name only, without `=`");
    return std::nullopt;
  }
  return Source{SourceKind::kCookie, static_cast<std::uint8_t>(Header::kCookie), *text, {}};
}

std::optional<Source> header_source(const Value& name, std::string_view header, Tables& tables) {
  if (!is_token(header)) {
    name.error(Code::kText, shown(header) + " is not a header's name", "write the name only, without `:`");
    return std::nullopt;
  }
  std::string lower(header);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  Source source{SourceKind::kHeader, 0, lower, {}};
  const auto fixed = std::find(kFixedHeaders.begin(), kFixedHeaders.end(), lower);
  if (fixed != kFixedHeaders.end()) {
    source.header = static_cast<std::uint8_t>(fixed - kFixedHeaders.begin());
    return source;
  }
  const auto index = intern(tables.definition.headers, std::move(lower), kHeaderInterestsMax - kFixedHeaders.size(),
                            [](const auto& a, const auto& b) { return a == b; });
  if (!index) return no_room(name, "headers", kHeaderInterestsMax - kFixedHeaders.size());
  source.header = static_cast<std::uint8_t>(kFixedHeaders.size() + *index);
  return source;
}

std::optional<std::size_t> header_index(const journey::Definition& definition, std::string_view header) {
  const auto fixed = std::find(kFixedHeaders.begin(), kFixedHeaders.end(), header);
  if (fixed != kFixedHeaders.end()) return static_cast<std::size_t>(fixed - kFixedHeaders.begin());
  const auto own = std::find(definition.headers.begin(), definition.headers.end(), header);
  if (own == definition.headers.end()) return std::nullopt;
  return kFixedHeaders.size() + static_cast<std::size_t>(own - definition.headers.begin());
}

std::optional<Source> beacon_source(const Value& name, std::string_view field) {
  if (field.starts_with(kAttrsPrefix) && field.size() > kAttrsPrefix.size()) {
    return Source{SourceKind::kBeaconAttr, 0, std::string(field.substr(kAttrsPrefix.size())), {}};
  }
  if (std::find(kBeaconFields.begin(), kBeaconFields.end(), field) != kBeaconFields.end()) {
    return Source{SourceKind::kBeaconField, 0, std::string(field), {}};
  }
  if (field == "rt.si") return Source{SourceKind::kBeaconField, 0, "sid", {}};  // where such a beacon has it
  if (field.find('.') != std::string_view::npos && !field.starts_with("attrs")) {
    // Fields of other dialects than the native beacon.
    name.later(field);
    return std::nullopt;
  }
  const std::string_view meant = nearest(field, kBeaconFields);
  name.error(
      Code::kChoice, shown(field) + " is not a field of the beacon",
      meant.empty() ? "use attrs.NAME, or " + one_of(kBeaconFields) : "did you mean `" + std::string(meant) + "`?");
  return std::nullopt;
}

std::optional<Source> read_source(const Value& value, Tables& tables) {
  const auto text = read_text(value);
  if (!text) return std::nullopt;
  if (*text == kAnswerTimeSource) {
    value.error(Code::kChoice, "`http.duration` is a time, and only the set of a dimension tells times apart",
                "write dimensions: {speed: {from: http.duration, set: [100ms, 1s]}}, or another source");
    return std::nullopt;
  }
  const std::size_t dot = text->find('.');
  const std::string_view kind = std::string_view(*text).substr(0, dot);
  const std::string_view name = dot == std::string::npos ? std::string_view{} : std::string_view(*text).substr(dot + 1);
  if (!name.empty()) {
    if (kind == "beacon") return beacon_source(value, name);
    if (kind == "header") return header_source(value, name, tables);
    if (kind == "query") return Source{SourceKind::kQuery, 0, std::string(name), {}};
    if (kind == "cookie" && is_token(name)) {
      return Source{SourceKind::kCookie, static_cast<std::uint8_t>(Header::kCookie), std::string(name), {}};
    }
  }
  value.error(
      Code::kChoice, shown(*text) + " is not a source of values",
      "use beacon.attrs.NAME, beacon.FIELD, query.NAME, header.NAME, cookie.NAME, or of a dimension http.duration");
  return std::nullopt;
}

std::optional<ClockId> read_clock(const Value& value, Tables& tables) {
  constexpr std::string_view kAttr = "beacon.attrs.";
  const auto text = read_text(value);
  if (!text) return std::nullopt;
  journey::Clock clock;
  if (text->starts_with(kAttr) && text->size() > kAttr.size()) {
    clock = {true, text->substr(kAttr.size())};
  } else if (*text != "beacon.dur") {
    value.error(Code::kChoice, shown(*text) + " is not a client duration", "use beacon.attrs.NAME or beacon.dur");
    return std::nullopt;
  }
  const auto index = intern(tables.definition.clocks, std::move(clock), kClocksMax,
                            [](const auto& a, const auto& b) { return a.is_attr == b.is_attr && a.attr == b.attr; });
  if (!index) return no_room(value, "client durations", kClocksMax);
  return ClockId(*index);
}

std::optional<std::uint8_t> add_correlate(const Value& value, journey::Correlate correlate, Tables& tables) {
  const auto index =
      intern(tables.definition.correlates, std::move(correlate), kCorrelatesMax, [](const auto& a, const auto& b) {
        return std::equal(a.from.begin(), a.from.end(), b.from.begin(), b.from.end(), same_source);
      });
  if (!index) return no_room(value, "different lists of what tells attempts apart", kCorrelatesMax);
  return static_cast<std::uint8_t>(*index + 1);
}

std::optional<std::uint8_t> add_amount(const Value& value, Source source, Tables& tables) {
  const auto index = intern(tables.definition.amounts, std::move(source), kAmountsMax, same_source);
  if (!index) return no_room(value, "different sources of values", kAmountsMax);
  return static_cast<std::uint8_t>(*index + 1);
}

bool is_known(const journey::Dimension& dimension, const std::vector<journey::Dimension>& known) {
  return std::any_of(known.begin(), known.end(), [&](const auto& other) { return same_dimension(dimension, other); });
}

std::optional<DimensionId> add_dimension(const Value& value, journey::Dimension dimension, Tables& tables) {
  const auto index = intern(tables.definition.dimensions, std::move(dimension), kDimensionsMax, same_dimension);
  if (!index) return no_room(value, "different dimensions", kDimensionsMax);
  return DimensionId(*index);
}

}  // namespace bellrock::config
