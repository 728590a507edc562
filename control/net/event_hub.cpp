#include "control/net/event_hub.h"

#include <algorithm>
#include <utility>

namespace bellrock::net {

std::string event_text(std::string_view name, std::string_view data) {
  std::string text = "event: ";
  text.append(name).append("\n");
  for (;;) {
    const std::size_t end = data.find_first_of("\r\n");
    text.append("data: ").append(data.substr(0, end)).append("\n");
    if (end == std::string_view::npos) break;
    data.remove_prefix(end + (data.substr(end, 2) == "\r\n" ? 2 : 1));
  }
  return text.append("\n");
}

void EventReader::push(std::shared_ptr<const std::string> event) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() < kWaitingMax) {
    waiting_.push_back(std::move(event));
  } else {
    lags_ = true;
  }
  if (wake_) wake_();
}

std::string EventReader::take() {
  const std::lock_guard lock(mutex_);
  std::string all;
  for (const auto& one : waiting_) all.append(*one);
  waiting_.clear();
  return all;
}

bool EventReader::lags() const {
  const std::lock_guard lock(mutex_);
  return lags_;
}

void EventReader::wake_by(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

// Under the mutex. Forgets those that were let go.
std::vector<std::shared_ptr<EventReader>> EventHub::alive() {
  std::vector<std::shared_ptr<EventReader>> all;
  std::erase_if(readers_, [&](const auto& weak) {
    auto reader = weak.lock();
    if (!reader) return true;
    all.push_back(std::move(reader));
    return false;
  });
  return all;
}

std::shared_ptr<EventReader> EventHub::join() {
  const std::lock_guard lock(mutex_);
  if (alive().size() >= readers_max_) return nullptr;
  auto reader = std::make_shared<EventReader>();
  readers_.push_back(reader);
  return reader;
}

void EventHub::publish(std::string_view name, std::string_view data) {
  std::vector<std::shared_ptr<EventReader>> readers;
  {
    const std::lock_guard lock(mutex_);
    readers = alive();
  }
  if (readers.empty()) return;
  const auto text = std::make_shared<const std::string>(event_text(name, data));
  for (const auto& reader : readers) reader->push(text);
}

std::size_t EventHub::readers() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(readers_.begin(), readers_.end(), [](const auto& weak) { return !weak.expired(); }));
}

}  // namespace bellrock::net
