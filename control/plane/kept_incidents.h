// The incidents of one objective as they are kept, held against what its minutes say now: counts that come late, or
// were not looked at before a stop, may move an incident, end it, find another, or say that there was none. What is
// kept comes to be what the minutes give, under the name that each incident was first kept by. Pure, one thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "control/plane/journal.h"

namespace bellrock::plane {

class KeptIncidents {
 public:
  // `rules`: names what counts as an incident; another number is another target or policy.
  KeptIncidents(std::string journey, std::string objective, std::uint64_t rules)
      : journey_(std::move(journey)), objective_(std::move(objective)), rules_(rules) {}

  // Closes one that is open and that nobody will look at any more, since the configuration has changed.
  static KeptIncident retire(KeptIncident kept, std::int64_t now);

  // What the journal has, in any order.
  void remember(std::vector<KeptIncident> kept);

  // Those that were not withdrawn, in the order of time.
  [[nodiscard]] std::vector<slo::Incident> incidents() const;

  // `found`: all incidents by the minutes as they are known now, in the order of time. What was over by `since` stands.
  // An incident that was kept and is not found again is withdrawn, or, where other rules had found it, left as it is or
  // retired. Those that are new or have changed, to be written down; `now` is when it became known.
  std::vector<KeptIncident> reconcile(std::span<const slo::Incident> found, std::int64_t since, std::int64_t now);

 private:
  [[nodiscard]] std::string key_of(const slo::Incident& incident) const;
  KeptIncident& add(const slo::Incident& incident, std::int64_t now);
  // False when nothing changed.
  [[nodiscard]] bool change(KeptIncident& kept, const slo::Incident& incident, std::int64_t now) const;
  [[nodiscard]] bool withdraw(KeptIncident& kept, std::int64_t now) const;

  std::string journey_, objective_;
  std::uint64_t rules_;
  std::vector<KeptIncident> kept_;
};

}  // namespace bellrock::plane
