// Which parts of a store's time have been written to, by versions: what was added up of a part is still true while its
// version is the same (sum_cache.h). One writer; states may be taken and read on any thread.
//
// A version is odd while a transaction that writes to the part is under way. A reader takes a state before its snapshot
// begins and one after: a part that has the same even version in both has no write that the snapshot may or may not
// see. Bounded: one entry for each part that was written to since the start, at most as many as are kept, 16 bytes
// each.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "control/store/series_store.h"

namespace bellrock::store {

// Parts of time, counted from the epoch: of what is kept by the minute, and two of what is kept by the hour.
inline constexpr std::int64_t kFineChunkSeconds = 600;
inline constexpr std::int64_t kHourChunkSeconds = 3'600;
inline constexpr std::int64_t kDayChunkSeconds = 86'400;

// The versions of parts of one length.
class ChunkVersions {
 public:
  explicit ChunkVersions(std::int64_t chunk_s) : chunk_s_(chunk_s) {}
  // None while it is being written to.
  [[nodiscard]] std::optional<std::uint64_t> version(std::int64_t start) const;
  // The starts of all parts that were written to.
  [[nodiscard]] std::vector<std::int64_t> touched() const;
  // The start of the newest part that was written to: it is about to be again. The end of time before the first.
  [[nodiscard]] std::int64_t newest() const {
    return touched_.empty() ? std::numeric_limits<std::int64_t>::max() : touched_.back().start;
  }

  // How often parts were deleted, twice; odd while some are being deleted.
  [[nodiscard]] std::uint64_t deletions() const { return deletions_; }

  void touch(std::int64_t unix_s);          // the part it lies in
  void settle();                            // what was touched
  void delete_before(std::int64_t before);  // all parts that begin earlier are about to lose counts
  void forget_before(std::int64_t before);  // and have lost them
  void keep_all() { ++deletions_; }         // or have not: the deletion failed

 private:
  struct Touched {
    std::int64_t start;
    std::uint64_t version;
  };
  std::int64_t chunk_s_;
  std::vector<Touched> touched_;  // by start
  std::int64_t deleted_before_ = 0;
  std::uint64_t deletions_ = 0;  // odd: one is under way
};

struct TouchState {
  ChunkVersions fine{kFineChunkSeconds}, hours{kHourChunkSeconds}, days{kDayChunkSeconds};
};

class Touches {
 public:
  // Around a transaction, whatever becomes of it; `done`: it was committed.
  void begin(std::span<const ReceivedFrame> frames);
  void begin_trim(std::int64_t minutes_before, std::int64_t before);
  void end(bool done);

  [[nodiscard]] std::shared_ptr<const TouchState> state() const;

 private:
  void publish();

  TouchState now_;  // the writer's
  bool trimming_ = false;
  std::int64_t minutes_before_ = 0, before_ = 0;
  mutable std::mutex mutex_;
  std::shared_ptr<const TouchState> state_ = std::make_shared<const TouchState>();  // under mutex_
};

}  // namespace bellrock::store
