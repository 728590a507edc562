// Objectives as OpenSLO v1 documents, and back (github.com/OpenSLO/OpenSLO). Start-up and command line; pure.
//
// Every field of v1 is either taken or refused by its name, with file, line and column. What OpenSLO has no field for
// travels in annotations bellrock.dev/…; so read(write(x)) is x, and write(read(t)) is t for every t of `write`.
// Counts come from the edge: the only metric source there is is type `bellrock`, whose spec names a journey, an
// objective and a result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "control/config/diagnostic.h"
#include "control/config/written.h"
#include "control/slo/policy.h"

namespace bellrock::openslo {

// What a policy has beside alerts; as it usually is unless it is said.
struct Extras {
  std::uint64_t failures_min = slo::LowTrafficGate{}.failures_min;
  std::int64_t keep_firing_s = slo::Policy{}.keep_firing_s;
  std::int64_t recovered_s = slo::Policy{}.recovered_s;
  std::vector<slo::BudgetStep> steps = slo::Policy{}.steps;
  std::uint64_t postmortem_e9 = slo::Policy{}.postmortem_e9;

  friend bool operator==(const Extras&, const Extras&) = default;
};

struct Slo {
  std::string journey, objective;
  std::string description;
  std::uint64_t target_e9 = 0;
  bool strict = false;
  std::int64_t period_s = 0;         // rolling
  std::vector<slo::BurnPair> pairs;  // alerts; their period is that of the objective
  Extras extras{};

  friend bool operator==(const Slo&, const Slo&) = default;
};

// A stream of documents: one DataSource, a Service for each journey, an SLO for each objective, and for each pair an
// AlertPolicy with its AlertCondition.
std::string write(std::span<const Slo> slos);

struct Documents {
  std::vector<Slo> slos;                 // in the order of their documents; complete only when ok
  std::vector<config::Written> targets;  // where the target of each of them is written
  std::vector<config::Diagnostic> diagnostics;
  [[nodiscard]] bool ok() const;
};
// Ten times what a thousand objectives with the usual alerts need, which is as many as there can be policies.
inline constexpr std::size_t kDocumentsBytesMax = 32 * 1024 * 1024;
Documents read(const std::string& file, const std::string& text);

// "30d", "1h", "5m": the largest of OpenSLO's units that divides whole minutes exactly, but weeks and longer.
std::string duration_text(std::int64_t seconds);

}  // namespace bellrock::openslo
