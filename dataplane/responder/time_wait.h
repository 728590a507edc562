// What is remembered of a closed connection, in a stub of 24 bytes. When our FIN was the first, it is TIME-WAIT (RFC
// 9293 3.4, 3.6): late segments are acknowledged. After every other end they get a RST. In both cases a new connection
// of the same ports begins only with newer numbers (RFC 6191): a late copy of the segment that completed the handshake
// carries a cookie that is still good, and would otherwise open the connection, and deliver its request, once more. The
// key is a 64-bit fingerprint under a secret key. One set of kWays stubs for each hash; a full set forgets the one that
// ends first, which is counted. Expiry is by comparison and by a slow sweep; nothing is linked. One thread, all memory
// taken at construction.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "dataplane/base/huge_array.h"
#include "dataplane/responder/connection.h"

namespace bellrock::responder {

namespace stub {
inline constexpr std::uint8_t kTimestamps = 1;  // ts_recent is valid
inline constexpr std::uint8_t kGone = 2;        // not TIME-WAIT: late segments get a RST
}  // namespace stub

struct Stub {
  std::uint64_t fingerprint = 0;
  std::uint32_t rcv_nxt = 0;
  std::uint32_t snd_nxt = 0;
  std::uint32_t ts_recent = 0;
  std::uint16_t ends_at = 0;  // in kHeardMs
  bool used = false;
  std::uint8_t kind = 0;
};
static_assert(sizeof(Stub) == 24);

class TimeWait {
 public:
  explicit TimeWait(std::uint32_t stubs)
      : stubs_(std::bit_ceil(std::max<std::size_t>(stubs, kWays)), Stub{}), set_mask_(stubs_.size() / kWays - 1) {}

  [[nodiscard]] Stub* find(std::uint64_t fingerprint, std::uint16_t now) {
    if (live_ == 0) return nullptr;
    Stub* set = set_of(fingerprint);
    for (std::size_t i = 0; i < kWays; ++i) {
      if (!set[i].used || set[i].fingerprint != fingerprint) continue;
      if (ended(set[i], now)) remove(set[i]);
      return set[i].used ? &set[i] : nullptr;
    }
    return nullptr;
  }
  // True when it took the place of one that had not ended.
  bool add(const Stub& stub, std::uint16_t now) {
    Stub* set = set_of(stub.fingerprint);
    Stub* place = &set[0];
    for (std::size_t i = 0; i < kWays; ++i) {
      if (!set[i].used || ended(set[i], now)) {
        place = &set[i];
        break;
      }
      if (static_cast<std::int16_t>(set[i].ends_at - place->ends_at) < 0) place = &set[i];
    }
    const bool evicts = place->used && !ended(*place, now);
    if (!place->used) ++live_;
    *place = stub;
    place->used = true;
    return evicts;
  }
  void remove(Stub& stub) {
    stub.used = false;
    --live_;
  }
  // Forgets the ended ones among the next `count`.
  void sweep(std::size_t count, std::uint16_t now) {
    for (std::size_t i = 0; i < count && live_ > 0; ++i) {
      if (stubs_[hand_].used && ended(stubs_[hand_], now)) remove(stubs_[hand_]);
      hand_ = (hand_ + 1) & (stubs_.size() - 1);
    }
  }
  [[nodiscard]] std::uint32_t live() const { return live_; }
  [[nodiscard]] std::size_t capacity() const { return stubs_.size(); }

 private:
  static constexpr std::size_t kWays = 8;
  static bool ended(const Stub& stub, std::uint16_t now) { return static_cast<std::int16_t>(stub.ends_at - now) <= 0; }
  Stub* set_of(std::uint64_t fingerprint) { return &stubs_[(fingerprint & set_mask_) * kWays]; }

  HugeArray<Stub> stubs_;
  std::size_t set_mask_;
  std::size_t hand_ = 0;
  std::uint32_t live_ = 0;
};

}  // namespace bellrock::responder
