// Which frames are in the database, in memory: read once, and then what other centres write is added before each batch.
// So what it costs to tell a repeat does not rise with what came before. Of each source it holds the frames that are no
// more than kSeqsRemembered below the oldest that the source still holds, 16 bytes each. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "control/store/clickhouse_client.h"
#include "control/store/series_store.h"

namespace bellrock::store {

class KnownFrames {
 public:
  explicit KnownFrames(const ClickHouseClient& client);

  // Whether frames that it does not know of may be folded, of which those of the hours before `frames_before` are: then
  // all has to be read again.
  [[nodiscard]] bool missed(std::uint32_t frames_before) const { return frames_before > first_hour(); }
  // Adds what was written by any intake but `own` since the last look, with two hours to spare, and looks from `hour`
  // on the next time.
  void look(std::uint64_t own, std::uint32_t hour);
  // Adds a frame that was written.
  void add(const ReceivedFrame& received);
  // That `intake` writes no more; what it has written up to `ordinal` is known.
  void retire(std::uint64_t intake, std::uint64_t ordinal) { seen_[intake] = ordinal; }

  // What becomes of a frame that is known; none: it is new.
  [[nodiscard]] std::optional<Applied> judge(const ReceivedFrame& received) const;
  // Whether a frame of this node and boot came before.
  [[nodiscard]] bool has_source(const control::DeltaFrame& frame) const {
    return sources_.contains({frame.node, frame.boot});
  }

 private:
  using Source = std::pair<std::string, control::Id128>;
  using Seq = std::pair<std::uint64_t, std::uint64_t>;  // and its digest, folded
  struct Frames {
    std::uint64_t oldest_seq_held = 0, frozen_below = 0;
    std::int64_t newest_minute = 0;  // in which it sent a frame, by its own time; where all are folded, by the centre's
    std::vector<Seq> seqs;           // in order
  };

  [[nodiscard]] std::uint32_t first_hour() const {
    constexpr std::uint32_t kToSpare = 2;
    return looked_ - std::min(looked_, kToSpare);
  }
  void read(RowReader& rows);  // node, boot, seq, digest, oldest_seq_held, heard
  static void add(Frames& frames, std::uint64_t seq, std::uint64_t digest, std::uint64_t oldest);

  const ClickHouseClient& client_;
  std::map<Source, Frames> sources_;
  std::uint32_t looked_ = 0;
  std::map<std::uint64_t, std::uint64_t> seen_;  // of each intake, up to which ordinal
};

}  // namespace bellrock::store
