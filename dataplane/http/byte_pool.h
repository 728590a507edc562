// Memory for messages that arrive in pieces: blocks of fixed size, chained. Taken at construction, never grown; one per
// core. A chain is as long as what was appended; taking and giving back is O(1) a block. The pool knows which of its
// chains began first, so that its owner can take that one back when the pool is full: O(1), however many there are.
#pragma once

#include <cstdint>

#include "dataplane/base/bytes.h"
#include "dataplane/base/huge_array.h"

namespace bellrock::http {

struct Chain {
  std::uint32_t last = 0;   // block; its successor is the first one. Meaningless when empty
  std::uint32_t bytes = 0;  // appended so far
  [[nodiscard]] bool empty() const { return bytes == 0; }
};

class BytePool {
 public:
  // 1 KiB: a browser's head is 0.5-2 KiB, so most split heads take one or two.
  static constexpr std::size_t kBlockBytes = 1'024;

  explicit BytePool(std::size_t blocks);

  // All of `bytes`, or false and nothing when the pool has not enough blocks. owner: whatever finds the chain again;
  // of an empty chain's first bytes, which make it the newest. 0: nobody will ask.
  [[nodiscard]] bool append(Chain& chain, Bytes bytes, std::uint32_t owner = 0);
  // `size` bytes from `offset` on, copied to `out`.
  void copy(const Chain& chain, std::size_t offset, std::size_t size, std::uint8_t* out) const;
  void clear(Chain& chain);

  [[nodiscard]] std::size_t free_blocks() const { return free_count_; }
  // The owner of the chain that was begun before all others; kNone: all are empty.
  [[nodiscard]] std::uint32_t oldest_owner() const { return oldest_ == kNone ? kNone : blocks_[oldest_].owner; }
  // Enough for `bytes` more, appended to one chain or to several of which all but the last are cleared.
  [[nodiscard]] static std::size_t blocks_for(std::size_t bytes) { return blocks_of(bytes) + 1; }

  static constexpr std::uint32_t kNone = UINT32_MAX;

 private:
  struct Block {
    std::uint32_t next;
    std::uint32_t older, newer, owner;  // of a chain's first block
    std::uint8_t data[kBlockBytes - 4 * sizeof(std::uint32_t)];
  };
  static constexpr std::size_t kDataBytes = sizeof(Block::data);

  static std::size_t blocks_of(std::size_t bytes) { return (bytes + kDataBytes - 1) / kDataBytes; }
  std::uint32_t take();
  void join(std::uint32_t first, std::uint32_t owner);
  void leave(std::uint32_t first);

  HugeArray<Block> blocks_;
  std::uint32_t free_ = 0;
  std::size_t free_count_ = 0;
  std::uint32_t oldest_ = kNone, newest_ = kNone;  // first blocks of chains, by when they were begun
};

}  // namespace bellrock::http
