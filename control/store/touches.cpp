#include "control/store/touches.h"

#include <algorithm>
#include <utility>

namespace bellrock::store {
namespace {

// Deletions count in the upper half of a version, writes in the lower.
constexpr unsigned kDeletionsShift = 32;

std::int64_t chunk_of(std::int64_t unix_s, std::int64_t chunk_s) {
  const std::int64_t into = unix_s % chunk_s;
  return unix_s - into - (into < 0 ? chunk_s : 0);
}

}  // namespace

std::optional<std::uint64_t> ChunkVersions::version(std::int64_t start) const {
  const auto found = std::lower_bound(touched_.begin(), touched_.end(), start,
                                      [](const Touched& one, std::int64_t at) { return one.start < at; });
  std::uint64_t version = found == touched_.end() || found->start != start ? 0 : found->version;
  if (version % 2 != 0) return std::nullopt;
  if (start < deleted_before_) {
    if (deletions_ % 2 != 0) return std::nullopt;
    version += deletions_ << kDeletionsShift;
  }
  return version;
}

std::vector<std::int64_t> ChunkVersions::touched() const {
  std::vector<std::int64_t> starts;
  for (const auto& one : touched_) starts.push_back(one.start);
  return starts;
}

void ChunkVersions::touch(std::int64_t unix_s) {
  const std::int64_t start = chunk_of(unix_s, chunk_s_);
  auto found = std::lower_bound(touched_.begin(), touched_.end(), start,
                                [](const Touched& one, std::int64_t at) { return one.start < at; });
  if (found == touched_.end() || found->start != start) found = touched_.insert(found, {start, 0});
  if (found->version % 2 == 0) ++found->version;
}

void ChunkVersions::settle() {
  for (auto& one : touched_) one.version += one.version % 2;
}

void ChunkVersions::delete_before(std::int64_t before) {
  deleted_before_ = std::max(deleted_before_, before);
  ++deletions_;
}

// Versions of what is gone are kept only where something may still be read: what is written there again begins anew,
// and the number of deletions tells it from what was there before.
void ChunkVersions::forget_before(std::int64_t before) {
  ++deletions_;
  const auto end = std::lower_bound(touched_.begin(), touched_.end(), before - chunk_s_,
                                    [](const Touched& one, std::int64_t at) { return one.start < at; });
  touched_.erase(touched_.begin(), end);
}

void Touches::begin(std::span<const ReceivedFrame> frames) {
  for (const auto& received : frames) {
    for (const auto& [start, window] : received.frame->windows) {
      now_.fine.touch(start);
      now_.hours.touch(start);
      now_.days.touch(start);
    }
  }
  publish();
}

void Touches::begin_trim(std::int64_t minutes_before, std::int64_t before) {
  trimming_ = true;
  minutes_before_ = minutes_before;
  before_ = before;
  now_.fine.delete_before(minutes_before);
  now_.hours.delete_before(before);
  now_.days.delete_before(before);
  publish();
}

void Touches::end(bool done) {
  now_.fine.settle();
  now_.hours.settle();
  now_.days.settle();
  if (std::exchange(trimming_, false)) {
    for (const auto& [parts, before] :
         {std::pair{&now_.fine, minutes_before_}, {&now_.hours, before_}, {&now_.days, before_}}) {
      done ? parts->forget_before(before) : parts->keep_all();
    }
  }
  publish();
}

void Touches::publish() {
  auto state = std::make_shared<const TouchState>(now_);
  const std::lock_guard lock(mutex_);
  state_ = std::move(state);
}

std::shared_ptr<const TouchState> Touches::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

}  // namespace bellrock::store
