// Bytes that cannot be delivered yet, copied out of their packets into blocks of one pool per core. Called by the
// reassembler of that core only. All memory is taken at construction.
// Each piece keeps its capture time and the acknowledgement its segment carried. The first copy of a byte wins; later
// copies are compared with it and dropped. Pieces that follow each other share blocks, so that even 1-byte segments
// cost 16 bytes each.
#pragma once

#include <cstdint>

#include "dataplane/base/bytes.h"
#include "dataplane/base/huge_array.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/time.h"

namespace bellrock::tcp {

using BlockIndex = std::uint32_t;
inline constexpr BlockIndex kNoBlock = 0xffffffff;
inline constexpr std::size_t kBlockBytes = 2'048;

// Both directions of a connection together.
inline constexpr std::uint32_t kBlocksPerConnection = kOutOfOrderBytesMax / kBlockBytes;

struct Piece {
  std::uint32_t sequence = 0;
  std::uint32_t ack = 0;
  Instant time;
  Bytes bytes;
  bool late = false;  // the other side had acknowledged it already: sent again, with a newer `ack` than the first time

  void advance(std::size_t count) {
    sequence += static_cast<std::uint32_t>(count);
    bytes = bytes.subspan(count);
  }
};

// The kept bytes of one direction, in sequence order.
struct PieceQueue {
  BlockIndex first = kNoBlock;
  BlockIndex last = kNoBlock;
  std::uint16_t blocks = 0;
  std::uint16_t runs = 0;  // stretches without a hole in them

  [[nodiscard]] bool empty() const { return first == kNoBlock; }
};

enum class StoreResult : std::uint8_t { kStored, kConnectionFull, kPoolFull };

class OutOfOrderStore {
 public:
  explicit OutOfOrderStore(std::size_t pool_bytes);

  // What a connection may still take.
  struct Room {
    std::uint32_t blocks;
    std::uint32_t runs;
  };
  struct Repeated {
    std::uint64_t bytes = 0;        // were there already
    std::uint64_t conflicting = 0;  // of them, had another value
  };

  // Takes what is new in `piece` and advances it past what was dealt with; kStored: past all of it.
  StoreResult insert(PieceQueue& queue, Piece& piece, Room room, Repeated& repeated);

  // The first piece. The queue is not empty; the bytes stay until pop or clear.
  [[nodiscard]] Piece front(const PieceQueue& queue) const;
  void pop(PieceQueue& queue);
  // Forgets everything; how many bytes that were.
  std::uint64_t clear(PieceQueue& queue);

  [[nodiscard]] std::uint32_t begin(const PieceQueue& queue) const { return front(queue).sequence; }
  // Where the last block begins: all holes lie before it.
  [[nodiscard]] std::uint32_t last_begin(const PieceQueue& queue) const { return blocks_[queue.last].begin; }
  [[nodiscard]] std::uint32_t end(const PieceQueue& queue) const { return blocks_[queue.last].end; }
  [[nodiscard]] std::size_t free_blocks() const { return free_count_; }

 private:
  struct Block {
    BlockIndex next;
    std::uint32_t begin;
    std::uint32_t end;
    std::uint16_t read;   // offset of the first piece not yet popped
    std::uint16_t write;  // offset behind the last piece
    std::uint32_t read_sequence;
    std::uint8_t data[kBlockBytes - 20];
  };
  static_assert(sizeof(Block) == kBlockBytes);

  struct PieceHeader {
    std::int64_t time_ns;
    std::uint32_t ack;
    std::uint16_t bytes;
    bool late;
  };
  static constexpr std::size_t kHeaderBytes = 15;
  static constexpr std::size_t kPieceBytesMax = sizeof(Block::data) - kHeaderBytes;

  [[nodiscard]] PieceHeader header_at(const Block& block, std::size_t offset) const;
  [[nodiscard]] BlockIndex last_block_from(const PieceQueue& queue, std::uint32_t sequence) const;
  std::uint64_t compare(const Block& block, const Piece& piece, std::size_t count) const;
  std::size_t append(Block& block, const Piece& piece, std::size_t count);
  BlockIndex take_block();
  void link(PieceQueue& queue, BlockIndex previous, BlockIndex block);
  void free_block(BlockIndex block);

  HugeArray<Block> blocks_;
  BlockIndex first_free_ = kNoBlock;
  std::size_t free_count_ = 0;
};

}  // namespace bellrock::tcp
