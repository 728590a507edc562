// Borrowed bytes and unaligned big-endian reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace bellrock {

using Bytes = std::span<const std::uint8_t>;

inline std::string_view text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
inline Bytes bytes(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

inline std::uint16_t load_be16(const std::uint8_t* at) {
  std::uint16_t raw;
  std::memcpy(&raw, at, sizeof raw);
  return __builtin_bswap16(raw);
}
inline std::uint32_t load_be32(const std::uint8_t* at) {
  std::uint32_t raw;
  std::memcpy(&raw, at, sizeof raw);
  return __builtin_bswap32(raw);
}
inline std::uint64_t load_le64(const void* at) {
  std::uint64_t raw;
  std::memcpy(&raw, at, sizeof raw);
  return raw;
}
inline void store_be16(std::uint8_t* at, std::uint16_t value) {
  value = __builtin_bswap16(value);
  std::memcpy(at, &value, sizeof value);
}
inline void store_be32(std::uint8_t* at, std::uint32_t value) {
  value = __builtin_bswap32(value);
  std::memcpy(at, &value, sizeof value);
}

// Copies some dozens or hundreds of bytes that do not overlap. The size is hidden from g++, which may write `rep movs`
// where it knows something of it; that costs more to start than the copy by the library's vectors takes.
inline void copy_short(std::uint8_t* to, const std::uint8_t* from, std::size_t bytes) {
  asm("" : "+r"(bytes));
  std::memcpy(to, from, bytes);
}

}  // namespace bellrock
