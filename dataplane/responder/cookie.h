// SYN cookies (RFC 4987 3.6): everything a handshake has to remember is in the initial sequence number of the SYN-ACK,
// so that a half-open connection costs no memory. The number is
//
//   bits 31-24  segment tag: of that hash's rest, the peer's initial sequence number, its options and timestamps' use
//   bits 23-16  MSS index (3), window scale (4), SACK (1), hidden under more bits of the hash
//   bits 15-0   flow tag: keyed hash of addresses, ports, VLANs and the period
//
// All 32 bits look random to whoever lacks the key, and change with the clock (RFC 6528). Both tags together are 24
// bits: a forged ACK opens a connection once in 2^23 tries, because this period and the last are accepted. Why two
// tags: a later segment may overtake the one that completes the handshake. Its acknowledgement is right, but where the
// stream begins cannot be told from it. The flow tag alone says that such a connection exists: the segment is dropped
// silently and comes again, where a RST would kill a good connection. The hash also gives the offset of our timestamps
// (RFC 7323 5.4), so that the clock is another one for each flow. Pure functions, any thread. Cost: one SipHash of 32
// bytes for each period tried.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/base/siphash.h"
#include "dataplane/responder/inbound.h"

namespace bellrock::responder {

// MSS values that fit three bits; the largest that is not above the peer's is used. Below 536 only odd devices.
inline constexpr std::array<std::uint16_t, 8> kMssTable{48, 536, 1'024, 1'220, 1'340, 1'400, 1'440, 1'460};

// A handshake may take one to two of them. RFC 4987 A: a cookie must not be good for long.
inline constexpr std::uint32_t kCookiePeriodMs = 65'536;

struct Cookie {
  std::uint32_t isn = 0;
  std::uint32_t ts_offset = 0;
};

enum class CookieVerdict : std::uint8_t { kBad, kEarly, kGood };

struct Handshake {
  CookieVerdict verdict = CookieVerdict::kBad;
  std::uint16_t mss = 0;
  std::uint8_t window_scale = 0;  // 0 when the peer does not scale
  bool sack = false;
  std::uint32_t ts_offset = 0;
};

class Cookies {
 public:
  explicit Cookies(SipKey key) : key_(key) {}

  [[nodiscard]] Cookie make(const Inbound& syn, const Offer& offer, std::uint32_t now_ms) const {
    const Hash128 hash = flow_hash(syn, now_ms / kCookiePeriodMs);
    std::uint32_t mss = 0;
    while (mss + 1 < kMssTable.size() && kMssTable[mss + 1] <= offer.mss) ++mss;
    const std::uint32_t options = mss | std::uint32_t{offer.window_scale} << 3 | (offer.sack ? 0x80U : 0U);
    const std::uint32_t isn = segment_tag(hash, syn.sequence, options, syn.has_timestamps) << 24 |
                              (options ^ pad(hash)) << 16 | flow_tag(hash);
    return {isn, static_cast<std::uint32_t>(hash.low >> 32)};
  }

  // Of a segment without SYN that could complete a handshake: its acknowledgement is of the SYN-ACK alone.
  [[nodiscard]] Handshake check(const Inbound& in, std::uint32_t now_ms) const {
    const std::uint32_t isn = in.acknowledgement - 1;
    Handshake result;
    for (std::uint32_t age = 0; age < 2; ++age) {
      const Hash128 hash = flow_hash(in, now_ms / kCookiePeriodMs - age);
      if (flow_tag(hash) != (isn & 0xffff)) continue;
      const std::uint32_t options = (isn >> 16 ^ pad(hash)) & 0xff;
      if (segment_tag(hash, in.sequence - 1, options, in.has_timestamps) != isn >> 24) {
        result.verdict = CookieVerdict::kEarly;
        continue;
      }
      const std::uint32_t scale = options >> 3 & 15;
      return {CookieVerdict::kGood, kMssTable[options & 7],
              static_cast<std::uint8_t>(scale == Offer::kNoScale ? 0 : scale), (options & 0x80) != 0,
              static_cast<std::uint32_t>(hash.low >> 32)};
    }
    return result;
  }

 private:
  [[nodiscard]] Hash128 flow_hash(const Inbound& in, std::uint32_t period) const {
    std::array<std::uint64_t, 4> words{in.peer[0], in.peer[1],
                                       std::uint64_t{in.peer_port} << 48 | std::uint64_t{in.local_port} << 32 | in.tags,
                                       std::uint64_t{in.address} << 32 | period};
    return siphash128(key_, {reinterpret_cast<const std::uint8_t*>(words.data()), sizeof words});
  }
  static std::uint32_t flow_tag(const Hash128& hash) { return static_cast<std::uint32_t>(hash.low & 0xffff); }
  static std::uint32_t pad(const Hash128& hash) { return static_cast<std::uint32_t>(hash.low >> 16 & 0xff); }
  // Multilinear in its two words under a key that nobody but us knows for this flow and period.
  static std::uint32_t segment_tag(const Hash128& hash, std::uint32_t isn, std::uint32_t options, bool timestamps) {
    const std::uint64_t key = hash.high ^ hash.low;
    const std::uint64_t sum = key + hash.high * isn + std::rotl(key, 29) * (options | (timestamps ? 0x100U : 0U));
    return static_cast<std::uint32_t>(sum >> 56);
  }

  SipKey key_;
};

}  // namespace bellrock::responder
