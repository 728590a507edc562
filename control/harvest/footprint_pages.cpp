#include "control/harvest/footprint_pages.h"

#include <string>
#include <utility>
#include <vector>

#include "control/harvest/series_names.h"
#include "dataplane/flow/visitor.h"
#include "dataplane/flow/vital.h"
#include "dataplane/journey/seen_pages.h"

namespace bellrock::harvest {
namespace {

using Dimensions = std::vector<std::pair<std::string, std::uint64_t>>;

JourneyFootprint shape_of_page(std::string name, const Dimensions& dimensions) {
  JourneyFootprint shape;
  shape.name = std::move(name);
  shape.dimensions = dimensions;
  shape.combinations = 1;
  for (const auto& [dimension, values] : dimensions) shape.combinations *= values;
  return shape;
}

// Also of all that are not listed.
std::vector<JourneyFootprint> shapes_of_pages(const journey::Definition& definition,
                                              const std::vector<TemplateId>& listed, const Dimensions& dimensions) {
  std::vector<JourneyFootprint> pages;
  pages.push_back(shape_of_page(kOther, dimensions));
  for (const TemplateId page : listed)
    pages.push_back(shape_of_page(definition.templates[page.index()].text, dimensions));
  return pages;
}

// The place is a closed set, and __other__.
Dimensions coverage_dimensions(const journey::Definition& definition) {
  Dimensions dimensions{{"browser", 1 + definition.visitors.browsers.size()}};
  const journey::Coverage& coverage = definition.coverage;
  if (coverage.has_place)
    dimensions.emplace_back("place", 1 + definition.dimensions[coverage.place.index()].values.size());
  return dimensions;
}

}  // namespace

void shape_pages(const journey::Definition& definition, Footprint& all) {
  const std::uint64_t devices = kDeviceNames.size();
  if (!definition.vital_pages.empty()) {
    all.pages = shapes_of_pages(definition, definition.vital_pages,
                                {{"device", devices}, {"connection", kConnectionNames.size()}});
  }
  if (!definition.click_pages.empty()) {
    all.clicks = shapes_of_pages(definition, definition.click_pages, {{"device", devices}});
  }
  if (definition.frustration.on) {
    all.frustration = shapes_of_pages(definition, definition.frustration_pages, {{"device", devices}});
  }
  if (definition.error_top != 0) {
    all.errors =
        shapes_of_pages(definition, definition.error_pages, {{"code", 1 + std::uint64_t{definition.error_top}}});
  }
  if (!definition.coverage.on) return;
  all.coverage = shapes_of_pages(definition, definition.coverage_pages, coverage_dimensions(definition));
  if (definition.coverage.split) {
    std::vector<TemplateId> split = definition.coverage_pages;
    for (const journey::CoverageCall& call : definition.coverage_calls) split.push_back(call.path);
    all.splits = shapes_of_pages(definition, split, {{"device", devices}});
  }
  all.waiting_page_bytes = journey::SeenPages::bytes_needed(journey::seen_pages_needed(definition));
}

}  // namespace bellrock::harvest
