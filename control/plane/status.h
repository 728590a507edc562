// The centre's own state: /api/v1/status, /readyz and /metrics. Any thread.
#pragma once

#include <string>
#include <vector>

#include "control/plane/intake.h"
#include "control/plane/outbox.h"
#include "control/plane/views.h"

namespace bellrock::plane {

struct Process {
  std::string version;
  std::string title;
  std::int64_t started_unix_s = 0;
};

// `problems` are what a person should look at; without any, `healthy` is true.
// `troubles` are further ones that the store knows nothing of.
View status_view(store::StoreSnapshot& snapshot, const Catalog& catalog, const Intake& intake, const Process& process,
                 std::int64_t now, std::vector<std::string> troubles = {});

// OpenMetrics 1.0, with the names that Sloth's dashboards read (sloth.dev) beside our own: ratios of `watched`, as of
// its last look, where there is one. Counters of attempts run over all time, so that they never go back when old
// windows are deleted. `sent`: of messages to those who are told of alerts, where anybody is.
Result<std::string, store::StoreError> metrics_text(store::StoreSnapshot& snapshot, const Catalog& catalog,
                                                    const Intake& intake, std::int64_t now, const WatchState* watched,
                                                    const OutboxCounts* sent = nullptr);

}  // namespace bellrock::plane
