// The internet checksum (RFC 1071). Pure functions over borrowed bytes, any thread.
// Sums are kept in the machine's byte order: a one's complement sum is the same up to a byte swap (RFC 1071 2(B)), and
// a correct packet sums to 0xffff in either order.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "dataplane/base/bytes.h"

namespace bellrock::wire {

namespace internal {

inline std::uint64_t sum_of_halves(std::uint64_t words) { return (words & 0xffffffff) + (words >> 32); }

struct Vector16 {
  using Lanes [[gnu::vector_size(16)]] = std::uint64_t;
};
struct Vector32 {
  using Lanes [[gnu::vector_size(32)]] = std::uint64_t;
};
struct Vector64 {
  using Lanes [[gnu::vector_size(64)]] = std::uint64_t;
};

// Whole vectors of 32-bit words, each added in a lane of 64 bits, which cannot overflow and needs no carry. Written as
// vectors, because g++ 12 makes scalar code of a plain loop. Leaves in `data` what is behind them.
template <class Vector>
[[gnu::always_inline]] inline std::uint64_t sum_vectors(Bytes& data) {
  constexpr std::size_t kVectorBytes = sizeof(typename Vector::Lanes);
  typename Vector::Lanes low{}, high{};
  const std::uint8_t* at = data.data();
  const std::uint8_t* const end = at + data.size() / kVectorBytes * kVectorBytes;
  for (; at != end; at += kVectorBytes) {
    typename Vector::Lanes words;
    std::memcpy(&words, at, sizeof words);
    low += words & 0xffffffff;
    high += words >> 32;
  }
  data = data.last(data.size() % kVectorBytes);
  low += high;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kVectorBytes / sizeof(std::uint64_t); ++i) sum += low[i];
  return sum;
}

inline std::uint64_t sum_long(Bytes& data) { return sum_vectors<Vector16>(data); }

#if defined(__x86_64__)
inline const bool kHasAvx2 = __builtin_cpu_supports("avx2") != 0;
inline const bool kHasAvx512 = __builtin_cpu_supports("avx512f") != 0;

[[gnu::target("avx2"), gnu::noinline]] inline std::uint64_t sum_long_avx2(Bytes& data) {
  return sum_vectors<Vector32>(data);
}
[[gnu::target("avx512f"), gnu::noinline]] inline std::uint64_t sum_long_avx512(Bytes& data) {
  const std::uint64_t sum = sum_vectors<Vector64>(data);
  return sum + sum_vectors<Vector16>(data);
}
#endif

}  // namespace internal

// The one's complement sum of `sum` and the bytes, taken as 16-bit words; an odd last byte is padded with zero
// (RFC 1071 4.1). Only the last piece of what is summed may have an odd length.
inline std::uint64_t add_to_sum(std::uint64_t sum, Bytes data) {
  constexpr std::size_t kLong = 128;  // below, no vector is worth its start
  std::uint64_t total = 0;
  if (data.size() >= kLong) {
#if defined(__x86_64__)
    total = internal::kHasAvx512 ? internal::sum_long_avx512(data)
            : internal::kHasAvx2 ? internal::sum_long_avx2(data)
                                 : internal::sum_long(data);
#else
    total = internal::sum_long(data);
#endif
  }
  const std::uint8_t* at = data.data();
  std::size_t left = data.size();
  for (; left >= 8; at += 8, left -= 8) total += internal::sum_of_halves(load_le64(at));
  if (left > 0) {
    std::uint64_t words = 0;
    std::memcpy(&words, at, left);
    total += internal::sum_of_halves(words);
  }
  sum += total;
  return sum + (sum < total ? 1 : 0);  // the carry comes back in at the low end
}

// The sum of headers, whose size is known: as above, without a loop. Not for more than some hundred bytes.
template <std::size_t kBytes>
inline std::uint64_t sum_of(const std::uint8_t* at) {
  static_assert(kBytes % 4 == 0);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i + 8 <= kBytes; i += 8) sum += internal::sum_of_halves(load_le64(at + i));
  if constexpr (kBytes % 8 != 0) {
    std::uint32_t last;
    std::memcpy(&last, at + kBytes - 4, sizeof last);
    sum += last;
  }
  return sum;
}

// Each half is added to the other: in the upper one lies their sum, with its own carry from the lower one.
inline std::uint16_t fold_sum(std::uint64_t sum) {
  sum += std::rotr(sum, 32);
  auto half = static_cast<std::uint32_t>(sum >> 32);
  half += std::rotr(half, 16);
  return static_cast<std::uint16_t>(half >> 16);
}

// What to store (as it is, without a swap) in the checksum field of data whose field is zero.
inline std::uint16_t checksum_of(std::uint64_t sum) { return static_cast<std::uint16_t>(~fold_sum(sum)); }

// Data that holds its own checksum.
inline bool sum_is_valid(std::uint64_t sum) { return fold_sum(sum) == 0xffff; }

// Of the pseudo header's last 8 bytes: the length in 32 bits, three zeros, the protocol.
inline std::uint64_t sum_of_protocol(std::uint8_t protocol, std::size_t length) {
  return std::uint64_t{__builtin_bswap32(static_cast<std::uint32_t>(length))} + (std::uint64_t{protocol} << 24);
}

// TCP's and UDP's pseudo header (RFC 9293 3.1; for IPv6 RFC 8200 8.1): both addresses, protocol, transport length.
inline std::uint64_t pseudo_header_sum(Bytes source, Bytes destination, std::uint8_t protocol, std::size_t length) {
  return add_to_sum(add_to_sum(sum_of_protocol(protocol, length), source), destination);
}

}  // namespace bellrock::wire
