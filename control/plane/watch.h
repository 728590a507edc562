// Keeps the alerts of all objectives up to date from what the store holds, minute by minute. `run` is called by one
// thread, every few seconds; `state` by any. Holds four days of minutes for each objective, about 0.7 MB.
//
// After a start the last day is replayed, on top of the incidents that the journal has from before it, which gives the
// alerts that were there before the stop. Attempts that ended with a
// board that vanished are known by the hour only: they are in an objective's bounds, not in these minutes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "control/plane/catalog.h"
#include "control/plane/journal.h"
#include "control/slo/alerts.h"
#include "control/store/series_store.h"

namespace bellrock::plane {

// A minute is looked at so long after its end: a node harvests every ten seconds and sends at once.
inline constexpr std::int64_t kWatchSettleSeconds = 30;
// The longest window of an alert, and what is replayed after a start: a day, or back to a moment at which no incident
// was open, as long as minutes are kept for its windows.
inline constexpr std::int64_t kWindowSeconds = 3 * slo::kDaySeconds;
inline constexpr std::int64_t kReplaySeconds = slo::kDaySeconds;
inline constexpr std::int64_t kReplaySecondsMax = 5 * slo::kDaySeconds;

// One objective at the last tick.
struct Watched {
  std::string journey, objective;
  std::int64_t at_unix_s = 0;  // end of the newest minute looked at; 0: none yet
  std::array<slo::Alert, slo::kSeverityNames.size()> alerts;
  std::vector<slo::PairReading> pairs;  // as in the policy
  std::vector<slo::Minutes> taken_out;  // by corrections
};
using WatchState = std::vector<Watched>;  // in the catalog's order

// What a run found, for the writing thread and for those who are told.
struct WatchNews {
  std::vector<KeptIncident> incidents;  // new ones and those that changed
};

class Watch {
 public:
  Watch(store::SeriesStore& store, const Catalog& catalog);

  // Looks at every minute that has settled by `now` since the last call.
  Result<WatchNews, store::StoreError> run(std::int64_t now);

  // As of the last run; never null.
  [[nodiscard]] std::shared_ptr<const WatchState> state() const;

 private:
  struct Objective {
    const slo::Objective* objective;
    slo::History history;
    slo::Alerts alerts;
    std::vector<KeptIncident> kept;  // the journal's, as far as this objective's minutes reach
    std::int64_t begins = 0;         // its first tick comes after this
  };

  Status<store::StoreError> read_counts(store::StoreSnapshot& snapshot, std::int64_t from, std::int64_t to);
  Status<store::StoreError> remember(store::StoreSnapshot& snapshot);
  void catch_up(Objective& one, const std::vector<slo::Correction>& corrections) const;
  void tick(std::int64_t now, const std::vector<slo::Correction>& corrections);
  static void tick(Objective& one, std::int64_t now, const std::vector<slo::Correction>& corrections);
  void take_news(Objective& one, std::size_t known, WatchNews& news) const;
  void publish(const std::vector<slo::Correction>& corrections);

  store::SeriesStore& store_;
  std::vector<Objective> objectives_;
  std::int64_t read_to_ = 0;  // counts before are in the histories
  std::int64_t ticked_ = 0;   // the last tick; 0: none
  mutable std::mutex mutex_;
  std::shared_ptr<const WatchState> state_;  // under mutex_
};

}  // namespace bellrock::plane
