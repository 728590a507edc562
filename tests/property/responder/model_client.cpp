#include "tests/property/responder/model_client.h"

#include <algorithm>

namespace bellrock::responder::test {

namespace {

constexpr unsigned kFin = 1, kSyn = 2, kRst = 4, kPsh = 8, kAck = 16;
constexpr std::int64_t kPatienceMs = 300;

}  // namespace

ModelClient::ModelClient(ClientPlan plan, std::uint32_t isn, Send send)
    : plan_(std::move(plan)), send_(std::move(send)), isn_(isn) {
  path_.to_mac = {2, 0, 0, 0, 0, 1};
  path_.from_mac = {2, 0, 0, 0, 0, 9};
  path_.source = {10, 1, static_cast<std::uint8_t>(plan_.number >> 8), static_cast<std::uint8_t>(plan_.number)};
  path_.destination = {192, 0, 2, 1};
  path_.source_port = static_cast<std::uint16_t>(20'000 + plan_.number % 7'919);
  path_.destination_port = 80;
}

void ModelClient::begin(std::int64_t now_ms) {
  now_ms_ = progress_ms_ = now_ms;
  state_ = State::kSynSent;
  emit(kSyn, 0, 0);
}

std::uint32_t ModelClient::end() const {
  const bool fin = plan_.closes_first ? heard_.size() == plan_.wanted.size() : peer_fin_;
  return static_cast<std::uint32_t>(plan_.stream.size()) + (fin ? 1 : 0);
}

void ModelClient::emit(unsigned flags, std::uint32_t offset, std::size_t bytes) {
  TcpFrame frame = path_;
  frame.flags = static_cast<std::uint8_t>(flags);
  frame.sequence = isn_ + ((flags & kSyn) != 0 ? 0 : 1 + offset);
  if ((flags & kAck) != 0)
    frame.acknowledgement = peer_isn_ + 1 + static_cast<std::uint32_t>(heard_.size()) + (peer_fin_ ? 1 : 0);
  frame.window = 0xffff;
  if ((flags & kSyn) != 0) {
    frame.mss = 1'460;
    frame.sack_permitted = plan_.sack;
  }
  if (plan_.timestamps) frame.timestamps = {static_cast<std::uint32_t>(now_ms_), ts_recent_};
  const std::string_view part =
      std::string_view(plan_.stream).substr(std::min<std::size_t>(offset, plan_.stream.size()), bytes);
  frame.payload.assign(part.begin(), part.end());
  send_(build(frame));
}

void ModelClient::send_more() {
  const std::uint32_t last = end();
  while (next_ < last && next_ - una_ < plan_.segments_in_flight * plan_.segment_bytes) {
    const std::size_t bytes = std::min<std::size_t>(
        plan_.segment_bytes, plan_.stream.size() - std::min<std::size_t>(next_, plan_.stream.size()));
    const bool fin = bytes == 0;
    emit(fin ? kFin | kAck : kPsh | kAck, next_, bytes);
    next_ += fin ? 1 : static_cast<std::uint32_t>(bytes);
  }
}

void ModelClient::send_again() {
  const std::uint32_t was = next_;
  next_ = una_;
  const std::size_t bytes = std::min<std::size_t>(
      plan_.segment_bytes, plan_.stream.size() - std::min<std::size_t>(una_, plan_.stream.size()));
  emit(bytes == 0 ? kFin | kAck : kPsh | kAck, una_, bytes);
  next_ = was;
}

void ModelClient::on_tick(std::int64_t now_ms) {
  now_ms_ = now_ms;
  if (over() || now_ms - progress_ms_ < kPatienceMs) return;
  progress_ms_ = now_ms;
  if (state_ == State::kSynSent) return emit(kSyn, 0, 0);
  if (state_ == State::kOpen && una_ < next_) send_again();
}

void ModelClient::on_frame(const TcpFrame& frame, std::int64_t now_ms) {
  now_ms_ = now_ms;
  if (state_ == State::kDone || state_ == State::kIdle) return;
  if (state_ == State::kTimeWait) {
    if ((frame.flags & kFin) != 0) emit(kAck, next_, 0);
    return;
  }
  if ((frame.flags & kRst) != 0) {
    problem_ = "a RST";
    state_ = State::kDone;
    return;
  }
  if (state_ == State::kSynSent) {
    if (frame.flags != (kSyn | kAck) || frame.acknowledgement != isn_ + 1) return;
    peer_isn_ = frame.sequence;
    if (frame.timestamps) ts_recent_ = frame.timestamps->first;
    if (frame.timestamps.has_value() != plan_.timestamps) problem_ = "timestamps, or none, against the SYN";
    state_ = State::kOpen;
    progress_ms_ = now_ms;
    emit(kAck, 0, 0);
    return send_more();
  }
  if ((frame.flags & kSyn) != 0) {  // a late copy: the acknowledgement was lost
    if (una_ == 0 && next_ == 0) emit(kAck, 0, 0);
    return;
  }
  take(frame);
}

void ModelClient::take(const TcpFrame& frame) {
  const std::uint32_t acked = frame.acknowledgement - isn_ - 1;
  if (acked > next_) {
    problem_ = "an acknowledgement of what was never sent";
    return;
  }
  if (acked > una_) {
    una_ = acked;
    progress_ms_ = now_ms_;
    duplicates_ = 0;
  } else if (acked == una_ && una_ < next_ && frame.payload.empty() && ++duplicates_ == 3) {
    send_again();
  }
  const std::uint32_t offset = frame.sequence - peer_isn_ - 1;
  const auto size = static_cast<std::uint32_t>(frame.payload.size());
  const bool fin = (frame.flags & kFin) != 0;
  const std::size_t before = heard_.size();
  if (offset <= heard_.size() && offset + size > heard_.size() && !peer_fin_) {
    heard_.append(frame.payload.begin() + static_cast<std::ptrdiff_t>(heard_.size() - offset), frame.payload.end());
    if (frame.timestamps) ts_recent_ = frame.timestamps->first;
  }
  if (fin && offset + size == heard_.size()) peer_fin_ = true;
  if (heard_.size() > plan_.wanted.size() ||
      heard_.compare(before, std::string::npos, plan_.wanted, before, heard_.size() - before) != 0)
    problem_ = "another reply than the one that is due";
  if (size > 0 || fin) emit(kAck, next_, 0);
  send_more();
  finish_if_over();
}

void ModelClient::finish_if_over() {
  if (!peer_fin_ || una_ < plan_.stream.size() + 1) return;
  if (heard_.size() != plan_.wanted.size()) problem_ = "the server closed before all replies were there";
  state_ = State::kTimeWait;
}

}  // namespace bellrock::responder::test
