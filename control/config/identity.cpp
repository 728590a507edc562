#include <algorithm>

#include "control/config/documents.h"
#include "control/config/units.h"
#include "dataplane/base/limits.h"

namespace bellrock::config {
namespace {

using journey::Source;

std::optional<Source> read_key(const Value& value, Tables& tables) {
  Fields fields(value);
  const auto cookie = fields.find("cookie");
  const auto header = fields.find("header");
  const auto beacon = fields.find("beacon");
  const auto subfield = fields.find("subfield");
  fields.finish();
  if (!fields.is_map()) return std::nullopt;
  if ((cookie ? 1 : 0) + (header ? 1 : 0) + (beacon ? 1 : 0) != 1) {
    value.error(Code::kMissingKey, "a key comes from one of cookie, header and beacon",
                "write for example {cookie: sid}");
    return std::nullopt;
  }
  if (subfield && !cookie) {
    subfield->error(Code::kUnknownKey, "only a cookie has subfields", "remove `subfield`");
    return std::nullopt;
  }
  const auto text = read_text(cookie ? *cookie : header ? *header : *beacon);
  if (!text) return std::nullopt;
  if (header) return header_source(*header, *text, tables);
  if (beacon) return beacon_source(*beacon, *text);
  auto source = cookie_source(*cookie, tables);
  if (source && subfield) {
    const auto part = read_text(*subfield);
    if (!part) return std::nullopt;
    source->subfield = *part;
  }
  return source;
}

// Keys of a session rotate daily, whatever the file says; it may say so.
void read_lifetime(const Value& value, journey::Identity& identity) {
  Fields fields(value);
  Duration rotate = 24 * kHour;
  const bool has_idle = fields.into("idle", identity.idle, read_duration);
  fields.into("max", identity.max, read_duration);
  fields.into("rotate", rotate, read_duration);
  if (rotate != 24 * kHour) fields.find("rotate")->later("rotate other than 24h", "write `rotate: 24h`");
  if (!has_idle) identity.idle = std::min(identity.idle, identity.max);
  if (identity.idle > identity.max) {
    fields.find("idle")->error(Code::kTimes, "`idle` is longer than `max`, so it can never pass",
                               "make `max` the longer one");
  }
  fields.finish();
}

// Nothing is a wait as well.
std::optional<Duration> read_wait(const Value& value) {
  if (parse_duration(value.node->text) == Duration{0}) return Duration{0};
  const auto wait = read_duration(value);
  if (!wait || *wait <= kReorderWaitMax) return wait;
  value.error(Code::kRange, shown(value.node->text) + " is longer than events can wait",
              "write at most " + std::to_string(kReorderWaitMax / kSecond) + "s");
  return std::nullopt;
}

// What a key alone is there is nothing to link with.
void read_link(Fields& spec, journey::Identity& identity) {
  const auto link = spec.find("link");
  if (!link) return;
  identity.link = read_bool(*link).value_or(false);
  if (!identity.link || identity.keys.size() > 1) return;
  link->error(Code::kMissingKey, "keys are linked that a message carries together, and this identity has only one",
              "add the other key, for example keys: [{cookie: sid}, {header: x-session-id}], or leave `link` out");
}

}  // namespace

void read_identity(const std::string& name, Fields& spec, Tables& tables) {
  journey::Identity identity;
  identity.name = name;
  if (const auto keys = spec.need("keys", "add keys, for example keys: [{cookie: sid}, {beacon: sid}]")) {
    for (const Value& key : read_list(*keys, kIdentityKeysMax).value_or(std::vector<Value>{})) {
      auto source = read_key(key, tables);
      const auto same = [&](const Source& known) {
        return known.kind == source->kind && known.name == source->name && known.subfield == source->subfield;
      };
      if (!source || std::any_of(identity.keys.begin(), identity.keys.end(), same)) continue;
      identity.keys.push_back(std::move(*source));
    }
  }
  if (const auto lifetime = spec.find("lifetime")) read_lifetime(*lifetime, identity);
  spec.into("reorder_wait", identity.reorder_wait, read_wait);
  read_link(spec, identity);
  if (tables.definition.identities.size() == kIdentitiesMax) {
    spec.map().error(Code::kTooMany, "more than " + std::to_string(kIdentitiesMax) + " identities");
    return;
  }
  tables.definition.identities.push_back(std::move(identity));
  tables.identity_places.push_back(spec.map().place());
}

}  // namespace bellrock::config
