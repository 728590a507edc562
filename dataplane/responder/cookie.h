// SYN cookies (RFC 4987 3.6): everything a handshake has to remember is in the initial sequence number of the SYN-ACK,
// so that a half-open connection costs no memory. The number is
//
//   bits 31-16  position: the low half of the peer's initial sequence number, and whether it uses timestamps
//   bits 15-8   options: MSS index (3), window scale (4), SACK (1)
//   bits  7-0   tag: a keyed hash of the bits above
//
// under a pad that is a keyed hash of addresses, ports, VLANs and the period: all bits look random to whoever lacks the
// key, and change with the clock (RFC 6528). An ACK out of nowhere opens a connection once in 2^23 tries: position and
// tag are 24 bits, and this period and the last are accepted.
//
// A segment may overtake the one that completes the handshake. Its acknowledgement is right, but it is not where the
// stream begins. Within the 64 KiB that the peer may send, positions differ for certain, so it is never taken for the
// first; and as its tag is right, it is dropped silently and comes again, where a RST would kill a good connection.
//
// The hash also gives the offset of our timestamps (RFC 7323 5.4), so that the clock is another one for each flow.
// Pure functions, any thread. Cost: one SipHash of 32 bytes for each period tried.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/base/siphash.h"
#include "dataplane/responder/inbound.h"

namespace bellrock::responder {

// MSS values that fit three bits; the largest that is not above the peer's is used. Ethernet's, without what tunnels
// take of it, are met within a tenth; below them whoever asks for less gets three eighths of it at least. Nobody gets
// smaller segments than the first (counted, mss_raised): each is a frame and the work for one, and who asks for a reply
// in pieces of a byte or two wants just that (CVE-2019-11479). RFC 9293 3.7.1 names no least; Linux sends no smaller
// ones either (net.ipv4.tcp_min_snd_mss is 48).
inline constexpr std::array<std::uint16_t, 8> kMssTable{48, 128, 256, 536, 1'220, 1'340, 1'440, 1'460};

// A handshake may take one to two of them (RFC 4987 A: a cookie must not be good for long). Two are not longer than
// the time for which a closed connection is remembered (Config::time_wait), so that a late copy of its first segment
// finds either its stub or a cookie that is no longer good.
inline constexpr std::uint32_t kCookiePeriodMs = 30'000;

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

  [[nodiscard]] Cookie make(const Inbound& syn, const Offer& offer, std::uint64_t now_ms) const {
    const Hash128 hash = flow_hash(syn, now_ms / kCookiePeriodMs);
    std::uint32_t mss = 0;
    while (mss + 1 < kMssTable.size() && kMssTable[mss + 1] <= offer.mss) ++mss;
    const std::uint32_t options = mss | std::uint32_t{offer.window_scale} << 3 | (offer.sack ? 0x80U : 0U);
    const std::uint32_t padded = (position(syn, syn.sequence) << 8 | options) ^ pad(hash);
    return {padded << 8 | tag(hash, padded), ts_offset(hash)};
  }

  // Of a segment without SYN that could complete a handshake: its acknowledgement is of the SYN-ACK alone.
  [[nodiscard]] Handshake check(const Inbound& in, std::uint64_t now_ms) const {
    const std::uint32_t isn = in.acknowledgement - 1;
    Handshake result;
    for (std::uint32_t age = 0; age < 2; ++age) {
      const Hash128 hash = flow_hash(in, now_ms / kCookiePeriodMs - age);
      if (tag(hash, isn >> 8) != (isn & 0xff)) continue;
      const std::uint32_t upper = isn >> 8 ^ pad(hash);
      result.verdict = position(in, in.sequence - 1) == upper >> 8 ? CookieVerdict::kGood : CookieVerdict::kEarly;
      if (result.verdict == CookieVerdict::kEarly) continue;
      result.mss = kMssTable[upper & 7];
      const std::uint32_t scale = upper >> 3 & 15;
      result.window_scale = static_cast<std::uint8_t>(scale == Offer::kNoScale ? 0 : scale);
      result.sack = (upper & 0x80) != 0;
      result.ts_offset = ts_offset(hash);
      break;
    }
    return result;
  }

 private:
  [[nodiscard]] Hash128 flow_hash(const Inbound& in, std::uint64_t period) const {
    std::array<std::uint64_t, 4> words{in.peer[0], in.peer[1],
                                       std::uint64_t{in.peer_port} << 48 | std::uint64_t{in.local_port} << 32 | in.tags,
                                       std::uint64_t{in.address} << 56 | period};
    return siphash128(key_, {reinterpret_cast<const std::uint8_t*>(words.data()), sizeof words});
  }
  static std::uint32_t pad(const Hash128& hash) { return static_cast<std::uint32_t>(hash.low & 0xffffff); }
  static std::uint32_t ts_offset(const Hash128& hash) { return static_cast<std::uint32_t>(hash.low >> 32); }
  static std::uint32_t position(const Inbound& in, std::uint32_t isn) {
    return (isn ^ (in.has_timestamps ? 0xa5a5U : 0U)) & 0xffff;
  }
  // Under a key that nobody but us knows for this flow and period.
  static std::uint32_t tag(const Hash128& hash, std::uint32_t padded) {
    return static_cast<std::uint32_t>((hash.low + (hash.high | 1) * (padded + std::uint64_t{1})) >> 56);
  }

  SipKey key_;
};

}  // namespace bellrock::responder
