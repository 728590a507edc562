// Directories, frames and a centre for the agent's tests.
#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <tuple>

#include "control/agent/files.h"
#include "control/agent/spool.h"
#include "control/agent/uplink.h"
#include "control/proto/frame_codec.h"

namespace bellrock::agent {

class TestDirectory {
 public:
  TestDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "bellrock-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  ~TestDirectory() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string path() const { return path_.string(); }
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// A frame with `starts` attempts of one journey, and `padding` series to make it long.
inline control::DeltaFrame frame_of(std::uint64_t starts, unsigned padding = 0) {
  control::DeltaFrame frame;
  frame.node = "node";
  frame.board_id.fill(1);
  auto& window = frame.windows[1'000];
  window[{.journey = "checkout", .version = 1, .kind = CellKind::kStart, .item = "", .detail = "", .dimensions = {}}]
      .n = starts;
  frame.recorded = starts;
  std::uint64_t noise = 88'172'645'463'325'252;
  for (unsigned i = 0; i < padding; ++i) {
    noise ^= noise << 13, noise ^= noise >> 7, noise ^= noise << 17;
    window[{.journey = "checkout",
            .version = noise,
            .kind = CellKind::kStart,
            .item = "",
            .detail = "",
            .dimensions = {}}]
        .n = 1;
    ++frame.recorded;
  }
  return frame;
}

// What a centre does with frames, in memory: each triple once.
class Centre {
 public:
  proto::ReplyResult take(Bytes bytes) {
    const std::lock_guard lock(mutex_);
    auto decoded = proto::decode(bytes);
    if (!decoded.ok()) return proto::ReplyResult::kRefused;
    control::DeltaFrame& frame = decoded->frame;
    const auto [at, fresh] = seen_.try_emplace({frame.boot, frame.seq}, proto::digest(bytes));
    if (!fresh) {
      return at->second == proto::digest(bytes) ? proto::ReplyResult::kRepeated : proto::ReplyResult::kConflict;
    }
    for (const auto& [start, series] : frame.windows) {
      for (const auto& [key, histogram] : series) n_[key.kind] += histogram.n;
    }
    open_[frame.board_id] = frame.open;
    for (const auto& [journey, lost] : frame.board_lost) board_lost_ += lost;
    for (const auto& range : frame.lost) lost_.insert({frame.boot, range.first, range.last});
    last_ = std::move(frame);
    return proto::ReplyResult::kApplied;
  }
  Post post() {
    return [this](Bytes frame) -> Result<net::HttpReply, net::NetError> {
      const proto::ReplyResult result = take(frame);
      const unsigned status = result == proto::ReplyResult::kConflict  ? 409
                              : result == proto::ReplyResult::kRefused ? 422
                                                                       : 200;
      const std::int64_t now = clock_says ? unix_ms() + clock_ahead_ms : 0;
      return net::HttpReply{status, proto::encode_reply({result, "", now, now}), std::nullopt,
                            "application/x-protobuf"};
    };
  }
  // How far its clock is ahead of the agent's, and whether it says what it shows, as older centres do not.
  std::atomic<std::int64_t> clock_ahead_ms = 0;
  std::atomic<bool> clock_says = true;

  [[nodiscard]] std::uint64_t n(CellKind kind) const {
    const std::lock_guard lock(mutex_);
    const auto found = n_.find(kind);
    return found == n_.end() ? 0 : found->second;
  }
  [[nodiscard]] std::uint64_t open() const {
    const std::lock_guard lock(mutex_);
    std::uint64_t sum = 0;
    for (const auto& [board, levels] : open_) {
      for (const auto& [journey, level] : levels) sum += level;
    }
    return sum;
  }
  [[nodiscard]] std::uint64_t board_lost() const {
    const std::lock_guard lock(mutex_);
    return board_lost_;
  }
  [[nodiscard]] std::size_t frames() const {
    const std::lock_guard lock(mutex_);
    return seen_.size();
  }
  [[nodiscard]] control::DeltaFrame last() const {
    const std::lock_guard lock(mutex_);
    return last_;
  }
  [[nodiscard]] std::set<std::tuple<control::Id128, std::uint64_t, std::uint64_t>> lost() const {
    const std::lock_guard lock(mutex_);
    return lost_;
  }
  // Somebody else used this identity before.
  void spoil(const control::Id128& boot, std::uint64_t seq) {
    const std::lock_guard lock(mutex_);
    seen_[{boot, seq}] = {};
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<control::Id128, std::uint64_t>, proto::Digest> seen_;
  std::map<CellKind, std::uint64_t> n_;
  std::map<control::Id128, std::map<std::string, std::uint64_t>> open_;
  std::set<std::tuple<control::Id128, std::uint64_t, std::uint64_t>> lost_;
  std::uint64_t board_lost_ = 0;
  control::DeltaFrame last_;
};

}  // namespace bellrock::agent
