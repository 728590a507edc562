// The internet checksum (RFC 1071). Pure functions over borrowed bytes, any thread.
// Sums are kept in the machine's byte order: a one's complement sum is the same up to a byte swap (RFC 1071 2(B)), and
// a correct packet sums to 0xffff in either order.
#pragma once

#include <cstdint>
#include <cstring>

#include "dataplane/base/bytes.h"

namespace bellrock::wire {

// The one's complement sum of `sum` and the bytes, taken as 16-bit words; an odd last byte is padded with zero
// (RFC 1071 4.1). Only the last piece of what is summed may have an odd length.
// Long data is summed in 32-bit words, which cannot overflow 64 bits and need no carry: the compiler makes vectors of
// it.
inline std::uint64_t add_to_sum(std::uint64_t sum, Bytes data) {
  constexpr std::size_t kStride = 32;
  const std::uint8_t* at = data.data();
  std::size_t left = data.size();
  std::uint64_t total = 0;
  for (; left >= kStride; at += kStride, left -= kStride) {
    std::uint32_t words[kStride / 4];
    std::memcpy(words, at, kStride);
    for (const std::uint32_t word : words) total += word;
  }
  for (; left >= 8; at += 8, left -= 8) {
    const std::uint64_t words = load_le64(at);
    total += (words & 0xffffffff) + (words >> 32);
  }
  if (left > 0) {
    std::uint64_t words = 0;
    std::memcpy(&words, at, left);
    total += (words & 0xffffffff) + (words >> 32);
  }
  sum += total;
  return sum + (sum < total ? 1 : 0);  // the carry comes back in at the low end
}

inline std::uint16_t fold_sum(std::uint64_t sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

// What to store (as it is, without a swap) in the checksum field of data whose field is zero.
inline std::uint16_t checksum_of(std::uint64_t sum) { return static_cast<std::uint16_t>(~fold_sum(sum)); }

// Data that holds its own checksum.
inline bool sum_is_valid(std::uint64_t sum) { return fold_sum(sum) == 0xffff; }

// TCP's and UDP's pseudo header (RFC 9293 3.1; for IPv6 RFC 8200 8.1): both addresses, protocol, transport length.
inline std::uint64_t pseudo_header_sum(Bytes source, Bytes destination, std::uint8_t protocol, std::size_t length) {
  std::uint8_t rest[8] = {0, 0, 0, 0, 0, 0, 0, protocol};
  store_be32(rest, static_cast<std::uint32_t>(length));
  return add_to_sum(add_to_sum(add_to_sum(0, source), destination), rest);
}

}  // namespace bellrock::wire
