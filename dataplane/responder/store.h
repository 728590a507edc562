// Bytes that cannot be delivered yet, copied into blocks of one pool per core: what came out of order, and what the
// server did not take. Used by the stack of that core only. All memory is taken at construction. Copies, and not the
// port's buffers, so that slow or hostile peers can never starve its receive ring, and so that a 1-byte segment costs
// one byte and not a buffer. None of these bytes is acknowledged: they may be thrown away. Bounds: kRangesMax ranges
// and kBlocksMax blocks a connection. A full pool takes the blocks of another connection. The first copy of a byte
// wins; later ones are dropped.
#pragma once

#include <cstdint>

#include "dataplane/base/huge_array.h"
#include "dataplane/base/limits.h"
#include "dataplane/responder/table.h"

namespace bellrock::responder {

inline constexpr std::size_t kRangesMax = 8;

// The largest window in blocks that are not full, twice over.
inline constexpr std::uint32_t kBlocksMax = 64;

enum class Kept : std::uint8_t { kNew, kOld, kFull };

// [begin, end) of bytes without a hole.
struct Range {
  std::uint32_t begin;
  std::uint32_t end;
  std::uint32_t stamp;  // the higher, the later something was added
};

class Store {
 public:
  Store(std::size_t pool_bytes, Table& table);

  // `evicted` counts connections that lost their bytes to make room. `fin`: it follows the last byte.
  Kept insert(ConnectionIndex owner, std::uint32_t sequence, Bytes data, bool fin, std::uint64_t& evicted);

  struct Front {
    std::uint32_t sequence;
    Bytes bytes;
    bool fin;
  };
  // The owner holds something.
  [[nodiscard]] Front front(const Connection& c) const;
  // The first `count` bytes of the front are gone; the block too if nothing is left of it.
  void consume(Connection& c, std::size_t count);
  // Bytes before `sequence` are gone.
  void discard_before(Connection& c, std::uint32_t sequence);
  void clear(Connection& c);

  [[nodiscard]] std::uint32_t begin(const Connection& c) const { return blocks_[c.held].begin; }
  // The ranges in order; how many there are.
  std::size_t ranges(const Connection& c, std::array<Range, kRangesMax>& out) const;

  [[nodiscard]] std::uint32_t free_blocks() const { return free_count_; }
  [[nodiscard]] std::uint32_t blocks() const { return static_cast<std::uint32_t>(blocks_.size()); }

 private:
  static constexpr std::size_t kBlockData = 2'048 - 24;
  struct Block {
    std::uint32_t next;
    ConnectionIndex owner;
    std::uint32_t begin;
    std::uint32_t end;
    std::uint32_t stamp;
    std::uint16_t offset;  // of the byte at `begin`
    bool fin;
    bool used;
    std::uint8_t data[kBlockData];
  };
  static_assert(sizeof(Block) == 2'048);

  struct Place;
  Kept insert_fin(ConnectionIndex owner, Place place, std::uint32_t sequence, std::uint64_t& evicted);
  bool may_grow(const Connection& c, const Place& place, std::uint32_t sequence, std::size_t count) const;
  std::size_t add(ConnectionIndex owner, Place& place, std::uint32_t sequence, Bytes data, std::uint64_t& evicted);
  std::uint32_t take_block(ConnectionIndex owner, std::uint64_t& evicted);
  void free_block(std::uint32_t block);

  Table& table_;
  HugeArray<Block> blocks_;
  std::uint32_t first_free_ = kNoBlock;
  std::uint32_t free_count_ = 0;
  std::uint32_t hand_ = 0;
  std::uint32_t stamp_ = 0;
};

}  // namespace bellrock::responder
