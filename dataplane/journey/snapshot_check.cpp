#include "dataplane/journey/snapshot_check.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "dataplane/flow/message.h"
#include "dataplane/flow/replay_pointer.h"
#include "dataplane/journey/snapshot.h"
#include "dataplane/journey/visits.h"

namespace bellrock::journey {
namespace {

constexpr std::uint64_t kOneE9 = 1'000'000'000;
constexpr auto kOutcomeMask = static_cast<std::uint16_t>((1u << static_cast<unsigned>(Outcome::kCount)) - 1);
constexpr std::size_t kFixedHeaders = static_cast<std::size_t>(Header::kCount);

Status<> check_counts(const Definition& d) {
  TRY(require(d.sites.size() <= kSitesMax, "too many sites", d.sites.size()));
  TRY(require(d.templates.size() <= kTemplatesMax + 1, "too many path templates", d.templates.size()));
  TRY(require(d.headers.size() + kFixedHeaders <= kHeaderInterestsMax, "too many headers", d.headers.size()));
  TRY(require(d.identities.size() <= kIdentitiesMax, "too many identities", d.identities.size()));
  TRY(require(d.dimensions.size() <= kDimensionsMax, "too many dimensions", d.dimensions.size()));
  TRY(require(d.clocks.size() <= kClocksMax, "too many client clocks", d.clocks.size()));
  TRY(require(d.leaves.size() <= kMatchNodesMax, "too many match conditions", d.leaves.size()));
  TRY(require(d.nodes.size() <= kMatchNodesMax, "too many match nodes", d.nodes.size()));
  TRY(require(d.correlates.size() <= kCorrelatesMax, "too many lists of what tells attempts apart",
              d.correlates.size()));
  TRY(require(d.amounts.size() <= kAmountsMax, "too many sources of values", d.amounts.size()));
  return require(d.journeys.size() <= kJourneysMax, "too many journeys", d.journeys.size());
}

// The first template stands for "none" and has no segments; all others have.
Status<> check_templates(const Definition& d) {
  for (std::size_t i = 1; i < d.templates.size(); ++i) {
    const std::size_t segments = d.templates[i].segments.size();
    TRY(require(segments >= 1 && segments <= kTemplateSegmentsMax, "a path template without or with too many segments",
                i));
  }
  return Done{};
}

Status<> check_source(const Definition& d, const Source& source, std::size_t index) {
  return require(source.header < kFixedHeaders + d.headers.size(), "a source reads a header that is not listed", index);
}

Status<> check_sources(const Definition& d) {
  for (std::size_t i = 0; i < d.identities.size(); ++i) {
    const Identity& identity = d.identities[i];
    TRY(require(!identity.keys.empty() && identity.keys.size() <= kIdentityKeysMax, "an identity's number of keys", i));
    TRY(require(identity.max > 0 && identity.idle > 0, "an identity without a longest attempt or an idle time", i));
    TRY(require(identity.reorder_wait >= 0 && identity.reorder_wait <= kReorderWaitMax, "an identity's wait for order",
                i));
    for (const Source& key : identity.keys) TRY(check_source(d, key, i));
  }
  std::size_t open_ended = 0;
  for (std::size_t i = 0; i < d.dimensions.size(); ++i) {
    const Dimension& dimension = d.dimensions[i];
    open_ended += dimension.top != 0 ? 1 : 0;
    TRY(require(dimension.top <= kTopMax && (dimension.top == 0 || dimension.values.empty()),
                "a dimension that is open-ended and closed, or tells too many values apart", i));
    TRY(require(open_ended <= kTopDimensionsMax, "too many open-ended dimensions", i));
    TRY(require(d.dimensions[i].values.size() <= kDimensionValuesMax, "a dimension with too many values", i));
    const bool timed = dimension.source.kind == SourceKind::kAnswerTime;
    TRY(require(dimension.bounds.size() == (timed ? dimension.values.size() : 0) && !(timed && dimension.top != 0) &&
                    std::is_sorted(dimension.bounds.begin(), dimension.bounds.end()),
                "a dimension whose times do not fit its values", i));
    TRY(check_source(d, d.dimensions[i].source, i));
  }
  for (std::size_t i = 0; i < d.correlates.size(); ++i) {
    const std::size_t sources = d.correlates[i].from.size();
    TRY(require(sources >= 1 && sources <= kCorrelateSourcesMax, "the number of sources that tell attempts apart", i));
    for (const Source& source : d.correlates[i].from) TRY(check_source(d, source, i));
  }
  for (std::size_t i = 0; i < d.amounts.size(); ++i) TRY(check_source(d, d.amounts[i], i));
  return Done{};
}

Status<> check_conditions(const std::vector<Condition>& conditions, std::size_t index) {
  TRY(require(conditions.size() <= kConditionsMax, "a match with too many conditions", index));
  for (const Condition& condition : conditions) {
    const std::size_t count = condition.values.size();
    const bool fits = condition.op == Compare::kPresent ? count == 0
                      : condition.op == Compare::kIn    ? count >= 1 && count <= kConditionValuesMax
                                                        : count == 1;
    TRY(require(fits, "a condition's number of values does not fit its operator", index));
    for (const Literal& value : condition.values) {
      TRY(require(std::isfinite(value.number), "a condition compares with something that is not a number", index));
    }
  }
  return Done{};
}

Status<> check_leaves(const Definition& d) {
  std::size_t responses = 0;
  for (std::size_t i = 0; i < d.leaves.size(); ++i) {
    const Leaf& leaf = d.leaves[i];
    const auto known = [&d](TemplateId id) { return id.value == 0 || id.index() < d.templates.size(); };
    TRY(require(known(leaf.path_template) && known(leaf.url_template),
                "a match names a path template that is not listed", i));
    TRY(check_conditions(leaf.query, i));
    TRY(check_conditions(leaf.attrs, i));
    TRY(require(leaf.statuses.size() <= kStatusesMax, "a match with too many statuses", i));
    if (leaf.kind == LeafKind::kHttpResponse) ++responses;
  }
  return require(responses <= kResponseLeavesMax, "too many match conditions on responses", responses);
}

// Children lie behind their parent and have no other parent: a tree, and one pass from the back gives its depth.
Status<> check_nodes(const Definition& d) {
  std::vector<std::size_t> depth(d.nodes.size(), 1);
  std::vector<bool> is_child(d.nodes.size(), false);
  for (std::size_t i = d.nodes.size(); i-- > 0;) {
    const Node& node = d.nodes[i];
    if (node.op == NodeOp::kLeaf) {
      TRY(require(node.first < d.leaves.size() && node.count == 0, "a match node names a condition that is not listed",
                  i));
      continue;
    }
    const std::size_t end = std::size_t{node.first} + node.count;
    TRY(require(node.first > i && node.count >= 1 && end <= d.nodes.size(), "a match node's children are out of range",
                i));
    TRY(require(node.op != NodeOp::kNot || node.count == 1, "a `not` of several matches", i));
    for (std::size_t child = node.first; child < end; ++child) {
      TRY(require(!is_child[child], "a match node has two parents", child));
      is_child[child] = true;
      if (depth[child] + 1 > depth[i]) depth[i] = depth[child] + 1;
    }
    TRY(require(depth[i] <= kMatchDepthMax, "a match is nested too deeply", i));
  }
  return Done{};
}

Status<> check_steps(const Definition& d, const Journey& journey, std::size_t index) {
  TRY(require(!journey.steps.empty() && journey.steps.size() <= kStepsMax, "a journey's number of steps", index));
  bool has_commit = false;
  for (const Step& step : journey.steps) {
    TRY(require(step.root < d.nodes.size(), "a step's match is out of range", index));
    TRY(require(step.within >= 0, "a step's time bound is negative", index));
    has_commit = has_commit || step.kind == StepKind::kCommit;
  }
  return require(has_commit == journey.has_commit, "a journey's commit flag disagrees with its steps", index);
}

Status<> check_objective(const Definition& d, const Journey& journey, const Objective& o, std::size_t index) {
  const std::size_t steps = journey.steps.size();
  TRY(require(o.count_from.index() < steps && o.from.index() < steps && o.to.index() < steps,
              "an objective names a step that is not listed", index));
  // Without its time every attempt would seem not to have come that far.
  const bool keeps_from = journey.steps[o.from.index()].kind == StepKind::kStart ||
                          std::find(journey.marks.begin(), journey.marks.end(), o.from) != journey.marks.end();
  TRY(require(o.sli != Sli::kLatency || keeps_from, "an objective measures from a step whose time is not kept", index));
  TRY(require((o.bad & o.exclude) == 0 && ((o.bad | o.exclude) & ~kOutcomeMask) == 0,
              "an objective's outcomes contradict each other", index));
  TRY(require(!o.has_client_clock || o.client_clock.index() < d.clocks.size(),
              "an objective names a client clock that is not listed", index));
  TRY(require(o.threshold >= 0 && o.waited_over >= 0, "an objective's duration is negative", index));
  return require(o.target_e9 < kOneE9 && o.max_unknown_e9 < kOneE9, "an objective's target is not below 1", index);
}

// A visit knows its attempts' verdicts for one latency, and is over after all of them.
Status<> check_visits(const Definition& d, const Journey& journey, std::size_t index) {
  for (const Objective& o : journey.objectives) {
    if (o.sli != Sli::kConsistency) continue;
    const bool known =
        o.of.index() < journey.objectives.size() && journey.objectives[o.of.index()].sli == Sli::kLatency;
    TRY(require(known && o.min_attempts >= 1 && o.min_attempts <= kMinAttemptsMax,
                "a consistency of nothing that could be consistent", index));
  }
  return require(!counts_visits(journey) || journey.idle <= d.identities[journey.identity.index()].idle,
                 "attempts that may be idle for longer than visits that count", index);
}

Status<> check_silent(const Journey& journey, std::size_t index) {
  const SilentFailure& silent = journey.silent;
  if (!silent.watched) return Done{};
  const auto is = [&journey](StepId step, StepKind kind) {
    return step.index() < journey.steps.size() && journey.steps[step.index()].kind == kind;
  };
  TRY(require(is(silent.after, StepKind::kAck) && is(silent.expect, StepKind::kSuccess),
              "a silent failure is not between an ack and a success", index));
  return require(silent.within > 0 && (silent.by_http || silent.by_beacon),
                 "a silent failure has no window, or nothing that could carry its success", index);
}

Status<> check_value(const Definition& d, const Journey& journey, std::size_t index) {
  const MoneyValue& value = journey.value;
  TRY(require(value.amount <= d.amounts.size(), "a journey's value is not listed", index));
  const bool named = value.currency.size() == 3 && value.at.index() < journey.steps.size();
  return require(value.amount == 0 || named, "a value without currency or step", index);
}

// The latencies of effects are kept behind the times of steps.
Status<> check_effects(const Journey& journey, std::size_t index) {
  TRY(require(journey.effects.size() <= kEffectsMax, "a journey with too many effects", index));
  for (const Effect& effect : journey.effects) {
    const bool measured =
        effect.of.index() < journey.objectives.size() && journey.objectives[effect.of.index()].sli == Sli::kLatency;
    TRY(require(measured, "an effect of something that is no latency", index));
    TRY(require(effect.outcomes != 0 && (effect.outcomes & ~kOutcomeMask) == 0 && (effect.table || effect.hazard),
                "an effect on nothing, or without a method", index));
    TRY(require(*kept_latency(journey, effect.of) < kMarksMax, "a journey keeps too many times and latencies", index));
    TRY(require(effect.strata.size() <= kStrataMax, "an effect with too many strata", index));
    for (const std::uint8_t stratum : effect.strata) {
      TRY(require(stratum == Effect::kReturning || stratum < journey.dimensions.size(),
                  "an effect names a dimension that is not listed", index));
    }
  }
  return Done{};
}

Status<> check_feedback(const Journey& journey, std::size_t index) {
  const Feedback& feedback = journey.feedback;
  TRY(require((feedback.questions & ~kQuestionMask) == 0 && (feedback.questions != 0 || !feedback.has_latency),
              "a question that does not exist", index));
  if (!feedback.has_latency) return Done{};
  TRY(require(
      feedback.of.index() < journey.objectives.size() && journey.objectives[feedback.of.index()].sli == Sli::kLatency,
      "answers by something that is no latency", index));
  return require(*kept_latency(journey, feedback.of) < kMarksMax, "a journey keeps too many times and latencies",
                 index);
}

Status<> check_journeys(const Definition& d) {
  for (std::size_t i = 0; i < d.journeys.size(); ++i) {
    const Journey& journey = d.journeys[i];
    TRY(require(journey.identity.index() < d.identities.size(), "a journey names an identity that is not listed", i));
    TRY(require(journey.idle > 0, "a journey without an idle time", i));
    TRY(check_steps(d, journey, i));
    TRY(check_silent(journey, i));
    TRY(check_value(d, journey, i));
    TRY(require(journey.correlate <= d.correlates.size(), "a journey's attempts are told apart by what is not listed",
                i));
    TRY(require(journey.objectives.size() <= kObjectivesMax, "a journey with too many objectives", i));
    for (const Objective& objective : journey.objectives) TRY(check_objective(d, journey, objective, i));
    TRY(require(journey.dimensions.size() <= kJourneyDimensionsMax, "a journey with too many dimensions", i));
    TRY(check_visits(d, journey, i));
    for (const DimensionId id : journey.dimensions) {
      TRY(require(id.index() < d.dimensions.size(), "a journey names a dimension that is not listed", i));
    }
    TRY(require(journey.marks.size() <= kMarksMax, "a journey keeps the times of too many steps", i));
    for (const StepId id : journey.marks) {
      TRY(require(id.index() < journey.steps.size(), "a journey marks a step that is not listed", i));
    }
    TRY(check_effects(journey, i));
    TRY(check_feedback(journey, i));
    TRY(require(journey.stories_kept <= kStoriesKeptMax, "a journey with too many storyboards", i));
  }
  TRY(require(d.replay_prefix.empty() || is_replay_prefix(d.replay_prefix), "what replays begin with", 0));
  return require(stories_needed(d) <= kStoriesMax, "too many storyboards over all journeys", stories_needed(d));
}

}  // namespace

Status<> check(const Definition& definition) {
  TRY(check_counts(definition));
  TRY(check_templates(definition));
  TRY(check_sources(definition));
  TRY(check_leaves(definition));
  TRY(check_nodes(definition));
  TRY(check_journeys(definition));
  return check_beside_journeys(definition);
}

}  // namespace bellrock::journey
