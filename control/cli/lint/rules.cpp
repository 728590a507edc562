#include "control/cli/lint/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "control/cli/lint/frustration_rules.h"
#include "control/cli/lint/takers.h"
#include "control/config/test_expectation.h"
#include "control/slo/burn_rate.h"
#include "control/slo/policy.h"

namespace bellrock::cli {
namespace {

using config::Diagnostic;
using config::Loaded;
using config::shown;
using journey::Definition;
using journey::Journey;
using journey::NodeOp;
using journey::Objective;
using journey::Sli;
using journey::Step;
using journey::StepKind;

std::string ratio_text(std::uint64_t e9) { return fmt::format("{:.9g} %", static_cast<double>(e9) / 1e7); }
std::string time_text(Duration duration) { return config::seconds_text(duration) + " s"; }

class Linter {
 public:
  Linter(const Loaded& loaded, const ObservedWaits& observed) : loaded_(loaded), observed_(observed) {}

  std::vector<Diagnostic> operator()() {
    for (const Journey& journey : definition().journeys) {
      for (const Objective& objective : journey.objectives) look_at(journey, objective);
      look_at_window(journey);
      look_at_steps(journey);
      if (definition().serve.on) look_at_channels(journey);
    }
    for (FrustrationFinding& one : lint_frustration(definition())) add(one.rule, one.places, std::move(one.message));
    std::stable_sort(found_.begin(), found_.end(), [](const Diagnostic& a, const Diagnostic& b) {
      return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
    });
    return std::move(found_);
  }

 private:
  [[nodiscard]] const Definition& definition() const { return loaded_.definition; }

  // At the first of the places that is written.
  void add(LintRule rule, const std::vector<std::string>& places, std::string message, std::string fix = {}) {
    const LintCode& code = kLintCodes[static_cast<std::size_t>(rule)];
    Diagnostic found;
    found.code = code.code;
    found.message = std::move(message);
    found.fix = fix.empty() ? std::string(code.fix) : std::move(fix);
    found.warning = true;
    found.note = code.note;
    for (const std::string& place : places) {
      const auto at = loaded_.places.find(place);
      if (at == loaded_.places.end()) continue;
      found.file = at->second.file;
      found.line = at->second.line;
      found.column = at->second.column;
      found.key = at->second.key;
      break;
    }
    found_.push_back(std::move(found));
  }

  void look_at(const Journey& journey, const Objective& objective) {
    const std::string place = journey.name + "/objectives/" + objective.name;
    if (objective.sli == Sli::kLatency && !objective.or_equal) {
      const std::string value = time_text(objective.threshold);
      add(LintRule::kStrictlyBelow, {place + "/op", place},
          shown(objective.name) + ": an attempt that took exactly " + value + " is bad");
    }
    if (objective.strict && objective.target_e9 != 0) {
      const std::string target = ratio_text(objective.target_e9);
      add(LintRule::kStrictlyAbove, {place + "/strict", place},
          shown(objective.name) + " is met only above " + target + ": exactly " + target + " misses it");
    }
    if (objective.target_e9 != 0) look_at_alerts(journey, objective, place);
  }

  // An alert that somebody wrote is an error of its own (BR1508).
  void look_at_alerts(const Journey& journey, const Objective& objective, const std::string& place) {
    const config::Policy* const policy = config::policy_of(loaded_.policies, journey.name, objective.name);
    if (policy != nullptr && policy->has_alerts) return;
    const std::int64_t period_s = policy == nullptr ? slo::kDefaultPeriodSeconds : policy->window / kSecond;
    for (const slo::BurnPair& pair : slo::default_pairs(period_s)) {
      if (slo::can_fire(pair, objective.target_e9)) continue;
      add(LintRule::kDefaultNeverFires, {place + "/target", place},
          fmt::format("{}: the {} that looks at {} h fires when more than {:.0f} % of the attempts are bad",
                      shown(objective.name), slo::kSeverityNames[static_cast<std::size_t>(pair.severity)],
                      pair.long_s / slo::kHourSeconds,
                      pair.factor() * (100.0 - static_cast<double>(objective.target_e9) / 1e7)));
    }
  }

  void look_at_window(const Journey& journey) {
    const auto seen = observed_.find(journey.name);
    if (!journey.silent.watched || seen == observed_.end()) return;
    const ObservedWait& wait = seen->second;
    if (wait.attempts < kObservedAttemptsMin || wait.p99_ns <= static_cast<double>(journey.silent.within)) return;
    const std::string& after = journey.steps[journey.silent.after.index()].name;
    const std::string& expect = journey.steps[journey.silent.expect.index()].name;
    add(LintRule::kShortWindow, {journey.name + "/silent_failure/within", journey.name + "/silent_failure"},
        fmt::format("of {} attempts, {} came {} {:.3g} s after {} in one of a hundred, and the window is {}",
                    wait.attempts, shown(expect), wait.exact ? "more than" : "certainly more than", wait.p99_ns / 1e9,
                    shown(after), time_text(journey.silent.within)));
  }

  // --- Steps that others stand in the way of.

  void look_at_steps(const Journey& journey) {
    bool ends = false, ends_somehow = false;
    for (std::size_t i = 0; i < journey.steps.size(); ++i) {
      const Step& step = journey.steps[i];
      const std::optional<std::size_t> taker = taker_of(definition(), journey, i);
      const bool ending =
          step.kind == StepKind::kSuccess || step.kind == StepKind::kFailure || step.kind == StepKind::kCancel;
      ends = ends || (ending && !taker);
      ends_somehow = ends_somehow || ending;
      if (!taker) continue;
      add(LintRule::kNeverCounts, {journey.name + "/steps/" + step.name, journey.name},
          shown(step.name) + " never counts: " + shown(journey.steps[*taker].name) + " takes every message of it");
    }
    if (ends || !ends_somehow) return;
    add(LintRule::kOnlyTimeEnds, {journey.name}, "no step ends " + shown(journey.name) + ": each is taken by another");
  }

  // --- What never comes to an edge that serves: it sees beacons, and no HTTP message of a site.

  void look_at_channels(const Journey& journey) {
    const auto ends = [](StepKind kind) {
      return kind == StepKind::kSuccess || kind == StepKind::kFailure || kind == StepKind::kCancel;
    };
    if (look_at_kind(
            journey, [](StepKind kind) { return kind == StepKind::kStart; }, "begins"))
      return;
    look_at_kind(
        journey, [](StepKind kind) { return kind == StepKind::kCommit; }, "commits");
    if (look_at_kind(
            journey, [](StepKind kind) { return kind == StepKind::kSuccess; }, "succeeds"))
      return;
    look_at_kind(journey, ends, "ends but by time");
  }

  // Whether the journey has steps of these kinds and all of them are HTTP messages.
  template <typename Kinds>
  bool look_at_kind(const Journey& journey, Kinds kinds, const char* what) {
    const Step* first = nullptr;
    for (const Step& step : journey.steps) {
      if (!kinds(step.kind)) continue;
      if (may_be_beacon(step.root)) return false;
      if (first == nullptr) first = &step;
    }
    if (first == nullptr) return false;
    add(LintRule::kNeverSeen, {journey.name + "/steps/" + first->name, journey.name},
        shown(journey.name) + " never " + what + " where `mode: terminate` sees beacons only: " + shown(first->name) +
            " is an HTTP message");
    return true;
  }

  [[nodiscard]] bool may_be_beacon(std::size_t at) const {
    const journey::Node& node = definition().nodes[at];
    if (node.op == NodeOp::kLeaf) {
      const journey::LeafKind kind = definition().leaves[node.first].kind;
      return kind == journey::LeafKind::kBeacon || kind == journey::LeafKind::kReport;
    }
    if (node.op == NodeOp::kNot) return true;
    const bool any = node.op == NodeOp::kAny;
    for (std::size_t i = 0; i < node.count; ++i) {
      if (may_be_beacon(node.first + i) == any) return any;
    }
    return !any;
  }

  const Loaded& loaded_;
  const ObservedWaits& observed_;
  std::vector<Diagnostic> found_;
};

}  // namespace

std::vector<Diagnostic> lint(const Loaded& loaded, const ObservedWaits& observed) { return Linter(loaded, observed)(); }

}  // namespace bellrock::cli
