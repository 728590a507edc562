// An objective as the evaluator needs it: what is counted was decided at the edge, here are the target and its rules.
// Made from the compiled configuration by plane/catalog.h. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/base/time.h"

namespace bellrock::slo {

inline constexpr std::uint64_t kOne = 1'000'000'000;  // targets are in parts per 10^9: exact decimals of up to 9 places

struct Objective {
  std::string journey;
  std::string name;
  std::uint64_t version = 0;  // counts of other versions are not mixed in
  bool is_latency = false;
  bool is_consistency = false;  // of visits: all attempts met the latency `of`
  bool per_session = false;     // success of visits, each as its last attempt
  std::uint64_t target_e9 = 0;
  bool strict = false;  // met only above the target
  bool has_max_unknown = false;
  std::uint64_t max_unknown_e9 = 0;
  Duration threshold = 0;  // latency
  bool or_equal = false;   // latency: at the threshold is good
  // For people: which steps and outcomes the edge counts by.
  std::string count_from, from, to, of;
  unsigned min_attempts = 0;
  std::vector<std::string> bad, excluded;

  // False with a target of nothing or of everything: there is no budget to burn.
  [[nodiscard]] bool has_budget() const { return target_e9 > 0 && target_e9 < kOne; }
  // Of the attempts, how many may be unknown; none: any share of them.
  [[nodiscard]] std::optional<std::uint64_t> unknown_bound() const {
    return has_max_unknown ? std::optional(max_unknown_e9) : std::nullopt;
  }
};

}  // namespace bellrock::slo
