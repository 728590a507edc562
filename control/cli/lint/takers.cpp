#include "control/cli/lint/takers.h"

#include "control/config/one_message.h"

namespace bellrock::cli {
namespace {

using journey::Definition;
using journey::Journey;
using journey::LeafKind;
using journey::NodeOp;
using journey::Step;
using journey::StepKind;

// An answer is its own request's attempt's at these, even where a value says another one.
bool goes_by_request(StepKind kind) { return kind == StepKind::kAck || kind == StepKind::kFailure; }

// The rules of dataplane/journey/tracker.h. A start begins an attempt where it cannot go on with one, and a success
// without an attempt is counted apart: both take whatever comes. The others need an attempt that is open, and so do the
// steps behind them, but for a start and for a commit, which may retry.
bool takes_all(const Journey& journey, const Step& earlier, const Step& step, LeafKind message) {
  if (earlier.kind == StepKind::kStart) return earlier.repeatable || !journey.restart_continues;
  if (earlier.kind == StepKind::kSuccess) return true;
  if (step.kind == StepKind::kStart || step.kind == StepKind::kCommit) return false;
  const bool answer = message == LeafKind::kHttpResponse, told_apart = journey.correlate != 0;
  const bool by_request = answer && goes_by_request(step.kind);
  switch (earlier.kind) {
    case StepKind::kCommit:
      return earlier.repeatable && !told_apart;
    case StepKind::kAck:
      return earlier.repeatable && (!answer || by_request);
    case StepKind::kFailure:
      return !answer || by_request;
    case StepKind::kCancel:
      return !(told_apart && by_request);
    case StepKind::kObserve:
      return earlier.repeatable && !(told_apart && by_request);
    case StepKind::kStart:
    case StepKind::kSuccess:
      break;
  }
  return false;
}

std::optional<std::size_t> taker_at(const Definition& definition, const Journey& journey, std::size_t step,
                                    std::size_t at) {
  const journey::Node& node = definition.nodes[at];
  if (node.op == NodeOp::kNot) return std::nullopt;
  if (node.op == NodeOp::kLeaf) {
    const journey::Leaf& leaf = definition.leaves[node.first];
    for (std::size_t earlier = 0; earlier < step; ++earlier) {
      const Step& other = journey.steps[earlier];
      if (takes_all(journey, other, journey.steps[step], leaf.kind) &&
          config::surely_matches(definition, other.root, leaf)) {
        return earlier;
      }
    }
    return std::nullopt;
  }
  std::optional<std::size_t> taker;
  for (std::size_t i = 0; i < node.count; ++i) {
    const auto child = taker_at(definition, journey, step, node.first + i);
    if (node.op == NodeOp::kAny && !child) return std::nullopt;
    if (child) taker = child;
  }
  return taker;
}

}  // namespace

std::optional<std::size_t> taker_of(const Definition& definition, const Journey& journey, std::size_t step) {
  return taker_at(definition, journey, step, journey.steps[step].root);
}

}  // namespace bellrock::cli
