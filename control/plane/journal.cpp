#include "control/plane/journal.h"

#include <algorithm>
#include <limits>

namespace bellrock::plane {
namespace {

using slo::ChangeMarker;
using slo::Correction;
using slo::Events;
using slo::Incident;
using store::JournalEntry;

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// Reads a body of our own; none where a person or a later version wrote something else.
template <typename Make>
auto from_body(const JournalEntry& entry, Make&& make) -> std::optional<decltype(make(Json()))> {
  const Json body = Json::parse(entry.body, nullptr, false);
  if (!body.is_object()) return std::nullopt;
  try {
    return make(body);
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

template <typename T, typename Read>
Result<std::vector<T>, store::StoreError> read_all(store::StoreSnapshot& snapshot, const char* kind, std::size_t max,
                                                   Read&& read) {
  TRY_ASSIGN(const auto entries, snapshot.journal(kind, max));
  std::vector<T> all;
  for (const auto& entry : entries) {
    if (auto one = read(entry)) all.push_back(std::move(*one));
  }
  return all;
}

// Entries of earlier versions do not say: what they have was told, or was to be told to nobody.
Turns told_of(const Json& body, const Incident& incident) {
  const auto said = body.find("told");
  if (said == body.end()) return turns_taken(incident);
  Turns told;
  for (std::size_t i = 0; i < kTurnNames.size(); ++i) {
    if (std::find(said->begin(), said->end(), Json(kTurnNames[i])) != said->end()) told.add(static_cast<Turn>(i));
  }
  return told;
}

Json time_or_null(std::int64_t unix_s) { return unix_s == 0 ? Json(nullptr) : Json(unix_s); }
std::int64_t time_of(const Json& value) { return value.is_null() ? 0 : value.get<std::int64_t>(); }

}  // namespace

Turns turns_taken(const Incident& incident) {
  Turns taken;
  taken.add(Turn::kOpened);
  if (incident.paged != 0) taken.add(Turn::kPaged);
  if (!incident.open()) taken.add(Turn::kClosed);
  return taken;
}

std::uint64_t to_count(control::Uint128 sum) {
  constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
  return sum > kMax ? kMax : static_cast<std::uint64_t>(sum);
}

Json to_json(const Events& events) {
  Json json{{"good", to_count(events.good)}, {"bad", to_count(events.bad)}, {"unknown", to_count(events.unknown)}};
  json["ratio"] = events.known() == 0 ? Json(nullptr)
                                      : Json(static_cast<double>(events.good) / static_cast<double>(events.known()));
  return json;
}

Json to_json(const ChangeMarker& marker) {
  return {{"id", marker.id},           {"at_unix_s", marker.at_unix_s},
          {"journey", marker.journey}, {"version", marker.version},
          {"who", marker.who},         {"what", marker.what}};
}

Json to_json(const Correction& correction) {
  Json json{{"id", correction.id},
            {"made_unix_s", correction.made_unix_s},
            {"journey", correction.journey},
            {"objective", correction.objective},
            {"from_unix_s", correction.from},
            {"to_unix_s", correction.to},
            {"who", correction.who},
            {"why", correction.why}};
  json["revokes"] = correction.revokes == 0 ? Json(nullptr) : Json(correction.revokes);
  return json;
}

Json to_json(const KeptIncident& kept) {
  const Incident& one = kept.incident;
  Json json{{"id", kept.id}, {"key", kept.key}, {"journey", kept.journey}, {"objective", kept.objective}};
  json["severity"] = slo::kSeverityNames[static_cast<std::size_t>(one.severity)];
  json["state"] = one.open() ? "open" : "closed";
  json["onset_unix_s"] = one.onset;
  json["detected_unix_s"] = one.detected;
  json["paged_unix_s"] = time_or_null(one.paged);
  json["recovered_unix_s"] = time_or_null(one.recovered);
  json["closed_unix_s"] = time_or_null(one.closed);
  json["known_unix_s"] = time_or_null(kept.known);
  json["withdrawn"] = kept.withdrawn;
  json["retired"] = kept.retired;
  json["seconds_to_detect"] = one.seconds_to_detect();
  json["seconds_to_recover"] = one.recovered == 0 ? Json(nullptr) : Json(one.seconds_to_recover());
  json["pair"] = one.pair;  // of the policy: the one that held first
  json["counts"] = to_json(one.events);
  return json;
}

JournalEntry to_entry(const ChangeMarker& marker, std::int64_t made_unix_s) {
  return {0, made_unix_s, kChangeKind, marker.journey, "", "", dump(to_json(marker))};
}

JournalEntry to_entry(const Correction& correction) {
  return {0,  correction.made_unix_s,   kCorrectionKind, correction.journey, correction.objective,
          "", dump(to_json(correction))};
}

JournalEntry to_entry(const KeptIncident& kept) {
  Json body = to_json(kept);
  body["rules"] = kept.rules;
  body["again"] = kept.again;
  body["told"] = Json::array();
  for (std::size_t i = 0; i < kTurnNames.size(); ++i) {
    if (kept.told.has(static_cast<Turn>(i))) body["told"].push_back(kTurnNames[i]);
  }
  return {0, kept.incident.detected, kIncidentKind, kept.journey, kept.objective, kept.key, dump(body)};
}

std::optional<ChangeMarker> change_of(const JournalEntry& entry) {
  return from_body(entry, [&](const Json& body) {
    return ChangeMarker{static_cast<std::uint64_t>(entry.id),
                        body.at("at_unix_s"),
                        entry.journey,
                        body.at("version"),
                        body.at("who"),
                        body.at("what")};
  });
}

std::optional<Correction> correction_of(const JournalEntry& entry) {
  return from_body(entry, [&](const Json& body) {
    Correction one;
    one.id = static_cast<std::uint64_t>(entry.id);
    one.made_unix_s = entry.made_unix_s;
    one.journey = entry.journey;
    one.objective = entry.objective;
    one.from = body.at("from_unix_s");
    one.to = body.at("to_unix_s");
    one.who = body.at("who");
    one.why = body.at("why");
    if (!body.at("revokes").is_null()) one.revokes = body.at("revokes");
    return one;
  });
}

std::optional<KeptIncident> incident_of(const JournalEntry& entry) {
  return from_body(entry, [&](const Json& body) {
    KeptIncident kept{entry.id, entry.key, entry.journey, entry.objective, {}};
    Incident& one = kept.incident;
    one.severity = body.at("severity") == "page" ? slo::Severity::kPage : slo::Severity::kTicket;
    one.onset = body.at("onset_unix_s");
    one.detected = body.at("detected_unix_s");
    one.paged = time_of(body.at("paged_unix_s"));
    one.recovered = time_of(body.at("recovered_unix_s"));
    one.closed = time_of(body.at("closed_unix_s"));
    one.pair = body.value("pair", std::size_t{0});
    kept.known = time_of(body.value("known_unix_s", Json(nullptr)));
    kept.withdrawn = body.value("withdrawn", false);
    kept.retired = body.value("retired", false);
    kept.rules = body.value("rules", std::uint64_t{0});
    kept.again = body.value("again", std::int64_t{0});
    kept.told = told_of(body, one);
    const Json& counts = body.at("counts");
    one.events = {counts.at("good").get<std::uint64_t>(), counts.at("bad").get<std::uint64_t>(),
                  counts.at("unknown").get<std::uint64_t>(), 0};
    return kept;
  });
}

Result<std::vector<ChangeMarker>, store::StoreError> read_changes(store::StoreSnapshot& snapshot, std::size_t max) {
  return read_all<ChangeMarker>(snapshot, kChangeKind, max, change_of);
}
Result<std::vector<Correction>, store::StoreError> read_corrections(store::StoreSnapshot& snapshot) {
  return read_all<Correction>(snapshot, kCorrectionKind, kEntriesRead, correction_of);
}
Result<std::vector<KeptIncident>, store::StoreError> read_incidents(store::StoreSnapshot& snapshot, std::size_t max) {
  TRY_ASSIGN(auto all, read_all<KeptIncident>(snapshot, kIncidentKind, max, incident_of));
  // Late counts and replays write older ones down after newer ones.
  std::stable_sort(all.begin(), all.end(), [](const KeptIncident& a, const KeptIncident& b) {
    return a.incident.detected > b.incident.detected;
  });
  return all;
}

}  // namespace bellrock::plane
