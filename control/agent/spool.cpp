#include "control/agent/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>

#include "control/proto/frame_codec.h"

namespace bellrock::agent {

namespace {

constexpr std::uint64_t kSegmentBytesMin = 64 * 1024, kSegmentBytesMax = 4 * 1024 * 1024;
constexpr std::uint64_t kSegmentsOfASpool = 16;  // what is given up at once is a small part
constexpr std::size_t kQuarantinedMax = 64;
constexpr std::size_t kLostRangesMax = 1'024;  // far below what a frame may carry

FileError full() { return {"the spool is full of frames that may have been sent", ENOSPC}; }

}  // namespace

Result<bool, FileError> Spool::give_up_oldest() {
  for (Held& held : segments_) {
    if (&held == &segments_.back()) break;
    const auto never_sent = [&](const Entry& entry) {
      return entry.segment == held.number && entry.number > attempted_;
    };
    const auto count = std::count_if(pending_.begin(), pending_.end(), never_sent);
    if (count == 0) continue;
    for (const Entry& entry : pending_) {
      if (never_sent(entry) && entry.boot == boot_) declare_lost(entry.seq);
    }
    TRY(store_lost());  // before they are gone
    std::erase_if(pending_, never_sent);
    held.pending -= static_cast<std::uint64_t>(count);
    status_.lost_frames += static_cast<std::uint64_t>(count);
    store_progress();
    remove_settled_segments();
    return true;
  }
  return false;
}

Status<FileError> Spool::make_room(std::uint64_t bytes) {
  while (bytes_held() + bytes > bytes_max_) {
    TRY_ASSIGN(const bool gave_up, give_up_oldest());
    if (!gave_up) return Failure{full()};
  }
  return Done{};
}

Result<Spool::Held*, FileError> Spool::segment_for(std::uint64_t bytes) {
  const std::uint64_t limit = std::clamp(bytes_max_ / kSegmentsOfASpool, kSegmentBytesMin, kSegmentBytesMax);
  if (segments_.empty() ||
      (segments_.back().segment.bytes() != 0 && segments_.back().segment.bytes() + bytes > limit)) {
    TRY_ASSIGN(Segment segment, Segment::create(path("spool"), next_number_));
    segments_.push_back({next_number_, std::move(segment), 0});
    remove_settled_segments();
  }
  return &segments_.back();
}

void Spool::stamp(control::DeltaFrame& frame) const {
  frame.boot = boot_;
  frame.seq = next_seq_;
  const auto oldest = std::find_if(pending_.begin(), pending_.end(), [&](const Entry& e) { return e.boot == boot_; });
  frame.oldest_seq_held = oldest == pending_.end() ? next_seq_ : oldest->seq;
  frame.lost = lost_;
  frame.sent_unix_ms = unix_ms();
}

Status<FileError> Spool::append_locked(control::DeltaFrame&& frame, const Ledger& ledger,
                                       const std::vector<harvest::Part>& parts, std::uint64_t replaces) {
  stamp(frame);
  std::vector<std::uint8_t> encoded = proto::encode(frame);
  if (replaces == 0 && bytes_held() + encoded.size() > bytes_max_) {
    TRY(make_room(encoded.size()));
    stamp(frame);  // with what was given up
    encoded = proto::encode(frame);
  }
  const RecordMeta meta{.number = next_number_,
                        .boot = boot_,
                        .seq = next_seq_,
                        .digest = proto::digest(encoded),
                        .snapshot = frame.snapshot,
                        .parts = parts,
                        .ledger = ledger,
                        .appended_unix_ms = frame.sent_unix_ms,
                        .replaces = replaces};
  const std::string record = encode_record(meta, encoded);
  TRY_ASSIGN(Held * held, segment_for(record.size()));
  TRY_ASSIGN(const std::uint64_t offset, held->segment.append(record));
  pending_.push_back({meta.number, meta.seq, boot_, held->number, offset + record.size() - encoded.size(),
                      static_cast<std::uint32_t>(encoded.size()), meta.appended_unix_ms});
  ++held->pending;
  if (!lost_.empty() && lost_declared_by_ == 0) lost_declared_by_ = meta.number;
  ++next_number_;
  ++next_seq_;
  ++status_.appended;
  ledger_ = ledger;
  changed_.notify_all();
  return Done{};
}

Status<FileError> Spool::append(control::DeltaFrame frame, const Ledger& ledger,
                                const std::vector<harvest::Part>& parts) {
  const std::lock_guard lock(mutex_);
  return append_locked(std::move(frame), ledger, parts, 0);
}

Result<std::optional<Spool::Outgoing>, FileError> Spool::next() {
  const std::lock_guard lock(mutex_);
  if (pending_.empty()) return std::optional<Outgoing>{};
  const Entry& entry = pending_.front();
  TRY_ASSIGN(auto frame, read(entry));
  if (entry.number > attempted_) {
    attempted_ = entry.number;
    store_progress();
  }
  return std::optional(Outgoing{entry.number, std::move(frame)});
}

void Spool::accepted(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  settle(number);
  if (lost_declared_by_ != 0 && number >= lost_declared_by_) {
    lost_.clear();
    lost_declared_by_ = 0;
    (void)store_lost();  // declaring them once more changes nothing
  }
}

Status<FileError> Spool::refused(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  const Entry* entry = find(number);
  if (entry == nullptr) return Done{};
  const auto frame = read(*entry);
  if (frame.ok()) quarantine(*entry, *frame);
  if (entry->boot == boot_) declare_lost(entry->seq);
  TRY(store_lost());
  ++status_.refused_frames;
  settle(number);
  return Done{};
}

Status<FileError> Spool::conflict(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  if (find(number) == nullptr) return Done{};
  TRY(take_new_boot());
  return restamp();
}

// What the centre has must be known to be settled before the identity changes: it must not get a second one.
Status<FileError> Spool::take_new_boot() {
  store_progress();
  if (::fdatasync(progress_.get()) != 0) return Failure{file_error("cannot sync", path("progress"))};
  control::Id128 fresh;
  fill_random(fresh.data(), fresh.size());
  TRY(replace_file(path("boot"), to_hex(fresh) + "\n"));
  boot_ = fresh;
  next_seq_ = 1;
  lost_.clear();
  lost_declared_by_ = 0;
  ++status_.new_boots;
  return store_lost();
}

// Gives frames of an earlier boot, none of which the centre has taken, identities of this one. Each copy names the
// record it replaces, so that a kill in between neither loses nor doubles one.
Status<FileError> Spool::restamp() {
  std::vector<Entry> old;
  std::copy_if(pending_.begin(), pending_.end(), std::back_inserter(old),
               [&](const Entry& e) { return e.boot != boot_; });
  for (const Entry& entry : old) {
    TRY_ASSIGN(const auto bytes, read(entry));
    auto decoded = proto::decode(bytes);
    if (decoded.ok()) {
      if (decoded->unknown_series != 0) quarantine(entry, bytes);  // a newer agent's: all of it cannot be said again
      TRY(append_locked(std::move(decoded->frame), ledger_, {}, entry.number));
    } else {
      quarantine(entry, bytes);
      ++status_.lost_frames;
    }
    settle(entry.number);
  }
  return Done{};
}

void Spool::quarantine(const Entry& entry, Bytes frame) {
  const std::string directory = path("quarantine");
  if (!make_directory(directory).ok()) return;
  const auto held = std::distance(std::filesystem::directory_iterator(directory), {});
  if (static_cast<std::size_t>(held) >= kQuarantinedMax) return;  // counted all the same
  const std::string name = to_hex(entry.boot) + "-" + std::to_string(entry.seq) + ".frame";
  (void)replace_file(directory + "/" + name, text(frame));
}

Result<std::vector<std::uint8_t>, FileError> Spool::read(const Entry& entry) const {
  for (const Held& held : segments_) {
    if (held.number == entry.segment) return held.segment.read(entry.offset, entry.bytes);
  }
  return Failure{FileError{"a frame's segment is gone", ENOENT}};
}

void Spool::settle(std::uint64_t number) {
  const auto at = std::find_if(pending_.begin(), pending_.end(), [&](const Entry& e) { return e.number == number; });
  if (at == pending_.end()) return;
  for (Held& held : segments_) held.pending -= held.number == at->segment;
  pending_.erase(at);
  store_progress();
  remove_settled_segments();
}

// The newest stays: it holds the last sequence number and the ledger.
void Spool::remove_settled_segments() {
  for (auto at = segments_.begin(); at != segments_.end() && std::next(at) != segments_.end();) {
    if (at->pending != 0) {
      ++at;
      continue;
    }
    at->segment.remove();
    at = segments_.erase(at);
  }
}

void Spool::declare_lost(std::uint64_t seq) {
  if (declared_lost(seq)) return;
  if (!lost_.empty() && lost_.back().last + 1 == seq) {
    lost_.back().last = seq;
  } else if (lost_.size() < kLostRangesMax) {
    lost_.push_back({seq, seq});
    std::sort(lost_.begin(), lost_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  }
  lost_declared_by_ = 0;
}

bool Spool::declared_lost(std::uint64_t seq) const {
  return std::any_of(lost_.begin(), lost_.end(), [seq](const auto& r) { return r.first <= seq && seq <= r.last; });
}

const Spool::Entry* Spool::find(std::uint64_t number) const {
  const auto at = std::find_if(pending_.begin(), pending_.end(), [&](const Entry& e) { return e.number == number; });
  return at == pending_.end() ? nullptr : &*at;
}

std::uint64_t Spool::bytes_held() const {
  std::uint64_t bytes = 0;
  for (const Held& held : segments_) bytes += held.segment.bytes();
  return bytes;
}

void Spool::wait(std::int64_t milliseconds) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(milliseconds), [this] { return !pending_.empty() || woken_; });
  woken_ = false;
}

void Spool::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

Ledger Spool::ledger() const {
  const std::lock_guard lock(mutex_);
  return ledger_;
}

control::Id128 Spool::boot() const {
  const std::lock_guard lock(mutex_);
  return boot_;
}

SpoolStatus Spool::status() const {
  const std::lock_guard lock(mutex_);
  SpoolStatus status = status_;
  status.bytes = bytes_held();
  status.bytes_max = bytes_max_;
  status.pending = pending_.size();
  status.oldest_unix_ms = pending_.empty() ? 0 : pending_.front().appended_unix_ms;
  return status;
}

}  // namespace bellrock::agent
