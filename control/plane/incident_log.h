// Incidents on their way into the store's journal: what cannot be written is tried again, until it is. `put` and
// `number` are called by the thread that runs the watch, `write` by the writing thread. Holds the last state of each
// incident that waits, at most kWaitingMax; beyond, the one that was detected first is given up, and found again after
// a start.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>

#include "control/plane/journal.h"

namespace bellrock::plane {

class IncidentLog {
 public:
  static constexpr std::size_t kWaitingMax = 10'000;

  void put(std::span<const KeptIncident> incidents);

  // Writes what waits, until the store refuses; the rest waits on. `on_written` gets each one under its number.
  using Written = std::function<void(const KeptIncident&)>;
  Status<store::StoreError> write(
      store::SeriesStore& store, const Written& on_written = [](const auto&) {});

  // Gives each the number of its entry, so that who is told of it can ask for it. Those that have none yet are written
  // first, by `run_between`, which has the writing thread do something: waited for no longer than `wait`, since
  // nobody's page hangs on a store that has failed. Then the number stays 0.
  using RunBetween = std::function<void(std::function<void()>)>;
  void number(std::span<KeptIncident> incidents, const RunBetween& run_between, store::SeriesStore& store,
              std::chrono::milliseconds wait);

  [[nodiscard]] std::size_t waiting() const;

  // Why the store refused, once each time that it begins to; else empty.
  std::string news();

 private:
  bool look_up(std::span<KeptIncident> incidents) const;

  mutable std::mutex mutex_;
  std::map<std::string, std::int64_t> numbers_;  // by key, of what was written; under mutex_, as all below
  std::map<std::string, KeptIncident> waiting_;  // by key
  bool refused_ = false;
  std::string news_;
};

}  // namespace bellrock::plane
