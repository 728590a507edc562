// Events that a core counts, harvested and sent as an agent does; what the frames weigh. For tests of what travels.
#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

#include "control/harvest/harvester.h"
#include "control/proto/frame_codec.h"
#include "dataplane/board/board.h"
#include "dataplane/flow/cell.h"
#include "dataplane/journey/snapshot.h"

namespace bellrock {

inline constexpr std::int64_t kFirst = 176'400'000 * kWindow;

inline board::Board board_of(const journey::Definition& definition) {
  const auto snapshot = journey::encode(definition);
  board::BoardSpec spec;
  spec.sizes = board::sizes_for(definition, snapshot.size());
  spec.snapshot = snapshot;
  return board::Board::create_anonymous(spec).value();
}

struct Sent {
  std::uint64_t bytes = 0;  // of all frames
  std::uint64_t frames = 0, window_bytes_max = 0, message_bytes_max = 0;
  std::size_t series = 0;      // in the last frame with counts
  std::uint64_t overflow = 0;  // what found no cell of its own
  std::set<CellKind> kinds;
  std::uint64_t storyboards = 0;
  double seconds = 0;
  [[nodiscard]] double per_second() const { return static_cast<double>(bytes) / seconds; }
};

// The agent's side: frames as they would be sent.
class Agent {
 public:
  Agent(board::Board& board, const journey::Definition& definition) : harvester_(board, definition) {}
  void ask() { harvester_.ask(); }
  void collect(Sent& sent) {
    while (auto frame = harvester_.collect()) {
      frame->node = "edge-1";
      frame->seq = ++seq_;
      frame->sent_unix_ms = 1'764'000'000'000;
      frame->edge = control::EdgeState{true, 1'764'000'000'000};
      const std::size_t bytes = proto::encode(*frame).size();
      sent.bytes += bytes;
      ++sent.frames;
      window_ += bytes;
      sent.message_bytes_max = std::max<std::uint64_t>(sent.message_bytes_max, proto::message_bytes(*frame));
      if (!frame->windows.empty()) sent.series = frame->windows.begin()->second.size();
      for (const auto& [window, series] : frame->windows) {
        for (const auto& [key, histogram] : series) sent.kinds.insert(key.kind);
      }
      sent.storyboards += frame->storyboards.size();
      sent.overflow = frame->counters["event.series_overflow"];
      harvester_.mark_drained();
    }
  }
  void end_window(Sent& sent) { sent.window_bytes_max = std::max(sent.window_bytes_max, std::exchange(window_, 0)); }

 private:
  harvest::Harvester harvester_;
  std::uint64_t seq_ = 0, window_ = 0;
};

}  // namespace bellrock
