#include "dataplane/http/byte_pool.h"

#include <algorithm>
#include <cstring>

namespace bellrock::http {

BytePool::BytePool(std::size_t blocks) : blocks_(blocks), free_count_(blocks) {
  for (std::size_t i = 0; i < blocks; ++i) blocks_[i].next = static_cast<std::uint32_t>(i + 1);
}

std::uint32_t BytePool::take() {
  const std::uint32_t block = free_;
  free_ = blocks_[block].next;
  --free_count_;
  return block;
}

void BytePool::join(std::uint32_t first, std::uint32_t owner) {
  Block& block = blocks_[first];
  block.owner = owner;
  block.older = newest_;
  block.newer = kNone;
  (newest_ == kNone ? oldest_ : blocks_[newest_].newer) = first;
  newest_ = first;
}

void BytePool::leave(std::uint32_t first) {
  const Block& block = blocks_[first];
  (block.older == kNone ? oldest_ : blocks_[block.older].newer) = block.newer;
  (block.newer == kNone ? newest_ : blocks_[block.newer].older) = block.older;
}

bool BytePool::append(Chain& chain, Bytes bytes, std::uint32_t owner) {
  if (bytes.empty()) return true;
  if (blocks_of(chain.bytes + bytes.size()) - blocks_of(chain.bytes) > free_count_) return false;
  while (!bytes.empty()) {
    const std::size_t used = chain.bytes % kDataBytes;
    if (used == 0) {
      const std::uint32_t block = take();
      blocks_[block].next = block;
      if (chain.empty()) {
        join(block, owner);
      } else {
        std::swap(blocks_[block].next, blocks_[chain.last].next);
      }
      chain.last = block;
    }
    const std::size_t size = std::min(bytes.size(), kDataBytes - used);
    std::memcpy(blocks_[chain.last].data + used, bytes.data(), size);
    chain.bytes += static_cast<std::uint32_t>(size);
    bytes = bytes.subspan(size);
  }
  return true;
}

void BytePool::copy(const Chain& chain, std::size_t offset, std::size_t size, std::uint8_t* out) const {
  if (size == 0) return;
  std::uint32_t block = blocks_[chain.last].next;
  for (; offset >= kDataBytes; offset -= kDataBytes) block = blocks_[block].next;
  while (size > 0) {
    const std::size_t part = std::min(size, kDataBytes - offset);
    std::memcpy(out, blocks_[block].data + offset, part);
    out += part;
    size -= part;
    offset = 0;
    block = blocks_[block].next;
  }
}

void BytePool::clear(Chain& chain) {
  if (chain.empty()) return;
  const std::uint32_t first = blocks_[chain.last].next;
  leave(first);
  blocks_[chain.last].next = free_;
  free_ = first;
  free_count_ += blocks_of(chain.bytes);
  chain = {};
}

}  // namespace bellrock::http
