#include "dataplane/journey/step_matcher.h"

#include <algorithm>

namespace bellrock::journey {

namespace {

// Such a step may end an attempt before its latency does: how long that had taken then decides what it counts as.
bool cuts(StepKind kind) { return kind == StepKind::kStart || kind == StepKind::kCancel; }

}  // namespace

StepMatcher::StepMatcher(const Definition& definition)
    : definition_(definition), steps_with_(definition.leaves.size()), leaf_true_(definition.leaves.size()) {
  for (std::size_t j = 0; j < definition.journeys.size(); ++j) {
    const Journey& journey = definition.journeys[j];
    for (std::size_t s = 0; s < journey.steps.size(); ++s) {
      StepRef ref{JourneyId{j}, StepId{s}, journey.identity, journey.steps[s].root, 0, {}};
      if (journey.value.at == ref.step) ref.amount = journey.value.amount;
      for (const Objective& objective : journey.objectives) {
        if (objective.sli != Sli::kLatency || !objective.has_client_clock) continue;
        if (objective.to == ref.step || cuts(journey.steps[s].kind)) ref.clocks.push_back(objective.client_clock);
      }
      add_leaves(ref.root, static_cast<std::uint16_t>(steps_.size()));
      steps_.push_back(std::move(ref));
    }
  }
  step_seen_.resize(steps_.size());
  found_.resize(steps_.size());
}

void StepMatcher::add_leaves(std::uint16_t node, std::uint16_t step) {
  const Node& here = definition_.nodes[node];
  if (here.op == NodeOp::kLeaf) {
    steps_with_[here.first].push_back(step);
    return;
  }
  for (std::uint16_t i = 0; i < here.count; ++i) add_leaves(static_cast<std::uint16_t>(here.first + i), step);
}

void StepMatcher::begin() {
  found_count_ = 0;
  if (++round_ != 0) return;
  // Once in 2^32 messages a round's number comes again.
  std::fill(leaf_true_.begin(), leaf_true_.end(), 0);
  std::fill(step_seen_.begin(), step_seen_.end(), 0);
  round_ = 1;
}

void StepMatcher::set_true(std::uint16_t leaf) {
  leaf_true_[leaf] = round_;
  for (const std::uint16_t step : steps_with_[leaf]) {
    if (step_seen_[step] == round_) continue;
    step_seen_[step] = round_;
    found_[found_count_++] = step;
  }
}

std::span<const std::uint16_t> StepMatcher::finish() {
  const auto begin = found_.begin();
  const auto end = std::remove_if(begin, begin + static_cast<std::ptrdiff_t>(found_count_),
                                  [this](std::uint16_t step) { return !holds(steps_[step].root); });
  std::sort(begin, end);
  found_count_ = static_cast<std::size_t>(end - begin);
  return std::span(found_).first(found_count_);
}

// Trees are at most kMatchDepthMax deep (snapshot.h, check).
bool StepMatcher::holds(std::uint16_t node) const {
  const Node& here = definition_.nodes[node];
  const auto child = [&](std::uint16_t i) { return holds(static_cast<std::uint16_t>(here.first + i)); };
  switch (here.op) {
    case NodeOp::kLeaf:
      return leaf_true_[here.first] == round_;
    case NodeOp::kNot:
      return !child(0);
    case NodeOp::kAny:
      for (std::uint16_t i = 0; i < here.count; ++i) {
        if (child(i)) return true;
      }
      return false;
    case NodeOp::kAll:
      for (std::uint16_t i = 0; i < here.count; ++i) {
        if (!child(i)) return false;
      }
      return true;
  }
  return false;
}

}  // namespace bellrock::journey
