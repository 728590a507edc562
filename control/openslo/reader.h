// Readers of OpenSLO's kinds, one function for each, for read.cpp. One load, one thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/config/fields.h"
#include "control/openslo/openslo.h"

namespace bellrock::openslo {

struct Metadata {
  std::string name;
  std::map<std::string, std::string> annotations;
};

struct Indicator {
  std::string journey, objective;
};

struct Condition {
  slo::Severity severity = slo::Severity::kPage;
  double factor = 0;
  std::int64_t long_s = 0, short_s = 0;
  std::optional<std::uint64_t> share_e9;  // from our annotation
};

struct AlertPolicy {
  std::optional<Condition> condition;
  std::optional<config::Value> condition_ref;
};

// What has been read by name; references are followed when all of it has.
struct Tables {
  std::map<std::string, bool> services, sources;
  std::map<std::string, Indicator> indicators;
  std::map<std::string, Condition> conditions;
  std::map<std::string, AlertPolicy> policies;
};

Metadata read_metadata(config::Fields& document);
void read_service(config::Fields& spec);
void read_data_source(config::Fields& spec);
std::optional<Indicator> read_indicator(config::Fields& spec, const Tables& tables);
std::optional<Condition> read_condition(config::Fields& spec, const Metadata& metadata);
AlertPolicy read_alert_policy(config::Fields& spec);
std::optional<Slo> read_slo(config::Fields& spec, const Metadata& metadata, const Tables& tables);

// Whole minutes, as OpenSLO writes them: a number and one of m h d w; months, quarters and years have no fixed length.
std::optional<std::int64_t> read_duration(const config::Value& value, bool may_be_zero);

}  // namespace bellrock::openslo
