#include "control/openslo/extras.h"

#include <algorithm>
#include <optional>
#include <sstream>

#include "control/config/policy.h"
#include "control/config/units.h"
#include "control/slo/explain.h"

namespace bellrock::openslo {
namespace {

constexpr const char* kFailuresMin = "bellrock.dev/failures-min";
constexpr const char* kKeepFiring = "bellrock.dev/keep-firing";
constexpr const char* kRecovered = "bellrock.dev/recovered";
constexpr const char* kBudget = "bellrock.dev/budget";
constexpr const char* kPostmortem = "bellrock.dev/postmortem";

// "0.5 notify, 1 freeze", or "none".
std::string steps_text(const std::vector<slo::BudgetStep>& steps) {
  std::string text;
  for (const auto& step : steps) {
    text += (text.empty() ? "" : ", ") + slo::decimal_text(step.burned_e9) + " " +
            std::string(slo::kBudgetActionNames[static_cast<std::size_t>(step.action)]);
  }
  return text.empty() ? "none" : text;
}

std::optional<slo::BudgetStep> read_step(const std::string& text) {
  std::istringstream words(text);
  std::string burned, action, more;
  words >> burned >> action;
  const auto share = config::parse_decimal_e9(burned);
  const auto& names = slo::kBudgetActionNames;
  const auto* const name = std::find(names.begin(), names.end(), action);
  if (!share || *share == 0 || *share > slo::kOne || name == names.end() || words >> more) return std::nullopt;
  return slo::BudgetStep{*share, static_cast<slo::BudgetAction>(name - names.begin())};
}

bool read_steps(const std::string& text, std::vector<slo::BudgetStep>& steps) {
  steps.clear();
  if (text == "none") return true;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const auto step = read_step(part);
    if (!step || steps.size() == config::kPolicyListMax) return false;
    steps.push_back(*step);
  }
  return !steps.empty();
}

// Whole minutes of up to three days, as a Policy document has them.
bool read_minutes(const std::string& text, std::int64_t& seconds) {
  const auto duration = config::parse_duration(text);
  if (!duration || *duration % kMinute != 0 || *duration < kMinute || *duration > 3 * 24 * kHour) return false;
  seconds = *duration / kSecond;
  return true;
}

bool read_failures(const std::string& text, std::uint64_t& failures) {
  const auto number = config::parse_unsigned(text);
  if (!number || *number == 0 || *number > 1'000'000) return false;
  failures = *number;
  return true;
}

bool read_share(const std::string& text, std::uint64_t& share_e9) {
  const auto share = config::parse_decimal_e9(text);
  if (!share || *share == 0 || *share >= slo::kOne) return false;
  share_e9 = *share;
  return true;
}

}  // namespace

std::map<std::string, std::string> annotations_of(const Extras& extras) {
  const Extras usual;
  std::map<std::string, std::string> all;
  if (extras.failures_min != usual.failures_min) all[kFailuresMin] = std::to_string(extras.failures_min);
  if (extras.keep_firing_s != usual.keep_firing_s) all[kKeepFiring] = duration_text(extras.keep_firing_s);
  if (extras.recovered_s != usual.recovered_s) all[kRecovered] = duration_text(extras.recovered_s);
  if (extras.steps != usual.steps) all[kBudget] = steps_text(extras.steps);
  if (extras.postmortem_e9 != usual.postmortem_e9) all[kPostmortem] = slo::decimal_text(extras.postmortem_e9);
  return all;
}

std::span<const std::string_view> slo_annotations() {
  static constexpr std::string_view kAll[] = {kStrict, kFailuresMin, kKeepFiring, kRecovered, kBudget, kPostmortem};
  return kAll;
}

Extras read_extras(const Metadata& metadata) {
  Extras extras;
  const auto read = [&](const char* key, const auto& take, auto& out, const char* example) {
    const auto found = metadata.annotations.find(key);
    if (found != metadata.annotations.end() && !take(found->second.node->text, out))
      refuse_annotation(found->second, key, example);
  };
  read(kFailuresMin, read_failures, extras.failures_min, "3");
  read(kKeepFiring, read_minutes, extras.keep_firing_s, "5m");
  read(kRecovered, read_minutes, extras.recovered_s, "10m");
  read(kBudget, read_steps, extras.steps, "0.5 notify, 0.8 gate, 1 freeze");
  read(kPostmortem, read_share, extras.postmortem_e9, "0.2");
  return extras;
}

}  // namespace bellrock::openslo
