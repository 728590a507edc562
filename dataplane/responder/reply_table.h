// The replies a server can give, by number. A reply is bytes that stay where they are and what they are while it is in
// use: sending it, and sending it again after a loss, reads them from here, so that a connection has no send buffer.
// One table a core; the bytes may be shared by all cores. Constant replies are added once at start. Replies that vary
// (an echoed origin, a date) are made by the server in memory of its own, added, and removed when in_use() is 0.
// A server that needs the memory sooner revokes one: its bytes are never read again. What was sent of it may still be
// acknowledged, so that a peer who has got all of it notices nothing; a connection that would have to send of it once
// more is reset. Its number stays taken until nobody uses it.
// Bounds: kRepliesMax replies of at most kReplyBytesMax bytes. Nothing is allocated after construction.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/base/bytes.h"
#include "dataplane/base/check.h"
#include "dataplane/wire/checksum.h"

namespace bellrock::responder {

using ReplyId = std::uint16_t;

// As many as a site has kinds of answers and origins, many times over. A revoked one keeps its number until its
// connections' timers end, a second or two: so many that to use them up takes ten thousand new connections a second.
inline constexpr std::size_t kRepliesMax = 16'384;

// Sequence numbers in flight stay far below half their space.
inline constexpr std::size_t kReplyBytesMax = 1 << 20;

inline constexpr ReplyId kNoReply = 0xffff;

class ReplyTable {
 public:
  ReplyTable() {
    for (std::size_t i = 0; i < kRepliesMax; ++i) free_[i] = static_cast<ReplyId>(kRepliesMax - 1 - i);
  }

  // Not empty, at most kReplyBytesMax bytes; kNoReply when the table is full.
  [[nodiscard]] ReplyId add(Bytes bytes) {
    CHECK(!bytes.empty() && bytes.size() <= kReplyBytesMax);
    if (free_count_ == 0) return kNoReply;
    const ReplyId id = free_[--free_count_];
    replies_[id] = {bytes.data(), static_cast<std::uint32_t>(bytes.size()), 0, wire::add_to_sum(0, bytes)};
    return id;
  }
  [[nodiscard]] bool full() const { return free_count_ == 0; }
  // Not in use.
  void remove(ReplyId id) {
    CHECK(in_use(id) == 0 && replies_[id].data != nullptr);
    release(id);
  }
  // In use or not: nothing of it is sent any more, and its memory is the server's again.
  void revoke(ReplyId id) {
    CHECK(replies_[id].data != nullptr);
    if (in_use(id) == 0) return release(id);
    replies_[id].data = nullptr;
  }
  // Only of one that is in use.
  [[nodiscard]] bool is_revoked(ReplyId id) const { return replies_[id].data == nullptr; }

  // Queued or in flight, over all connections.
  [[nodiscard]] std::uint32_t in_use(ReplyId id) const { return replies_[id].uses; }
  [[nodiscard]] Bytes bytes(ReplyId id) const { return {replies_[id].data, replies_[id].bytes}; }
  [[nodiscard]] std::uint32_t size(ReplyId id) const { return replies_[id].bytes; }
  [[nodiscard]] std::uint64_t sum(ReplyId id) const { return replies_[id].sum; }  // one's complement, of all bytes

  void use(ReplyId id) { ++replies_[id].uses; }
  void unuse(ReplyId id) {
    DCHECK(replies_[id].uses > 0);
    if (--replies_[id].uses == 0 && is_revoked(id)) [[unlikely]]
      release(id);
  }

 private:
  void release(ReplyId id) {
    replies_[id] = {};
    free_[free_count_++] = id;
  }

  struct Reply {
    const std::uint8_t* data = nullptr;
    std::uint32_t bytes = 0;
    std::uint32_t uses = 0;
    std::uint64_t sum = 0;
  };
  std::array<Reply, kRepliesMax> replies_{};
  std::array<ReplyId, kRepliesMax> free_{};
  std::size_t free_count_ = kRepliesMax;
};

}  // namespace bellrock::responder
