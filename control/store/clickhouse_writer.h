// Writes frames to ClickHouse: first their cells, then, in one block, the rows of `frames` that make them visible.
// Nothing is said to be done before the server is known to have it on its disk. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "control/store/clickhouse_client.h"
#include "control/store/clickhouse_known.h"
#include "control/store/clickhouse_soundness.h"
#include "control/store/novelty.h"

namespace bellrock::store {

control::Uint128 total_of(const control::DeltaFrame& frame);  // Σ n

class ClickHouseWriter {
 public:
  ClickHouseWriter(const ClickHouseClient& client, Soundness& soundness);

  std::vector<Applied> apply(std::span<const ReceivedFrame> frames);

  // The same for one of several shards: whether counts may run over is asked of all, where `check_counts` says that
  // they might, and `beside` are the other shards.
  std::vector<Applied> apply(std::span<const ReceivedFrame> frames, bool check_counts,
                             std::span<const ClickHouseClient* const> beside);
  [[nodiscard]] control::Uint128 total() const { return total_; }    // Σ n of all frames
  [[nodiscard]] const Novelty& novelty() const { return novelty_; }  // its problems, from any thread

 private:
  using Identity = std::tuple<std::string, control::Id128, std::uint64_t>;
  using Digest = std::array<std::uint8_t, 32>;
  struct Rest {
    std::deque<control::DeltaFrame> frames;
    std::deque<ReceivedFrame> received;
  };

  void load();
  void begin_intake();
  void look();
  std::vector<Applied> apply_together(std::span<const ReceivedFrame> frames, bool check_counts,
                                      std::span<const ClickHouseClient* const> beside);
  std::optional<Applied> judge(const ReceivedFrame& received, const std::map<Identity, Digest>& taken) const;
  // A frame of a node and boot that are not too many, `boots` are new in this batch.
  bool admit(const ReceivedFrame& received, std::set<std::pair<std::string, control::Id128>>& boots);
  // The frame, or what of it there is room for, which stands in `rest` then.
  const ReceivedFrame* take_series(const ReceivedFrame& received, Rest& rest);
  [[nodiscard]] bool counts_fit(const control::DeltaFrame& frame,
                                std::span<const ClickHouseClient* const> beside) const;
  void write(const std::vector<const ReceivedFrame*>& frames);
  void add_storyboards(RowWriter& rows, const control::DeltaFrame& frame) const;

  const ClickHouseClient& client_;
  Soundness& soundness_;
  std::uint64_t sound_ = 0;           // its number when all below was read
  std::optional<KnownFrames> known_;  // always there
  std::uint64_t intake_ = 0, ordinal_ = 0;
  std::uint32_t hour_ = 0;      // never back: what is older may be rolled up and gone
  control::Uint128 total_ = 0;  // Σ n of all frames
  Novelty novelty_;
  std::set<control::SeriesKey> series_;
  RowWriter new_series_;  // of them, those that the table has not got yet
};

}  // namespace bellrock::store
