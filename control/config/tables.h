// The definition under construction: journeys, identities and sites share its tables of path templates, headers,
// dimensions and client clocks, each entry once. One per load, one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/config/journey_tests.h"
#include "control/config/value.h"
#include "control/config/written.h"
#include "dataplane/journey/definition.h"

namespace bellrock::config {

// Where beacons go when a site does not say.
inline constexpr std::string_view kDefaultBeaconPath = "/rum";

struct Tables {
  explicit Tables(Report& r) : report(r) {
    definition.templates.emplace_back();  // TemplateId 0 means none
    template_places.emplace_back();
  }

  Report& report;
  journey::Definition definition;
  std::vector<Place> template_places;  // of each template: where it was written first
  std::vector<Place> identity_places;
  std::vector<Place> journey_places;
  std::vector<JourneyTests> tests;
  std::vector<Value> coverage_identities;  // as the sites name them
  std::vector<Value> coverage_call_paths;  // where each of the definition's was written first
  Places places;
};

// A path template, entered into the table. Two that differ only in their placeholders' names are one.
std::optional<TemplateId> read_template(const Value& value, Tables& tables);

// "beacon.attrs.X", "beacon.F", "query.X", "header.X", "cookie.X".
std::optional<journey::Source> read_source(const Value& value, Tables& tables);
// The parts of an identity's key: {cookie: sid}, {header: x-id}, {beacon: sid}.
std::optional<journey::Source> cookie_source(const Value& name, Tables& tables);
std::optional<journey::Source> header_source(const Value& name, std::string_view header, Tables& tables);
std::optional<journey::Source> beacon_source(const Value& name, std::string_view field);

// Where a header that somebody reads, in lower case, is among HeaderValues; nothing for others.
std::optional<std::size_t> header_index(const journey::Definition& definition, std::string_view header);

// "beacon.attrs.X" or "beacon.dur".
std::optional<ClockId> read_clock(const Value& value, Tables& tables);

// Page templates into a list that all sites share, each once; `what` is counted of them.
void read_pages(const Value& list, std::size_t max, const char* what, std::vector<TemplateId>& pages, Tables& tables);

// Reported where the path is one of the sites' beacon paths. All sites have been read.
void refuse_beacon_path(const Value& path, const Tables& tables);

// A host as requests are compared with: lower case, without port.
std::optional<std::string> read_host(const Value& value);

// How long an answer took: not a text like other sources, so that dimensions alone have it.
inline constexpr std::string_view kAnswerTimeSource = "http.duration";

// The lists and sources that journeys share; nothing, reported, when there are too many different ones. From 1.
std::optional<std::uint8_t> add_correlate(const Value& value, journey::Correlate correlate, Tables& tables);
std::optional<std::uint8_t> add_amount(const Value& value, journey::Source source, Tables& tables);

bool is_known(const journey::Dimension& dimension, const std::vector<journey::Dimension>& known);
std::optional<DimensionId> add_dimension(const Value& value, journey::Dimension dimension, Tables& tables);

}  // namespace bellrock::config
