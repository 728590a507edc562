#include "control/harvest/series_names.h"

#include <algorithm>

#include "control/flow/distinct.h"
#include "control/flow/effect_name.h"
#include "control/flow/feedback_name.h"
#include "dataplane/flow/click.h"
#include "dataplane/flow/effect_cell.h"
#include "dataplane/flow/frustration.h"
#include "dataplane/flow/outcome.h"
#include "dataplane/flow/page_sight.h"
#include "dataplane/flow/recovery.h"
#include "dataplane/flow/stray.h"
#include "dataplane/flow/vital.h"
#include "dataplane/journey/session_table.h"

namespace bellrock::harvest {

namespace {

template <typename Table>
const typename Table::value_type* entry(const Table& table, std::size_t index) {
  return index < table.size() ? &table[index] : nullptr;
}

bool name_recovery(const journey::Journey& journey, const CellKey& key, control::SeriesKey& series) {
  const auto* step = entry(journey.steps, key.item);
  const auto* kind = entry(kRecoveryNames, key.detail);
  if (step == nullptr || kind == nullptr || key.scope != CellScope::kTotal) return false;
  if (step->kind != journey::StepKind::kFailure || journey.recovery.within == 0) return false;
  series.item = step->name;
  series.detail = *kind;
  series.version = journey.recovery.version;
  return true;
}

bool name_feedback(const journey::Journey& journey, const CellKey& key, control::SeriesKey& series) {
  const std::size_t question = question_of(key.item), outcome = outcome_of_feedback(key.item);
  if (question >= kQuestions || outcome >= kOutcomeNames.size()) return false;
  const auto asked = static_cast<Question>(question);
  if ((journey.feedback.questions & question_bit(asked)) == 0 || !can_answer(asked, key.detail)) return false;
  series.item = kOutcomeNames[outcome];
  series.detail = control::feedback_detail(asked, key.detail);
  series.version = journey.feedback.version;
  return true;
}

bool name_stray(const CellKey& key, control::SeriesKey& series) {
  const auto* stray = entry(kStrayNames, key.item);
  if (stray == nullptr || key.detail != 0 || key.scope != CellScope::kTotal) return false;
  series.item = *stray;
  return true;
}

// Fills item, detail and, for objectives, the version. False: the key points outside the definition.
bool name_item(const journey::Journey& journey, const CellKey& key, control::SeriesKey& series) {
  switch (key.kind) {
    case CellKind::kStart:
      return key.item == 0 && key.detail == 0;
    case CellKind::kStep: {
      const auto* step = entry(journey.steps, key.item);
      if (step == nullptr || key.detail != 0) return false;
      series.item = step->name;
      return true;
    }
    case CellKind::kOutcome: {
      const auto* outcome = entry(kOutcomeNames, key.item);
      if (outcome == nullptr || key.detail != 0) return false;
      series.item = *outcome;
      return true;
    }
    case CellKind::kValue: {
      const auto* outcome = entry(kOutcomeNames, key.item);
      if (outcome == nullptr || key.detail != 0 || journey.value.amount == 0) return false;
      series.item = *outcome;
      series.detail = journey.value.currency;
      series.version = journey.value.version;
      return true;
    }
    case CellKind::kDistinct:
      if (key.item >= kDistinctCells || key.detail != 0 || !journey.distinct_sessions) return false;
      series.item = control::distinct_item(key.item);
      return true;
    case CellKind::kClick:
    case CellKind::kClickMap:
    case CellKind::kFrustration:
    case CellKind::kCoverage:
    case CellKind::kSplit:
    case CellKind::kError:
    case CellKind::kVital:  // no journey's
      return false;
    case CellKind::kEffect: {
      const auto* effect = entry(journey.effects, effect_of(key.item));
      const std::size_t outcome = outcome_of_effect(key.item);
      if (effect == nullptr || outcome >= kOutcomeNames.size() || key.detail >= kWaitSlots) return false;
      series.item = effect->name;
      series.detail = control::effect_detail(key.detail, static_cast<Outcome>(outcome));
      series.version = effect->version;
      return true;
    }
    case CellKind::kFeedback:
      return name_feedback(journey, key, series);
    case CellKind::kRecovery:
      return name_recovery(journey, key, series);
    case CellKind::kStray:
      return name_stray(key, series);
    case CellKind::kObjective: {
      const auto* objective = entry(journey.objectives, key.item);
      const auto* verdict = entry(kVerdictNames, key.detail);
      if (objective == nullptr || verdict == nullptr) return false;
      series.item = objective->name;
      series.detail = *verdict;
      series.version = objective->version;
      return true;
    }
  }
  return false;
}

// Of a seat in an open-ended table of a core; empty: it has none.
std::string seat_text(std::span<const std::byte> sessions, std::size_t table, std::uint8_t seat) {
  if (sessions.empty()) return {};
  journey::TopEntry entry;
  return std::string(journey::read_seat_text(journey::SessionTable::top_table(sessions, table), seat, entry));
}

// Empty: the value has none.
std::string value_text(const journey::Definition& definition, DimensionId id, std::uint8_t value,
                       std::span<const std::byte> sessions) {
  if (value == 0) return kOther;
  const journey::Dimension& dimension = definition.dimensions[id.index()];
  if (dimension.top == 0) return value <= dimension.values.size() ? dimension.values[value - 1u] : std::string();
  return seat_text(sessions, journey::top_table_of(definition, id), value);
}

// Of an effect's strata.
bool name_strata(const journey::Definition& definition, const journey::Journey& journey, const CellKey& key,
                 std::span<const std::byte> sessions, control::SeriesKey& series) {
  const journey::Effect& effect = journey.effects[effect_of(key.item)];
  const std::size_t used = key.scope == CellScope::kDimensioned ? effect.strata.size() : 0;
  if (std::any_of(key.values.begin() + static_cast<std::ptrdiff_t>(used), key.values.end(),
                  [](std::uint8_t value) { return value != 0; })) {
    return false;
  }
  for (std::size_t i = 0; i < used; ++i) {
    const std::uint8_t value = key.values[i];
    if (effect.strata[i] == journey::Effect::kReturning) {
      if (value != 1 && value != 2) return false;
      series.dimensions.emplace_back("returning", value == 2 ? "yes" : "no");
      continue;
    }
    const DimensionId id = journey.dimensions[effect.strata[i]];
    std::string text = value_text(definition, id, value, sessions);
    if (text.empty()) return false;
    series.dimensions.emplace_back(definition.dimensions[id.index()].name, std::move(text));
  }
  std::sort(series.dimensions.begin(), series.dimensions.end());
  return true;
}

// Of answers: how long the latency took that the journey asks for.
bool name_band(const journey::Journey& journey, const CellKey& key, control::SeriesKey& series) {
  const bool dimensioned = key.scope == CellScope::kDimensioned;
  if (dimensioned && (!journey.feedback.has_latency || key.values[0] >= kAnswerBands)) return false;
  for (std::size_t i = dimensioned ? 1 : 0; i < key.values.size(); ++i) {
    if (key.values[i] != 0) return false;
  }
  if (dimensioned)
    series.dimensions.emplace_back(control::kAnswerDimension, std::string(kAnswerBandNames[key.values[0]]));
  return true;
}

bool name_dimensions(const journey::Definition& definition, const journey::Journey& journey, const CellKey& key,
                     std::span<const std::byte> sessions, control::SeriesKey& series) {
  const std::size_t used = key.scope == CellScope::kDimensioned ? journey.dimensions.size() : 0;
  for (std::size_t i = 0; i < key.values.size(); ++i) {
    const std::uint8_t value = key.values[i];
    if (i >= used) {
      if (value != 0) return false;
      continue;
    }
    const auto* dimension = entry(definition.dimensions, journey.dimensions[i].index());
    if (dimension == nullptr) return false;
    std::string text = value_text(definition, journey.dimensions[i], value, sessions);
    if (text.empty()) return false;
    series.dimensions.emplace_back(dimension->name, std::move(text));
  }
  std::sort(series.dimensions.begin(), series.dimensions.end());
  return true;
}

// A page's cell: its `journey` is the page's number, from 1 in `pages`. The first values of its key, so many as it has
// dimensions, are for the caller to name.
std::optional<control::SeriesKey> name_page(const journey::Definition& definition, const std::vector<TemplateId>& pages,
                                            const CellKey& key, std::size_t dimensions) {
  const std::size_t page = key.journey.index();
  if (page > pages.size()) return std::nullopt;
  for (std::size_t i = key.scope == CellScope::kDimensioned ? dimensions : 0; i < key.values.size(); ++i) {
    if (key.values[i] != 0) return std::nullopt;
  }
  control::SeriesKey series;
  series.journey = page == 0 ? std::string(kOther) : definition.templates[pages[page - 1].index()].text;
  series.kind = key.kind;
  series.scope = key.scope;
  return series;
}

std::optional<control::SeriesKey> name_vital(const journey::Definition& definition, const CellKey& key) {
  const auto* item = entry(kVitalNames, key.item);
  const auto* detail = entry(kRatingNames, key.detail);
  const auto* device = entry(kDeviceNames, key.values[0]);
  const auto* connection = entry(kConnectionNames, key.values[1]);
  if (item == nullptr || detail == nullptr || device == nullptr || connection == nullptr) return std::nullopt;
  if (!can_be(static_cast<Vital>(key.item), static_cast<Rating>(key.detail))) return std::nullopt;
  if (definition.vital_pages.empty()) return std::nullopt;
  auto series = name_page(definition, definition.vital_pages, key, 2);
  if (!series) return std::nullopt;
  series->item = *item;
  series->detail = *detail;
  if (key.scope == CellScope::kDimensioned) {
    series->dimensions = {{"connection", std::string(*connection)}, {"device", std::string(*device)}};
  }
  return series;
}

// A count of a page by device: a click, or a sign of frustration.
std::optional<control::SeriesKey> name_by_device(const journey::Definition& definition,
                                                 const std::vector<TemplateId>& pages,
                                                 std::span<const std::string_view> items, const CellKey& key) {
  const auto* device = entry(kDeviceNames, key.values[0]);
  if (key.item >= items.size() || device == nullptr || key.detail != 0) return std::nullopt;
  auto series = name_page(definition, pages, key, 1);
  if (!series) return std::nullopt;
  series->item = items[key.item];
  if (key.scope == CellScope::kDimensioned) series->dimensions = {{"device", std::string(*device)}};
  return series;
}

// A page's cell of coverage or split: so many names, and values that are dimensions.
std::optional<control::SeriesKey> name_covered(const journey::Definition& definition, const CellKey& key,
                                               std::span<const CoverageName> names, std::size_t dimensions) {
  if (!definition.coverage.on || key.item >= names.size() || key.detail != 0) return std::nullopt;
  // Page 0 is there also where no page is listed.
  const std::vector<TemplateId>& pages = definition.coverage_pages;
  const std::vector<TemplateId> none{TemplateId{0}};
  if (key.journey.index() > pages.size()) return std::nullopt;
  auto series = name_page(definition, pages.empty() ? none : pages, key, dimensions);
  if (!series) return std::nullopt;
  series->item = names[key.item].item;
  series->detail = names[key.item].detail;
  return series;
}

std::optional<control::SeriesKey> name_coverage(const journey::Definition& definition, const CellKey& key) {
  const journey::Coverage& coverage = definition.coverage;
  auto series = name_covered(definition, key, kCoverageNames, coverage.has_place ? 2 : 1);
  if (!series || key.scope != CellScope::kDimensioned) return series;
  const std::size_t browser = key.values[0];
  if (browser > definition.visitors.browsers.size()) return std::nullopt;
  series->dimensions.emplace_back("browser", browser == 0 ? "unknown" : definition.visitors.browsers[browser - 1]);
  if (!coverage.has_place) return series;
  std::string place = value_text(definition, coverage.place, key.values[1], {});
  if (place.empty()) return std::nullopt;
  series->dimensions.emplace_back("place", std::move(place));
  return series;
}

// Calls are numbered behind the pages.
std::optional<control::SeriesKey> name_call(const journey::Definition& definition, const CellKey& key) {
  const std::size_t at = key.journey.index() - 1 - definition.coverage_pages.size();
  if (at >= definition.coverage_calls.size() || key.item >= kSplitNames.size() || key.detail != 0) return std::nullopt;
  CellKey first = key;
  first.journey = JourneyId{1};
  auto series = name_page(definition, {definition.coverage_calls[at].path}, first, 1);
  if (!series) return std::nullopt;
  series->item = std::string(kCallPrefix) + std::string(kSplitNames[key.item].item);
  series->detail = kSplitNames[key.item].detail;
  return series;
}

std::optional<control::SeriesKey> name_split(const journey::Definition& definition, const CellKey& key) {
  const auto* device = entry(kDeviceNames, key.values[0]);
  if (device == nullptr || !definition.coverage.split) return std::nullopt;
  const bool call = key.journey.index() > definition.coverage_pages.size();
  auto series = call ? name_call(definition, key) : name_covered(definition, key, kSplitNames, 1);
  if (series && key.scope == CellScope::kDimensioned) series->dimensions = {{"device", std::string(*device)}};
  return series;
}

std::optional<control::SeriesKey> name_error(const journey::Definition& definition, const CellKey& key,
                                             std::span<const std::byte> sessions) {
  if (definition.error_top == 0 || key.item != 0 || key.detail != 0) return std::nullopt;
  auto series = name_page(definition, definition.error_pages, key, 1);
  if (!series || key.scope != CellScope::kDimensioned) return series;
  if (key.values[0] > definition.error_top) return std::nullopt;
  std::string code = key.values[0] == 0 ? kOther : seat_text(sessions, journey::kErrorTable, key.values[0]);
  if (code.empty()) return std::nullopt;
  series->dimensions.emplace_back("code", std::move(code));
  return series;
}

struct Group {
  CounterId base, size;
  const char* prefix;
  const std::string_view* names;
};

constexpr Group kGroups[] = {
    {counter::kPacketBase, counter::kSize<PacketCount>, "", kPacketCountNames.data()},
    {counter::kDropBase, counter::kSize<Drop>, "drops.", kDropNames.data()},
    {counter::kStreamBase, counter::kSize<StreamCount>, "stream.", kStreamCountNames.data()},
    {counter::kHttpErrorBase, counter::kSize<HttpError>, "http_error.", kHttpErrorNames.data()},
    {counter::kBeaconRejectBase, counter::kSize<BeaconReject>, "beacon_reject.", kBeaconRejectNames.data()},
    {counter::kEventBase, counter::kSize<EventCount>, "event.", kEventCountNames.data()},
    {counter::kMethodBase, counter::kSize<Method>, "method.", kMethodNames.data()},
    {counter::kDialectBase, counter::kSize<Dialect>, "dialect.", kDialectNames.data()},
    {counter::kBeaconTypeBase, counter::kSize<BeaconType>, "beacon_type.", kBeaconTypeNames.data()},
    {counter::kFrameVerdictBase, counter::kSize<FrameVerdict>, "frame.", kFrameVerdictNames.data()},
    {counter::kResponderBase, counter::kSize<ResponderCount>, "responder.", kResponderCountNames.data()},
    {counter::kRefusalBase, counter::kSize<Refusal>, "refused.", kRefusalNames.data()},
    {counter::kServerBase, counter::kSize<ServerCount>, "server.", kServerCountNames.data()},
    {counter::kSteerBase, counter::kSize<SteerCount>, "steer.", kSteerCountNames.data()},
};

}  // namespace

std::optional<control::SeriesKey> SeriesNames::series(const CellKey& key, std::span<const std::byte> sessions) const {
  if (key.scope > CellScope::kOverflow || key.reserved != 0) return std::nullopt;
  if (key.kind == CellKind::kVital) return name_vital(definition_, key);
  if (key.kind == CellKind::kClick) {
    return definition_.click_pages.empty() ? std::nullopt
                                           : name_by_device(definition_, definition_.click_pages, kClickKindNames, key);
  }
  if (key.kind == CellKind::kFrustration) {
    return definition_.frustration.on
               ? name_by_device(definition_, definition_.frustration_pages, kFrustrationNames, key)
               : std::nullopt;
  }
  if (key.kind == CellKind::kCoverage) return name_coverage(definition_, key);
  if (key.kind == CellKind::kSplit) return name_split(definition_, key);
  if (key.kind == CellKind::kError) return name_error(definition_, key, sessions);
  const auto* journey = entry(definition_.journeys, key.journey.index());
  if (journey == nullptr) return std::nullopt;
  control::SeriesKey series;
  series.journey = journey->name;
  series.version = journey->version;
  series.kind = key.kind;
  series.scope = key.scope;
  if (!name_item(*journey, key, series)) return std::nullopt;
  const bool named = key.kind == CellKind::kEffect     ? name_strata(definition_, *journey, key, sessions, series)
                     : key.kind == CellKind::kFeedback ? name_band(*journey, key, series)
                                                       : name_dimensions(definition_, *journey, key, sessions, series);
  return named ? std::optional(std::move(series)) : std::nullopt;
}

std::string SeriesNames::counter(CounterId id) const {
  for (const Group& group : kGroups) {
    if (id >= group.base && id < group.base + group.size) {
      return group.prefix + std::string(group.names[id - group.base]);
    }
  }
  if (id < counter::kTemplateBase) return "status." + std::to_string(id - counter::kStatusBase);
  const std::size_t path_template = id - counter::kTemplateBase;
  if (path_template == 0) return std::string("template.") + kOther;
  const auto* known = entry(definition_.templates, path_template);
  return known == nullptr ? std::string() : "template." + known->text;
}

}  // namespace bellrock::harvest
