// The body of the SIMD kernels, for the three scan_<isa>.cpp only. Each defines BELLROCK_SCAN_TARGET, the attribute
// that lets the compiler use its instructions, and a Block: masks of 64 bytes, one bit per byte.
#pragma once

#include <algorithm>
#include <bit>
#include <cstring>

#include "dataplane/http/char_class.h"
#include "dataplane/http/scan.h"

namespace bellrock::http {

struct HeadMasks {
  std::uint64_t control, carriage_return, line_feed;
};
struct TargetMasks {
  std::uint64_t invalid, question;
};

// Whether a byte is in a set, as low-nibble table AND high-nibble table: a bit for each high nibble from 2 to 7.
struct NibbleTables {
  std::array<std::uint8_t, 16> low{}, high{};
};
template <typename F>
constexpr NibbleTables make_nibble_tables(F&& in_set) {
  NibbleTables tables;
  for (unsigned high = 2; high < 8; ++high) {
    tables.high[high] = static_cast<std::uint8_t>(1u << high);
    for (unsigned low = 0; low < 16; ++low) {
      if (!in_set(static_cast<std::uint8_t>(high << 4 | low))) continue;
      tables.low[low] = static_cast<std::uint8_t>(tables.low[low] | 1u << high);
    }
  }
  return tables;
}
inline constexpr NibbleTables kTokenNibbles = make_nibble_tables(is_token);
inline constexpr NibbleTables kHostNibbles = make_nibble_tables(is_host);

// The scalar way, for the last lines before the end of the bytes and for long names.
std::size_t name_bytes_of(const std::uint8_t* line, std::size_t size);

}  // namespace bellrock::http

#ifdef BELLROCK_SCAN_TARGET
namespace bellrock::http {
namespace {

// Tells the compiler to have a mask in a general register: left alone, it moves mask registers back and forth.
BELLROCK_SCAN_TARGET inline std::uint64_t in_register(std::uint64_t mask) {
  asm("" : "+r"(mask));
  return mask;
}

// Positions of the line feeds in one block, two at a time without asking how many there are: a block seldom has more.
// Returns the new count.
[[maybe_unused]] BELLROCK_SCAN_TARGET inline std::size_t add_lines_singly(std::uint16_t* ends, std::size_t count,
                                                                          std::size_t base, std::uint64_t line_feeds) {
  std::uint16_t* at = ends + count;
  const std::size_t before = base - 1;  // a line ends one byte before its line feed
  count += static_cast<std::size_t>(std::popcount(line_feeds));
  while (line_feeds != 0) {
    for (std::size_t i = 0; i < 2; ++i) {
      *at++ = static_cast<std::uint16_t>(before + static_cast<std::size_t>(std::countr_zero(line_feeds)));
      line_feeds &= line_feeds - 1;
    }
  }
  return count;
}

// What one block hands to the next: bit 0 of the next block follows a CR, follows a LF.
struct HeadCarry {
  std::uint64_t after_cr = 0, after_lf = 0;
};

struct HeadFindings {
  std::uint64_t broken;   // bytes that may not stand where they do
  std::uint64_t closing;  // CRs that begin a line: what follows must be the LF that ends the head
};

BELLROCK_SCAN_TARGET inline HeadFindings find_broken(const HeadMasks& masks, HeadCarry& carry) {
  const std::uint64_t starts = masks.line_feed << 1 | carry.after_lf;
  const std::uint64_t line_ends = masks.line_feed ^ (masks.carriage_return << 1 | carry.after_cr);
  const std::uint64_t others = masks.control & ~(masks.carriage_return | masks.line_feed);
  carry.after_cr = masks.carriage_return >> 63;
  carry.after_lf = masks.line_feed >> 63;
  return {others | line_ends, starts & masks.carriage_return};
}

// The first block in which something was found, which begins at `base`.
template <class Block>
BELLROCK_SCAN_TARGET HeadScan stop(LineIndex& lines, std::size_t base, const HeadMasks& masks, HeadFindings found) {
  const auto broken_at = static_cast<std::size_t>(std::countr_zero(found.broken));
  const auto closing_at = static_cast<std::size_t>(std::countr_zero(found.closing));
  const std::size_t at = std::min(broken_at, closing_at);
  lines.count =
      Block::add_lines(lines.ends.data(), lines.count, base, masks.line_feed & ((std::uint64_t{1} << at) - 1));
  if (lines.count > kLinesMax) return {ScanState::kTooManyLines, base + at + 1};
  if (broken_at < closing_at) return {ScanState::kBroken, base + broken_at + 1};
  return {ScanState::kComplete, base + closing_at + 2};
}

// The last 64 bytes, of which the first `known` have been seen in the block before.
template <class Block>
BELLROCK_SCAN_TARGET inline HeadMasks last_block(const std::uint8_t* data, std::size_t known) {
  const HeadMasks masks = Block::head(data);
  return {masks.control >> known, masks.carriage_return >> known, masks.line_feed >> known};
}

template <class Block>
BELLROCK_SCAN_TARGET HeadScan scan_head(const std::uint8_t* data, std::size_t size, LineIndex& lines) {
  size = std::min(size, kHeadBytesMax);
  std::uint16_t* const ends = lines.ends.data();
  std::size_t count = 0, base = 0;
  HeadCarry carry;
  HeadMasks masks;
  HeadFindings found{0, 0};
  for (; base + 64 <= size; base += 64) {
    masks = Block::head(data + base);
    found = find_broken(masks, carry);
    if ((found.broken | found.closing) != 0) break;
    count = Block::add_lines(ends, count, base, masks.line_feed);
    if (count > kLinesMax) break;
  }
  if (base + 64 > size && base < size) {
    masks = size < 64 ? Block::head_tail(data, size) : last_block<Block>(data + size - 64, base + 64 - size);
    found = find_broken(masks, carry);
    found.broken &= (std::uint64_t{1} << (size - base)) - 1;
    if ((found.broken | found.closing) == 0) count = Block::add_lines(ends, count, base, masks.line_feed);
  }
  lines.count = count;
  if (count > kLinesMax) return {ScanState::kTooManyLines, std::min(size, base + 64)};
  if ((found.broken | found.closing) == 0) return {ScanState::kPartial, size};
  HeadScan scan = stop<Block>(lines, base, masks, found);
  if (scan.state != ScanState::kComplete) return scan;
  // The LF behind the closing CR may be in the next block, missing, or another byte.
  if (scan.bytes > size) return {ScanState::kPartial, size};
  if (data[scan.bytes - 1] != '\n') scan.state = ScanState::kBroken;
  return scan;
}

template <class Block>
BELLROCK_SCAN_TARGET std::size_t scan_names(const std::uint8_t* head, std::size_t size, LineIndex& lines,
                                            std::size_t count) {
  for (std::size_t i = 1; i < count; ++i) {
    const std::size_t begin = lines.begin(i);
    const std::uint8_t* const line = head + begin;
    std::size_t bytes = Block::kNameBytes;
    if (size - begin >= Block::kNameBytes) {
      bytes = static_cast<std::size_t>(std::countr_zero(Block::not_token(line)));
    }
    if (bytes >= Block::kNameBytes) [[unlikely]]
      bytes = name_bytes_of(line, lines.ends[i] - begin);
    lines.name_bytes[i] = static_cast<std::uint16_t>(bytes);
    if (bytes == 0 || line[bytes] != ':') [[unlikely]]
      return i;
  }
  return count;
}

template <class Block>
BELLROCK_SCAN_TARGET std::size_t find_control(const std::uint8_t* data, std::size_t size) {
  for (std::size_t base = 0; base < size; base += 64) {
    const HeadMasks masks = size - base >= 64 ? Block::head(data + base) : Block::head_tail(data + base, size - base);
    if (masks.control != 0) return base + static_cast<std::size_t>(std::countr_zero(masks.control));
  }
  return size;
}

// 64 bytes at `at` if they may be read, else a copy of `size` of them.
struct Window {
  BELLROCK_SCAN_TARGET inline const std::uint8_t* open(const std::uint8_t* at, std::size_t size, std::size_t readable) {
    if (readable >= 64) return at;
    std::memset(copy, 0, sizeof copy);
    std::memcpy(copy, at, size);
    return copy;
  }
  alignas(64) std::uint8_t copy[64];
};

// Bits of the first `size` bytes of a block.
BELLROCK_SCAN_TARGET inline std::uint64_t first_bits(std::size_t size) { return ~std::uint64_t{0} >> (64 - size); }

template <class Block>
BELLROCK_SCAN_TARGET TargetScan scan_target(const std::uint8_t* data, std::size_t size, std::size_t readable) {
  TargetScan scan{size, size};
  for (std::size_t base = 0; base < size; base += 64) {
    const std::size_t part = std::min<std::size_t>(size - base, 64);
    Window window;
    const TargetMasks masks = Block::target(window.open(data + base, part, readable - base));
    const std::uint64_t invalid = masks.invalid & first_bits(part);
    // Bits up to the first invalid byte, all bits when there is none.
    const std::uint64_t question = masks.question & first_bits(part) & (invalid ^ (invalid - 1));
    if (question != 0 && scan.path_bytes == size) {
      scan.path_bytes = base + static_cast<std::size_t>(std::countr_zero(question));
    }
    if (invalid != 0) {
      scan.valid_bytes = base + static_cast<std::size_t>(std::countr_zero(invalid));
      break;
    }
  }
  return scan;
}

template <class Block>
BELLROCK_SCAN_TARGET bool is_host(const std::uint8_t* data, std::size_t size, std::size_t readable) {
  for (std::size_t base = 0; base < size; base += 64) {
    const std::size_t part = std::min<std::size_t>(size - base, 64);
    Window window;
    if ((Block::not_host(window.open(data + base, part, readable - base)) & first_bits(part)) != 0) return false;
  }
  return true;
}

}  // namespace
}  // namespace bellrock::http
#endif
