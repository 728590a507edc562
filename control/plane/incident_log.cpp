#include "control/plane/incident_log.h"

#include <algorithm>
#include <utility>

namespace bellrock::plane {

void IncidentLog::put(std::span<const KeptIncident> incidents) {
  const std::lock_guard lock(mutex_);
  for (const auto& one : incidents) waiting_.insert_or_assign(one.key, one);
  while (waiting_.size() > kWaitingMax) {
    waiting_.erase(std::min_element(waiting_.begin(), waiting_.end(), [](const auto& a, const auto& b) {
      return a.second.incident.detected < b.second.incident.detected;
    }));
  }
}

Status<store::StoreError> IncidentLog::write(store::SeriesStore& store, const Written& on_written) {
  std::map<std::string, KeptIncident> all;
  {
    const std::lock_guard lock(mutex_);
    all = std::exchange(waiting_, {});
  }
  while (!all.empty()) {
    const auto written = store.write_journal(to_entry(all.begin()->second));
    if (!written.ok()) {
      const std::lock_guard lock(mutex_);
      waiting_.merge(all);  // what was put meanwhile is newer, and stays
      if (!std::exchange(refused_, true)) news_ = written.error().message;
      return Failure{written.error()};
    }
    all.begin()->second.id = *written;
    on_written(all.begin()->second);
    all.erase(all.begin());
    const std::lock_guard lock(mutex_);
    refused_ = false;
  }
  return Done{};
}

std::size_t IncidentLog::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

std::string IncidentLog::news() {
  const std::lock_guard lock(mutex_);
  return std::exchange(news_, {});
}

}  // namespace bellrock::plane
