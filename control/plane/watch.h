// Keeps the alerts of all objectives up to date from what the store holds, minute by minute. `run` is called by one
// thread, every few seconds; `state` by any. Holds for each objective the minutes that an alert may look back on, three
// days and what an incident under way needs: about 0.6 MB.
//
// The same counts give the same incidents, whether they came on time, late, or while nobody looked: minutes that change
// after they were looked at are looked at again, from a moment on at which no incident was open, and so are the last
// five days after a start. What counts change that come later than that is not found. Attempts that ended with a board
// that vanished are known by the hour only: they are in an objective's bounds, not in these minutes.
//
// What that costs is bounded whatever comes: of each objective, no more than kReplayPace of old time is read, with what
// windows look back on from there, and as much looked at, in a second. What changes meanwhile waits for the next turn.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "control/plane/catalog.h"
#include "control/plane/kept_incidents.h"
#include "control/slo/alerts.h"
#include "control/store/series_store.h"

namespace bellrock::plane {

// A minute is looked at so long after its end: a node harvests every ten seconds and sends at once.
inline constexpr std::int64_t kWatchSettleSeconds = 30;
// The longest window of an alert, and how far back minutes are looked at again: as long as they are kept for its
// windows.
inline constexpr std::int64_t kWindowSeconds = 3 * slo::kDaySeconds;
inline constexpr std::int64_t kReplaySeconds = 5 * slo::kDaySeconds;
// Counts that are no later than this are read at once, others in turns.
inline constexpr std::int64_t kLateSeconds = 3'600;
// Of old time in a second: a turn of five days is followed by none for five minutes, one of an hour by none for three
// seconds.
inline constexpr std::int64_t kReplayPace = 24 * slo::kMinuteSeconds;
// A clock that goes back by less is waited for.
inline constexpr std::int64_t kClockStepSeconds = 300;

// One objective at the last tick.
struct Watched {
  std::string journey, objective;
  std::int64_t at_unix_s = 0;  // end of the newest minute looked at; 0: none yet
  std::array<slo::Alert, slo::kSeverityNames.size()> alerts;
  std::vector<slo::PairReading> pairs;  // as in the policy
  std::vector<slo::Minutes> taken_out;  // by corrections
  slo::Events present;                  // of the last five minutes, without those
};
using WatchState = std::vector<Watched>;  // in the catalog's order

// What a run found, for the writing thread and for those who are told.
struct WatchNews {
  std::vector<KeptIncident> incidents;    // new ones and those that changed
  std::vector<KeptIncident> untold = {};  // after a start: as they were kept, of whose turns webhooks had not taken all
};

class Watch {
 public:
  Watch(store::SeriesStore& store, const Catalog& catalog);

  // Looks at every minute that has settled by `now` since the last call. What it found before it failed is in the news
  // of the next call that does not.
  Result<WatchNews, store::StoreError> run(std::int64_t now);

  // As of the last run; never null.
  [[nodiscard]] std::shared_ptr<const WatchState> state() const;

 private:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  struct Look {
    std::int64_t now, to;  // the clock, and the end of the newest minute
    const std::vector<slo::Correction>& corrections;
  };
  struct Objective {
    const slo::Objective* objective;
    slo::History history;
    slo::Alerts alerts;
    KeptIncidents kept;
    std::int64_t held = kNever;     // the history is whole from here on
    std::int64_t changed = kNever;  // minutes from here on are no longer what was looked at
    std::int64_t ticked = 0;        // the last tick
    std::int64_t replay_at = 0;     // what has changed is not looked at again before

    [[nodiscard]] bool replays(std::int64_t now, std::int64_t to) const {
      return changed < ticked && (now >= replay_at || ticked > to);
    }
  };

  Status<store::StoreError> remember(store::StoreSnapshot& snapshot, std::int64_t settled);
  [[nodiscard]] bool watches(const std::string& journey, const std::string& objective) const;
  void turn_back(std::int64_t now, std::int64_t settled);
  [[nodiscard]] std::int64_t changed_from(std::int64_t now) const;
  Status<store::StoreError> read(Objective& one, store::StoreSnapshot& snapshot, std::int64_t from, std::int64_t to);
  Status<store::StoreError> read_changed(Objective& one, store::StoreSnapshot& snapshot, const Look& look,
                                         std::int64_t from);
  void look_at(Objective& one, const Look& look);
  void publish(const std::vector<slo::Correction>& corrections);

  store::SeriesStore& store_;
  std::vector<Objective> objectives_;
  std::int64_t ticked_ = 0;     // the last tick; 0: none
  std::int64_t late_ = kNever;  // counts that came from here on are not in the histories
  std::int64_t late_at_ = 0;    // those that are older than kLateSeconds are not read before
  WatchNews news_;
  mutable std::mutex mutex_;
  std::shared_ptr<const WatchState> state_;  // under mutex_
};

}  // namespace bellrock::plane
