// Cells (or hours) that frames are added to: merged in memory and written once for each commit, so that what costs is
// the rows of a commit and not its deltas. A fleet sends the same series in the same window: of 128 frames 127 are
// nearly free. What was written is kept for the commits that follow, up to a bound. Only the writing thread, inside its
// transaction.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "control/flow/histogram.h"
#include "control/store/sqlite.h"

namespace bellrock::store {

// A distribution whose buckets are one array with the empty ones between the first and the last: what is added is never
// looked for.
struct HeldCell {
  std::uint64_t n = 0;
  control::Uint128 sum_ns = 0;
  std::uint64_t min_ns = 0, max_ns = 0, zero = 0, overflow = 0;
  bool measured = false;              // something was: min and max say something
  bool changed = false;               // since it was written
  std::int32_t first = 0;             // the bucket of counts[0]
  std::vector<std::uint64_t> counts;  // at most the buckets there are, 16 KiB

  void add(const control::Histogram& delta);
  void add(const control::Buckets& buckets);
  [[nodiscard]] control::Buckets buckets() const;
};

class CellCache {
 public:
  // `read` selects a row by (series, start), `write` replaces one.
  CellCache(const Connection& connection, const char* read, const char* write)
      : read_(connection, read), write_(connection, write) {}

  // As it stands with all that was added; read from its table when it is not held. Valid until `flush` or `forget`.
  HeldCell& at(std::int64_t series, std::int64_t start);

  // Writes what has changed, in the table's order. Lets go of everything where that is more than the bound.
  void flush();
  // After a rollback, or when somebody else has written to the table.
  void forget();
  // So much is held that a frame more should wait for `flush`.
  [[nodiscard]] bool full() const;

  // Of one cache; about 50 MB, and as much for buckets, the empty ones between others too.
  static constexpr std::size_t kCellsMax = 256 * 1024;
  static constexpr std::size_t kBucketsMax = 6 * 1024 * 1024;

 private:
  using Key = std::pair<std::int64_t, std::int64_t>;  // series, start
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  void write(const Key& key, HeldCell& cell);

  Statement read_, write_;
  std::unordered_map<Key, HeldCell, Hash> cells_;
  std::vector<std::pair<Key, HeldCell*>> changed_;
  std::size_t buckets_ = 0;  // held as of the last flush
};

}  // namespace bellrock::store
