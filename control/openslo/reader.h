// Readers of OpenSLO's kinds, one function for each, for read.cpp. One load, one thread.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/config/fields.h"
#include "control/config/written.h"
#include "control/openslo/openslo.h"

namespace bellrock::openslo {

struct Metadata {
  std::string name;
  std::optional<config::Value> name_at;
  std::map<std::string, config::Value> annotations;  // texts
};

struct Indicator {
  std::string journey, objective;
};

struct Condition {
  slo::Severity severity = slo::Severity::kPage;
  double factor = 0;
  std::int64_t long_s = 0, short_s = 0;
  std::optional<std::uint64_t> share_e9;  // from our annotation
  std::optional<config::Value> at;        // its threshold
};

struct AlertPolicy {
  std::optional<Condition> condition;
  std::optional<config::Value> condition_ref;
};

// What has been read by name; references are followed when all of it has. Nothing, where it was reported.
struct Tables {
  std::map<std::string, bool> services, sources;
  std::map<std::string, std::optional<Indicator>> indicators;
  std::map<std::string, std::optional<Condition>> conditions;
  std::map<std::string, AlertPolicy> policies;
};

// `ours` are the annotations bellrock.dev/… that mean something there; others of that kind are refused.
Metadata read_metadata(config::Fields& document, std::span<const std::string_view> ours = {});
void refuse_annotation(const config::Value& value, const std::string& key, const std::string& example);

// Fields that are taken and not used: that they are what v1 says.
void expect_text(config::Fields& fields, std::string_view key);   // any text, where it is given
void expect_head(config::Fields& fields, std::string_view kind);  // of an inlined document
void read_service(config::Fields& spec);
void read_data_source(config::Fields& spec);
std::optional<Indicator> read_indicator(config::Fields& spec, const Tables& tables);
// The annotations that mean something at an AlertCondition.
inline constexpr const char* kShortWindow = "bellrock.dev/short-window";
inline constexpr const char* kBudgetShare = "bellrock.dev/budget-share";
inline constexpr std::string_view kConditionAnnotations[] = {kShortWindow, kBudgetShare};
std::optional<Condition> read_condition(config::Fields& spec, const Metadata& metadata);
// The alert as a policy has it; nothing, reported, where none could be so.
std::optional<slo::BurnPair> pair_of(const Condition& condition, std::int64_t period_s, std::uint64_t target_e9);
AlertPolicy read_alert_policy(config::Fields& spec);
struct PlacedSlo {
  Slo slo;
  config::Written target;
};
std::optional<PlacedSlo> read_slo(config::Fields& spec, const Metadata& metadata, const Tables& tables);

// Whole minutes, as OpenSLO writes them: a number and one of m h d w; months, quarters and years have no fixed length:
// `fix` says what to write in their place.
std::optional<std::int64_t> read_duration(const config::Value& value, bool may_be_zero, const std::string& fix);

}  // namespace bellrock::openslo
