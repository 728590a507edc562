#include "control/plane/writes.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace bellrock::plane {
namespace {

BadRequest bad(std::string message) { return {std::move(message)}; }

// JSON in which no object says a key twice, of which readers would choose one or the other.
std::optional<Json> parse_json(const std::string& body) {
  std::vector<std::set<std::string>> keys;
  bool twice = false;
  Json json = Json::parse(
      body,
      [&](int, Json::parse_event_t event, Json& value) {
        if (event == Json::parse_event_t::object_start) keys.emplace_back();
        if (event == Json::parse_event_t::object_end) keys.pop_back();
        if (event == Json::parse_event_t::key) twice |= !keys.back().insert(value.get<std::string>()).second;
        return true;
      },
      false);
  if (twice) return std::nullopt;
  return json;
}

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7f; }

// Unicode's white space, and what is as wide as nothing.
constexpr std::string_view kBlanks[] = {" ",      "\t",     "\n",     "\v",     "\f",     "\r",     "\u0085",
                                        "\u00a0", "\u00ad", "\u1680", "\u180e", "\u2000", "\u2001", "\u2002",
                                        "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009",
                                        "\u200a", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2028",
                                        "\u2029", "\u202f", "\u205f", "\u2060", "\u3000", "\ufeff"};

bool is_blank(std::string_view text) {
  while (!text.empty()) {
    const auto* const blank = std::find_if(std::begin(kBlanks), std::end(kBlanks),
                                           [&](std::string_view one) { return text.starts_with(one); });
    if (blank == std::end(kBlanks)) return false;
    text.remove_prefix(blank->size());
  }
  return true;
}

// An object with these keys only.
Result<Json, BadRequest> parse_object(const std::string& body, std::initializer_list<std::string_view> keys) {
  if (body.size() > kWriteBytesMax) return Failure{bad("the body is too long")};
  const auto json = parse_json(body);
  if (!json) return Failure{bad("the body says a key twice")};
  if (!json->is_object()) return Failure{bad("the body is no JSON object")};
  for (const auto& [key, value] : json->items()) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) return Failure{bad("unknown key \"" + key + "\"")};
  }
  return *json;
}

Result<std::string, BadRequest> text_of(const Json& json, const char* key, bool needed) {
  if (!json.contains(key)) {
    return needed ? Result<std::string, BadRequest>(Failure{bad(std::string("\"") + key + "\" is missing")})
                  : std::string();
  }
  const Json& value = json.at(key);
  if (!value.is_string()) return Failure{bad(std::string("\"") + key + "\" is no text")};
  std::string text = value.get<std::string>();
  if (text.size() > kWriteTextMax) return Failure{bad(std::string("\"") + key + "\" is too long")};
  if (needed && is_blank(text)) {
    return Failure{bad(std::string("\"") + key + "\" is empty; say it in a few words")};
  }
  if (std::any_of(text.begin(), text.end(), [](char c) { return is_control(static_cast<unsigned char>(c)); })) {
    return Failure{bad(std::string("\"") + key + "\" is to be one line of text, without control characters")};
  }
  return text;
}

Result<std::int64_t, BadRequest> number_of(const Json& json, const char* key) {
  if (!json.contains(key)) return Failure{bad(std::string("\"") + key + "\" is missing")};
  const Json& value = json.at(key);
  constexpr std::int64_t kMax = std::int64_t{1} << 40;
  const bool whole = value.is_number_integer() && value >= 0 && value <= kMax;
  if (!whole) return Failure{bad(std::string("\"") + key + "\" is no whole number of seconds or of an entry")};
  return value.get<std::int64_t>();
}

Status<BadRequest> check_names(const Catalog& catalog, const std::string& journey, const std::string& objective) {
  if (journey.empty() && !objective.empty()) return Failure{bad("\"objective\" without \"journey\"")};
  if (!journey.empty() && !find_journey(catalog, journey)) return Failure{bad("there is no such journey")};
  if (!objective.empty() && !find_objective(catalog, journey, objective)) {
    return Failure{bad("there is no such objective")};
  }
  return Done{};
}

BadRequest no_correction(std::uint64_t id) {
  return bad("\"revokes\": there is no correction in force of the number " + std::to_string(id));
}

}  // namespace

Result<store::JournalEntry, BadRequest> parse_change(const std::string& body, const Catalog& catalog,
                                                     std::int64_t now) {
  TRY_ASSIGN(const Json json, parse_object(body, {"journey", "version", "what", "who", "at_unix_s"}));
  slo::ChangeMarker marker;
  TRY_ASSIGN(marker.journey, text_of(json, "journey", false));
  TRY_ASSIGN(marker.version, text_of(json, "version", false));
  TRY_ASSIGN(marker.what, text_of(json, "what", true));
  TRY_ASSIGN(marker.who, text_of(json, "who", false));
  marker.at_unix_s = now;
  if (json.contains("at_unix_s")) {
    TRY_ASSIGN(marker.at_unix_s, number_of(json, "at_unix_s"));
    if (marker.at_unix_s == 0) {
      return Failure{bad("\"at_unix_s\" is 0; give the Unix seconds of the change, or leave it out for now")};
    }
  }
  TRY(check_names(catalog, marker.journey, ""));
  if (marker.at_unix_s > now) return Failure{bad("\"at_unix_s\" lies in the future")};
  return to_entry(marker, now);
}

Result<store::JournalEntry, BadRequest> parse_correction(const std::string& body, const Catalog& catalog,
                                                         std::int64_t now) {
  TRY_ASSIGN(const Json json,
             parse_object(body, {"journey", "objective", "from_unix_s", "to_unix_s", "who", "why", "revokes"}));
  slo::Correction one;
  one.made_unix_s = now;
  TRY_ASSIGN(one.who, text_of(json, "who", true));
  TRY_ASSIGN(one.why, text_of(json, "why", true));
  if (json.contains("revokes")) {
    if (json.size() != 3) return Failure{bad("what revokes another says only \"who\" and \"why\"")};
    TRY_ASSIGN(const std::int64_t id, number_of(json, "revokes"));
    if (id == 0) return Failure{no_correction(0)};
    one.revokes = static_cast<std::uint64_t>(id);
    return to_entry(one);
  }
  TRY_ASSIGN(one.journey, text_of(json, "journey", false));
  TRY_ASSIGN(one.objective, text_of(json, "objective", false));
  TRY_ASSIGN(one.from, number_of(json, "from_unix_s"));
  TRY_ASSIGN(one.to, number_of(json, "to_unix_s"));
  TRY(check_names(catalog, one.journey, one.objective));
  if (one.from % slo::kMinuteSeconds != 0 || one.to % slo::kMinuteSeconds != 0) {
    return Failure{bad("\"from_unix_s\" and \"to_unix_s\" are whole minutes")};
  }
  if (one.from >= one.to) return Failure{bad("\"to_unix_s\" must be later than \"from_unix_s\"")};
  return to_entry(one);
}

Status<BadRequest> check_revocation(const store::JournalEntry& entry, std::span<const slo::Correction> corrections) {
  const auto correction = correction_of(entry);
  if (!correction || correction->revokes == 0 || slo::holds(corrections, correction->revokes)) return Done{};
  return Failure{no_correction(correction->revokes)};
}

}  // namespace bellrock::plane
