#include "control/slo/explain.h"

#include <cmath>
#include <cstdio>

#include "control/slo/budget.h"

namespace bellrock::slo {
namespace {

using control::SloState;

std::string number(std::uint64_t value) { return std::to_string(value); }

// Without the zeros at its end.
std::string trimmed(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string fixed(double value, int places) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", places, value);
  return text;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string verdict(const Objective& objective, SloState state) {
  const std::string target = trimmed(fixed(static_cast<double>(objective.target_e9) / 1e7, 7)) + " %";
  switch (state) {
    case SloState::kMet:
      return "met: the lower bound is " + std::string(objective.strict ? "above " : "at or above ") + target;
    case SloState::kMissed:
      return "missed: the upper bound is " + std::string(objective.strict ? "at or below " : "below ") + target;
    case SloState::kUnproven:
      return "unproven: " + target + " lies between the bounds, the unknown attempts decide";
    case SloState::kNoTarget:
      return "no target: attempts are counted, and nothing is said of them";
    case SloState::kNoData:
      break;
  }
  return "no data: no attempt was good, bad or unknown; that is not a success";
}

}  // namespace

std::string percent_text(double ratio) {
  // Cut after three places; 1e-9 makes up for products like 0.29 * 100 = 28.999….
  return fixed(std::floor(ratio * 100'000 + 1e-9) / 1'000, 3) + " %";
}

std::string decimal_text(std::uint64_t parts_e9) {
  char text[32];
  std::snprintf(text, sizeof text, "%llu.%09llu", static_cast<unsigned long long>(parts_e9 / kOne),
                static_cast<unsigned long long>(parts_e9 % kOne));
  return trimmed(text);
}

std::string target_text(std::uint64_t target_e9, bool strict) {
  if (target_e9 == 0) return "none";
  return (strict ? "> " : "≥ ") + trimmed(fixed(static_cast<double>(target_e9) / 1e7, 7)) + " %";
}

std::string target_text(const Objective& objective) { return target_text(objective.target_e9, objective.strict); }

std::string duration_text(double ns) {
  const auto in = [&](double unit, const char* name) {
    return trimmed(fixed(ns / unit, ns / unit < 10 ? 2 : ns / unit < 100 ? 1 : 0)) + name;
  };
  if (ns < 1e3) return in(1, " ns");
  if (ns < 1e6) return in(1e3, " µs");
  if (ns < 1e9) return in(1e6, " ms");
  if (ns < 120e9) return in(1e9, " s");
  if (ns < 120 * 60e9) return in(60e9, " min");
  return ns < 48 * 3'600e9 ? in(3'600e9, " h") : in(86'400e9, " days");
}

std::string rule_text(const Objective& objective) {
  if (objective.is_latency) {
    return objective.from + " → " + objective.to + (objective.or_equal ? " ≤ " : " < ") +
           duration_text(static_cast<double>(objective.threshold));
  }
  if (objective.is_consistency) {
    return "sessions with at least " + std::to_string(objective.min_attempts) + " attempts that all met " +
           objective.of;
  }
  std::string text = objective.per_session ? "sessions whose last attempt that reached " : "attempts that reached ";
  text += objective.count_from + (objective.per_session ? " succeeded" : " and succeeded");
  if (!objective.bad.empty()) text += "; bad: " + joined(objective.bad);
  if (!objective.excluded.empty()) text += "; excluded: " + joined(objective.excluded);
  return text;
}

std::vector<std::string> missing(const control::Coverage& coverage) {
  std::vector<std::string> texts;
  if (coverage.has_gap()) {
    texts.push_back("no node reported in " + std::to_string(coverage.expected_minutes - coverage.reported_minutes) +
                    " of " + std::to_string(coverage.expected_minutes) + " minutes");
  }
  if (!coverage.silent_nodes.empty()) texts.push_back(coverage.silent_nodes);
  return texts;
}

std::vector<std::string> partial_because(const Objective& objective, const control::SloStatus& status) {
  if (status.data != control::DataState::kPartial) return {};
  auto texts = missing(status.coverage);
  const auto& counts = status.counts;
  if (too_many_unknown({counts.good, counts.bad, counts.unknown, counts.excluded}, objective.unknown_bound())) {
    texts.push_back("more than " + decimal_text(objective.max_unknown_e9) + " of the attempts are unknown");
  }
  return texts;
}

std::vector<std::string> explain(const Objective& objective, const control::SloStatus& status) {
  const auto& counts = status.counts;
  const std::string good = number(counts.good), bad = number(counts.bad), unknown = number(counts.unknown);
  std::vector<std::string> lines;
  if (status.ratio) {
    lines.push_back("ratio = good / (good + bad) = " + good + " / (" + good + " + " + bad +
                    ") = " + percent_text(*status.ratio));
  }
  if (status.lower) {
    const std::string all = " / (" + good + " + " + bad + " + " + unknown + ") = ";
    lines.push_back("lower bound = good / (good + bad + unknown) = " + good + all + percent_text(*status.lower));
    lines.push_back("upper bound = (good + unknown) / (good + bad + unknown) = (" + good + " + " + unknown + ")" + all +
                    percent_text(*status.upper));
  }
  lines.push_back(verdict(objective, status.state));
  if (status.budget) {
    const std::string allowed = trimmed(fixed(status.budget->allowed, 3));
    lines.push_back("budget = (1 - " + decimal_text(objective.target_e9) + ") * (" + good + " + " + bad +
                    ") = " + allowed + " bad attempts; left = " + allowed + " - " + bad + " = " +
                    trimmed(fixed(status.budget->left, 3)));
  }
  for (const auto& text : partial_because(objective, status)) lines.push_back("partial: " + text);
  return lines;
}

}  // namespace bellrock::slo
