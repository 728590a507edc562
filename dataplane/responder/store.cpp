#include "dataplane/responder/store.h"

#include <algorithm>

#include "dataplane/base/sequence.h"

namespace bellrock::responder {

// Between two blocks of a connection; either may be kNoBlock.
struct Store::Place {
  std::uint32_t previous = kNoBlock;
  std::uint32_t next = kNoBlock;
};

Store::Store(std::size_t pool_bytes, Table& table)
    : table_(table), blocks_(std::max<std::size_t>(pool_bytes / sizeof(Block), 1), Block{}) {
  for (std::size_t i = blocks_.size(); i-- > 0;) free_block(static_cast<std::uint32_t>(i));
}

Kept Store::insert(ConnectionIndex owner, std::uint32_t sequence, Bytes data, bool fin, std::uint64_t& evicted) {
  Connection& c = table_[owner];
  Place place{kNoBlock, c.held};
  bool added = false;
  ++stamp_;
  for (;;) {
    while (place.next != kNoBlock && distance(sequence, blocks_[place.next].end) <= 0) {
      place = {place.next, blocks_[place.next].next};
    }
    if (place.previous != kNoBlock && blocks_[place.previous].fin) break;  // behind the end there is nothing
    if (place.next != kNoBlock && distance(blocks_[place.next].begin, sequence) >= 0) {
      Block& known = blocks_[place.next];
      const auto skip = std::min<std::size_t>(data.size(), known.end - sequence);
      known.stamp = stamp_;
      sequence += static_cast<std::uint32_t>(skip);
      data = data.subspan(skip);
      if (sequence != known.end) break;
      continue;
    }
    if (data.empty()) break;
    std::size_t count = data.size();
    if (place.next != kNoBlock) count = std::min<std::size_t>(count, blocks_[place.next].begin - sequence);
    count = add(owner, place, sequence, data.first(count), evicted);
    if (count == 0) return Kept::kFull;
    added = true;
    sequence += static_cast<std::uint32_t>(count);
    data = data.subspan(count);
  }
  if (!fin || !data.empty()) return added ? Kept::kNew : Kept::kOld;
  const Kept end = insert_fin(owner, place, sequence, evicted);
  return added && end == Kept::kOld ? Kept::kNew : end;
}

// The FIN follows the byte before `sequence`. A FIN with bytes behind it, or in the midst of some, is wrong.
Kept Store::insert_fin(ConnectionIndex owner, Place place, std::uint32_t sequence, std::uint64_t& evicted) {
  Connection& c = table_[owner];
  if (place.next != kNoBlock) return Kept::kOld;
  if (place.previous != kNoBlock && blocks_[place.previous].fin) return Kept::kOld;
  if (place.previous == kNoBlock || blocks_[place.previous].end != sequence) {
    if (!may_grow(c, place, sequence, 0)) return Kept::kFull;
    const std::uint32_t block = take_block(owner, evicted);
    if (block == kNoBlock) return Kept::kFull;
    blocks_[block].begin = blocks_[block].end = sequence;
    (place.previous == kNoBlock ? c.held : blocks_[place.previous].next) = block;
    place.previous = block;
  }
  blocks_[place.previous].fin = true;
  blocks_[place.previous].stamp = stamp_;
  return Kept::kNew;
}

// One more block, and one more range if it touches neither neighbour, are within the bounds.
bool Store::may_grow(const Connection& c, const Place& place, std::uint32_t sequence, std::size_t count) const {
  std::uint32_t blocks = 0;
  for (std::uint32_t b = c.held; b != kNoBlock; b = blocks_[b].next) ++blocks;
  if (blocks >= kBlocksMax) return false;
  const bool after = place.previous != kNoBlock && blocks_[place.previous].end == sequence;
  const bool before = place.next != kNoBlock && blocks_[place.next].begin == sequence + count;
  if (after || before) return true;
  std::array<Range, kRangesMax> unused;
  return ranges(c, unused) < kRangesMax;
}

// Adds as much of `data` as one block takes, at `place`, which moves behind it. 0: no room.
std::size_t Store::add(ConnectionIndex owner, Place& place, std::uint32_t sequence, Bytes data,
                       std::uint64_t& evicted) {
  if (place.previous != kNoBlock) {
    Block& previous = blocks_[place.previous];
    const std::size_t used = std::size_t{previous.offset} + (previous.end - previous.begin);
    if (previous.end == sequence && used < kBlockData) {
      const std::size_t count = std::min(data.size(), kBlockData - used);
      std::memcpy(previous.data + used, data.data(), count);
      previous.end += static_cast<std::uint32_t>(count);
      previous.stamp = stamp_;
      return count;
    }
  }
  Connection& c = table_[owner];
  if (!may_grow(c, place, sequence, data.size())) return 0;
  const std::uint32_t index = take_block(owner, evicted);
  if (index == kNoBlock) return 0;
  Block& block = blocks_[index];
  const std::size_t count = std::min(data.size(), kBlockData);
  std::memcpy(block.data, data.data(), count);
  block.begin = sequence;
  block.end = sequence + static_cast<std::uint32_t>(count);
  block.next = place.next;
  block.stamp = stamp_;
  (place.previous == kNoBlock ? c.held : blocks_[place.previous].next) = index;
  place.previous = index;
  return count;
}

// When the pool is empty, the connection at the hand gives all of its blocks.
std::uint32_t Store::take_block(ConnectionIndex owner, std::uint64_t& evicted) {
  for (std::uint32_t looked = 0; first_free_ == kNoBlock && looked < blocks(); ++looked) {
    const Block& block = blocks_[hand_];
    if (block.used && block.owner != owner) {
      clear(table_[block.owner]);
      ++evicted;
    }
    hand_ = hand_ + 1 == blocks() ? 0 : hand_ + 1;
  }
  const std::uint32_t index = first_free_;
  if (index == kNoBlock) return kNoBlock;
  Block& block = blocks_[index];
  first_free_ = block.next;
  --free_count_;
  block.next = kNoBlock;
  block.owner = owner;
  block.offset = 0;
  block.fin = false;
  block.used = true;
  return index;
}

void Store::free_block(std::uint32_t index) {
  blocks_[index].used = false;
  blocks_[index].next = first_free_;
  first_free_ = index;
  ++free_count_;
}

Store::Front Store::front(const Connection& c) const {
  const Block& block = blocks_[c.held];
  return {block.begin, Bytes(block.data + block.offset, block.end - block.begin), block.fin};
}

void Store::consume(Connection& c, std::size_t count) {
  Block& block = blocks_[c.held];
  block.begin += static_cast<std::uint32_t>(count);
  block.offset = static_cast<std::uint16_t>(block.offset + count);
  if (block.begin != block.end || block.fin) return;
  const std::uint32_t index = c.held;
  c.held = block.next;
  free_block(index);
}

void Store::discard_before(Connection& c, std::uint32_t sequence) {
  while (c.held != kNoBlock) {
    const Block& block = blocks_[c.held];
    const std::int32_t old = distance(block.begin, sequence);
    if (old <= 0) return;
    const auto count = std::min(static_cast<std::uint32_t>(old), block.end - block.begin);
    if (count == 0) return;  // only a FIN is left
    consume(c, count);
  }
}

void Store::clear(Connection& c) {
  while (c.held != kNoBlock) {
    const std::uint32_t index = c.held;
    c.held = blocks_[index].next;
    free_block(index);
  }
}

std::size_t Store::ranges(const Connection& c, std::array<Range, kRangesMax>& out) const {
  std::size_t count = 0;
  for (std::uint32_t b = c.held; b != kNoBlock; b = blocks_[b].next) {
    const Block& block = blocks_[b];
    if (count > 0 && out[count - 1].end == block.begin) {
      out[count - 1].end = block.end;
      out[count - 1].stamp = std::max(out[count - 1].stamp, block.stamp);
    } else if (count < kRangesMax) {
      out[count++] = {block.begin, block.end, block.stamp};
    }
  }
  return count;
}

}  // namespace bellrock::responder
