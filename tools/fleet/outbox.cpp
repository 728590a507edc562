#include "tools/fleet/outbox.h"

#include <algorithm>

#include "control/proto/frame_codec.h"

namespace bellrock::fleet {

void Outbox::push(const control::DeltaFrame& frame) {
  Parcel parcel{frame.seq, std::make_shared<const std::vector<std::uint8_t>>(proto::encode(frame))};
  const std::lock_guard lock(mutex_);
  pending_.push_back(std::move(parcel));
}

std::vector<Parcel> Outbox::ready(std::int64_t now) const {
  const std::lock_guard lock(mutex_);
  std::vector<Parcel> parcels;
  std::copy_if(pending_.begin(), pending_.end(), std::back_inserter(parcels),
               [&](const Parcel& parcel) { return parcel.not_before <= now; });
  return parcels;
}

void Outbox::hold(std::uint64_t seq, std::int64_t not_before) {
  const std::lock_guard lock(mutex_);
  for (auto& parcel : pending_) {
    if (parcel.seq == seq) parcel.not_before = not_before;
  }
}

void Outbox::settle(std::uint64_t seq) {
  const std::lock_guard lock(mutex_);
  const auto at = std::find_if(pending_.begin(), pending_.end(), [&](const Parcel& one) { return one.seq == seq; });
  if (at == pending_.end()) return;
  answered_.push_back(std::move(*at));
  pending_.erase(at);
  if (answered_.size() > kForgotten) answered_.pop_front();
}

std::size_t Outbox::restart() {
  const std::lock_guard lock(mutex_);
  const std::size_t again = answered_.size();
  std::move(answered_.begin(), answered_.end(), std::back_inserter(pending_));
  answered_.clear();
  std::sort(pending_.begin(), pending_.end(), [](const Parcel& a, const Parcel& b) { return a.seq < b.seq; });
  return again;
}

void Outbox::clear() {
  const std::lock_guard lock(mutex_);
  pending_.clear();
  answered_.clear();
}

bool Outbox::empty() const {
  const std::lock_guard lock(mutex_);
  return pending_.empty();
}

std::uint64_t Outbox::oldest() const {
  const std::lock_guard lock(mutex_);
  return pending_.empty() ? 0 : pending_.front().seq;
}

}  // namespace bellrock::fleet
