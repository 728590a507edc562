// Memory for messages that arrive in pieces: blocks of fixed size, chained. Taken at construction, never grown; one per
// core. A chain is as long as what was appended; taking and giving back is O(1) a block.
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

  // All of `bytes`, or false and nothing when the pool has not enough blocks.
  [[nodiscard]] bool append(Chain& chain, Bytes bytes);
  // `size` bytes from `offset` on, copied to `out`.
  void copy(const Chain& chain, std::size_t offset, std::size_t size, std::uint8_t* out) const;
  void clear(Chain& chain);

  [[nodiscard]] std::size_t free_blocks() const { return free_count_; }

 private:
  struct Block {
    std::uint32_t next;
    std::uint8_t data[kBlockBytes - sizeof(std::uint32_t)];
  };
  static constexpr std::size_t kDataBytes = sizeof(Block::data);

  static std::size_t blocks_of(std::size_t bytes) { return (bytes + kDataBytes - 1) / kDataBytes; }
  std::uint32_t take();

  HugeArray<Block> blocks_;
  std::uint32_t free_ = 0;
  std::size_t free_count_ = 0;
};

}  // namespace bellrock::http
