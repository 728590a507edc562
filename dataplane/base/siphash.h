// SipHash with 64- and 128-bit results. siphash64 and siphash128 are SipHash-2-4: cookies, checksums, places in tables.
// siphash13_64 and siphash13_128 are SipHash-1-3, for what every beacon pays: session keys, owner cores, page views.
// It has half the rounds, which is enough where nobody is shown a hash; CPython's tables stand on it.
// Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012), and its reference vectors.
#pragma once

#include <bit>
#include <cstdint>

#include "dataplane/base/bytes.h"

namespace bellrock {

struct SipKey {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
};

struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

namespace internal {

template <int kPerWord, int kAtEnd>
class SipState {
 public:
  constexpr SipState(SipKey key, bool wide)
      : v0_(key.k0 ^ 0x736f6d6570736575),
        v1_(key.k1 ^ 0x646f72616e646f6d ^ (wide ? 0xee : 0)),
        v2_(key.k0 ^ 0x6c7967656e657261),
        v3_(key.k1 ^ 0x7465646279746573) {}

  void absorb(Bytes data) {
    const std::size_t whole = data.size() / 8 * 8;
    for (std::size_t at = 0; at < whole; at += 8) word(load_le64(data.data() + at));
    word(std::uint64_t{data.size()} << 56 | rest(data, data.size() - whole));
  }
  std::uint64_t finish(std::uint8_t tweak) {
    v2_ ^= tweak;
    return end();
  }
  std::uint64_t finish_high() {
    v1_ ^= 0xdd;
    return end();
  }

 private:
  // The last `bytes` (0-7) of the data. With a whole word before them there is no loop, whose end nobody can predict.
  static std::uint64_t rest(Bytes data, std::size_t bytes) {
    if (data.size() >= 8) {
      const std::uint64_t word = load_le64(data.data() + data.size() - 8);
      return bytes == 0 ? 0 : word >> (64 - 8 * bytes);
    }
    std::uint64_t word = 0;
    for (std::size_t at = 0; at < bytes; ++at) word |= std::uint64_t{data[at]} << (8 * at);
    return word;
  }
  void word(std::uint64_t m) {
    v3_ ^= m;
    for (int i = 0; i < kPerWord; ++i) round();
    v0_ ^= m;
  }
  std::uint64_t end() {
    for (int i = 0; i < kAtEnd; ++i) round();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }
  void round() {
    v0_ += v1_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v3_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ += v3_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ += v1_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v2_ = std::rotl(v2_, 32);
  }

  std::uint64_t v0_, v1_, v2_, v3_;
};

template <int kPerWord, int kAtEnd>
std::uint64_t sip64(SipKey key, Bytes data) {
  SipState<kPerWord, kAtEnd> state(key, false);
  state.absorb(data);
  return state.finish(0xff);
}
template <int kPerWord, int kAtEnd>
Hash128 sip128(SipKey key, Bytes data) {
  SipState<kPerWord, kAtEnd> state(key, true);
  state.absorb(data);
  const std::uint64_t low = state.finish(0xee);
  return {low, state.finish_high()};
}

}  // namespace internal

inline std::uint64_t siphash64(SipKey key, Bytes data) { return internal::sip64<2, 4>(key, data); }
inline Hash128 siphash128(SipKey key, Bytes data) { return internal::sip128<2, 4>(key, data); }
inline std::uint64_t siphash13_64(SipKey key, Bytes data) { return internal::sip64<1, 3>(key, data); }
inline Hash128 siphash13_128(SipKey key, Bytes data) { return internal::sip128<1, 3>(key, data); }

}  // namespace bellrock
