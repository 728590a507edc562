#include "control/plane/incident_log.h"

#include <algorithm>
#include <future>
#include <memory>
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
    const std::lock_guard lock(mutex_);
    if (numbers_.size() >= kWaitingMax) numbers_.clear();
    numbers_[all.begin()->first] = *written;
    all.erase(all.begin());
    refused_ = false;
  }
  return Done{};
}

// True when each has a number.
bool IncidentLog::look_up(std::span<KeptIncident> incidents) const {
  const std::lock_guard lock(mutex_);
  bool all = true;
  for (auto& one : incidents) {
    const auto known = numbers_.find(one.key);
    if (one.id == 0 && known != numbers_.end()) one.id = known->second;
    all = all && one.id != 0;
  }
  return all;
}

void IncidentLog::number(std::span<KeptIncident> incidents, const RunBetween& run_between, store::SeriesStore& store,
                         std::chrono::milliseconds wait) {
  if (look_up(incidents)) return;
  for (const auto& one : incidents) {
    if (one.id == 0) put({&one, 1});
  }
  const auto done = std::make_shared<std::promise<void>>();
  auto written = done->get_future();
  run_between([this, done, &store] {
    (void)write(store);
    done->set_value();
  });
  written.wait_for(wait);
  look_up(incidents);
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
