#include <algorithm>
#include <utility>

#include "control/config/documents.h"
#include "control/config/journey_scope.h"
#include "dataplane/base/limits.h"
#include "dataplane/journey/visits.h"

namespace bellrock::config {
namespace {

// {from: [query.cart_id, beacon.attrs.cart_id]}, or one of them
void read_correlate(const Value& value, JourneyScope& scope) {
  Fields fields(value);
  const auto from = fields.need("from", "add from, for example from: [query.cart_id, beacon.attrs.cart_id]");
  fields.finish();
  if (!from) return;
  journey::Correlate correlate;
  const std::vector<Value> sources = from->is_scalar()
                                         ? std::vector<Value>{*from}
                                         : read_list(*from, kCorrelateSourcesMax).value_or(std::vector<Value>{});
  for (const Value& source : sources) {
    if (auto read = read_source(source, scope.tables)) correlate.from.push_back(std::move(*read));
  }
  if (sources.empty() || correlate.from.size() != sources.size()) return;
  scope.journey.correlate = add_correlate(value, std::move(correlate), scope.tables).value_or(std::uint8_t{0});
}

void read_attempt(const Value& value, JourneyScope& scope) {
  journey::Journey& journey = scope.journey;
  constexpr Choice<bool> kCount[] = {{"attempt", false}, {"session", true}};
  constexpr Choice<bool> kRestart[] = {{"supersede", false}, {"continue", true}};
  constexpr Choice<bool> kOrder[] = {{"any", false}, {"strict", true}};
  Fields fields(value);
  fields.into("count", journey.per_session, [&kCount](const Value& v) { return read_choice(v, kCount); });
  fields.into("restart", journey.restart_continues, [&kRestart](const Value& v) { return read_choice(v, kRestart); });
  fields.into("idle", journey.idle, read_duration);
  fields.into("order", journey.strict_order, [&kOrder](const Value& order) { return read_choice(order, kOrder); });
  if (const auto correlate = fields.find("correlate")) read_correlate(*correlate, scope);
  fields.finish();
}

void read_identity_of(const Value& value, JourneyScope& scope) {
  const auto name = read_text(value);
  if (!name) return;
  const auto& identities = scope.tables.definition.identities;
  std::vector<std::string_view> names;
  for (const journey::Identity& identity : identities) names.push_back(identity.name);
  const auto found = std::find(names.begin(), names.end(), *name);
  if (found == names.end()) {
    const std::string_view meant = nearest(*name, names);
    value.error(Code::kNoIdentity, "no identity is named " + shown(*name),
                !meant.empty()  ? "did you mean `" + std::string(meant) + "`?"
                : names.empty() ? "add a document of kind Identity, or name its file too"
                                : "use " + one_of(names));
    return;
  }
  scope.journey.identity = IdentityId(static_cast<std::size_t>(found - names.begin()));
  if (scope.journey.idle > identities[scope.journey.identity.index()].max) {
    value.error(Code::kTimes, "attempts idle longer than this identity lets them last",
                "shorten attempt.idle, or lengthen the identity's lifetime.max");
  }
}

// A visit is judged when it is over, and then no attempt of it may be left.
void check_visits(const Value& spec, const JourneyScope& scope) {
  const auto& identities = scope.tables.definition.identities;
  const std::size_t identity = scope.journey.identity.index();
  if (!journey::counts_visits(scope.journey) || identity >= identities.size()) return;
  if (scope.journey.idle <= identities[identity].idle) return;
  spec.error(Code::kTimes, "an attempt may be idle for longer than the session that it is counted in",
             "shorten attempt.idle, or lengthen the identity's lifetime.idle");
}

void read_labels(const Value& map, journey::Journey& journey) {
  constexpr std::size_t kLabelBytesMax = 256;
  for (const Entry& entry : read_entries(map, kLabelsMax).value_or(std::vector<Entry>{})) {
    const auto text = read_text(entry.value);
    if (!text) continue;
    if (entry.key.size() + text->size() > kLabelBytesMax) {
      entry.value.error(Code::kTooMany, "a label of more than " + std::to_string(kLabelBytesMax) + " bytes");
      continue;
    }
    journey.labels.push_back(entry.key + '=' + *text);
  }
}

}  // namespace

void read_journey(const std::string& name, Fields& metadata, Fields& spec, Tables& tables) {
  JourneyScope scope{tables, {}, {}};
  scope.journey.name = name;
  metadata.into("owner", scope.journey.owner, read_text);
  if (const auto labels = metadata.find("labels")) read_labels(*labels, scope.journey);
  if (const auto attempt = spec.find("attempt")) read_attempt(*attempt, scope);
  if (const auto identity = spec.need("identity")) read_identity_of(*identity, scope);
  if (const auto steps = spec.need("steps")) read_steps(*steps, scope);
  if (const auto silent = spec.find("silent_failure")) read_silent_failure(*silent, scope);
  const auto objectives = spec.find("objectives");
  read_objectives(objectives ? &*objectives : nullptr, scope);
  check_visits(spec.map(), scope);
  if (scope.steps_good) lint_one_message(scope);
  if (const auto dimensions = spec.find("dimensions")) read_dimensions(*dimensions, scope);
  if (const auto effects = spec.find("correlate_with")) read_effects(*effects, scope);
  if (const auto feedback = spec.find("feedback")) read_feedback(*feedback, scope);
  if (const auto recovery = spec.find("recovery")) read_recovery(*recovery, scope);
  spec.into("distinct_sessions", scope.journey.distinct_sessions, read_bool);
  if (const auto storyboards = spec.find("storyboards")) read_storyboards(*storyboards, scope);
  if (const auto value = spec.find("value")) read_value(*value, scope);
  keep_places(spec.map(), scope);
  if (const auto tests = spec.find("tests")) read_tests(*tests, scope);
  spec.later({"alerts"});
  if (tables.definition.journeys.size() == kJourneysMax) {
    spec.map().error(Code::kTooMany, "more than " + std::to_string(kJourneysMax) + " journeys");
    return;
  }
  tables.definition.journeys.push_back(std::move(scope.journey));
  tables.journey_places.push_back(spec.map().place());
}

}  // namespace bellrock::config
