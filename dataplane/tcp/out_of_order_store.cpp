#include "dataplane/tcp/out_of_order_store.h"

#include <algorithm>
#include <cstring>

#include "dataplane/base/sequence.h"

namespace bellrock::tcp {

OutOfOrderStore::OutOfOrderStore(std::size_t pool_bytes) : blocks_(std::max<std::size_t>(1, pool_bytes / kBlockBytes)) {
  for (std::size_t i = blocks_.size(); i-- > 0;) free_block(static_cast<BlockIndex>(i));
}

StoreResult OutOfOrderStore::insert(PieceQueue& queue, Piece& piece, Room room, Repeated& repeated) {
  while (!piece.bytes.empty()) {
    const BlockIndex previous = last_block_from(queue, piece.sequence);
    const BlockIndex following = previous == kNoBlock ? queue.first : blocks_[previous].next;
    if (previous != kNoBlock && before(piece.sequence, blocks_[previous].end)) {
      const std::size_t covered = std::min(piece.bytes.size(), std::size_t{blocks_[previous].end - piece.sequence});
      repeated.bytes += covered;
      repeated.conflicting += compare(blocks_[previous], piece, covered);
      piece.advance(covered);
      continue;
    }
    std::size_t fresh = piece.bytes.size();
    if (following != kNoBlock) fresh = std::min(fresh, std::size_t{blocks_[following].begin - piece.sequence});

    const bool continues = previous != kNoBlock && blocks_[previous].end == piece.sequence;
    std::size_t taken = continues ? append(blocks_[previous], piece, fresh) : 0;
    if (taken == 0) {
      if (room.blocks == 0 || (!continues && room.runs == 0)) return StoreResult::kConnectionFull;
      const BlockIndex block = take_block();
      if (block == kNoBlock) return StoreResult::kPoolFull;
      blocks_[block].begin = blocks_[block].end = blocks_[block].read_sequence = piece.sequence;
      taken = append(blocks_[block], piece, fresh);
      link(queue, previous, block);
      --room.blocks;
      if (!continues) {
        ++queue.runs;
        --room.runs;
      }
    }
    piece.advance(taken);
    if (following != kNoBlock && blocks_[following].begin == piece.sequence) {
      --queue.runs;  // two runs have met
      ++room.runs;
    }
  }
  return StoreResult::kStored;
}

Piece OutOfOrderStore::front(const PieceQueue& queue) const {
  const Block& block = blocks_[queue.first];
  const PieceHeader header = header_at(block, block.read);
  return {block.read_sequence,
          header.ack,
          {header.time_ns},
          {block.data + block.read + kHeaderBytes, header.bytes},
          header.late};
}

void OutOfOrderStore::pop(PieceQueue& queue) {
  const BlockIndex index = queue.first;
  Block& block = blocks_[index];
  const std::uint16_t bytes = header_at(block, block.read).bytes;
  block.read = static_cast<std::uint16_t>(block.read + kHeaderBytes + bytes);
  block.read_sequence += bytes;
  if (block.read < block.write) return;
  queue.first = block.next;
  if (queue.first == kNoBlock) queue.last = kNoBlock;
  if (queue.first == kNoBlock || blocks_[queue.first].begin != block.end) --queue.runs;
  --queue.blocks;
  free_block(index);
}

std::uint64_t OutOfOrderStore::clear(PieceQueue& queue) {
  std::uint64_t bytes = 0;
  while (!queue.empty()) {
    bytes += front(queue).bytes.size();
    pop(queue);
  }
  return bytes;
}

OutOfOrderStore::PieceHeader OutOfOrderStore::header_at(const Block& block, std::size_t offset) const {
  PieceHeader header;
  std::memcpy(&header.time_ns, block.data + offset, 8);
  std::memcpy(&header.ack, block.data + offset + 8, 4);
  std::memcpy(&header.bytes, block.data + offset + 12, 2);
  header.late = block.data[offset + 14] != 0;
  return header;
}

// The last block that begins at or before `sequence`.
BlockIndex OutOfOrderStore::last_block_from(const PieceQueue& queue, std::uint32_t sequence) const {
  if (queue.empty()) return kNoBlock;
  if (!before(sequence, blocks_[queue.last].begin)) return queue.last;
  BlockIndex found = kNoBlock;
  for (BlockIndex i = queue.first; i != kNoBlock && !before(sequence, blocks_[i].begin); i = blocks_[i].next) found = i;
  return found;
}

// How many of the first `count` bytes of `piece` differ from what the block holds at their place.
std::uint64_t OutOfOrderStore::compare(const Block& block, const Piece& piece, std::size_t count) const {
  std::uint64_t different = 0;
  std::uint32_t at = block.begin;
  const std::uint32_t stop = piece.sequence + static_cast<std::uint32_t>(count);
  for (std::size_t offset = 0; offset < block.write;) {
    const std::size_t bytes = header_at(block, offset).bytes;
    const std::uint8_t* held = block.data + offset + kHeaderBytes;
    const std::uint32_t end = at + static_cast<std::uint32_t>(bytes);
    const std::uint32_t from = before(at, piece.sequence) ? piece.sequence : at;
    const std::uint32_t to = before(end, stop) ? end : stop;
    for (std::uint32_t i = from; before(i, to); ++i) {
      different += held[i - at] != piece.bytes[i - piece.sequence] ? 1U : 0U;
    }
    at = end;
    offset += kHeaderBytes + bytes;
  }
  return different;
}

std::size_t OutOfOrderStore::append(Block& block, const Piece& piece, std::size_t count) {
  const std::size_t room = sizeof(block.data) - block.write;
  if (room <= kHeaderBytes) return 0;
  count = std::min(count, room - kHeaderBytes);
  std::uint8_t* at = block.data + block.write;
  const auto bytes = static_cast<std::uint16_t>(count);
  std::memcpy(at, &piece.time.ns, 8);
  std::memcpy(at + 8, &piece.ack, 4);
  std::memcpy(at + 12, &bytes, 2);
  at[14] = piece.late ? 1 : 0;
  std::memcpy(at + kHeaderBytes, piece.bytes.data(), count);
  block.write = static_cast<std::uint16_t>(block.write + kHeaderBytes + count);
  block.end += static_cast<std::uint32_t>(count);
  return count;
}

BlockIndex OutOfOrderStore::take_block() {
  const BlockIndex block = first_free_;
  if (block == kNoBlock) return kNoBlock;
  first_free_ = blocks_[block].next;
  --free_count_;
  blocks_[block].read = 0;
  blocks_[block].write = 0;
  return block;
}

void OutOfOrderStore::link(PieceQueue& queue, BlockIndex previous, BlockIndex block) {
  BlockIndex& place = previous == kNoBlock ? queue.first : blocks_[previous].next;
  blocks_[block].next = place;
  place = block;
  if (blocks_[block].next == kNoBlock) queue.last = block;
  ++queue.blocks;
}

void OutOfOrderStore::free_block(BlockIndex block) {
  blocks_[block].next = first_free_;
  first_free_ = block;
  ++free_count_;
}

}  // namespace bellrock::tcp
