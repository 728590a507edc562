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
  std::uint64_t control, line_feed, not_token;
};
struct TargetMasks {
  std::uint64_t invalid, question;
};

// Classes of a byte as low-nibble table AND high-nibble table. Bits 0-5: a token character of high nibble 2-7;
// bit 6: a control byte of high nibble 0 (all but TAB); bit 7: of high nibble 1. DEL is compared on its own.
struct NibbleTables {
  std::array<std::uint8_t, 16> low{}, high{};
};
constexpr NibbleTables make_nibble_tables() {
  NibbleTables tables;
  for (unsigned high = 2; high < 8; ++high) tables.high[high] = static_cast<std::uint8_t>(1u << (high - 2));
  tables.high[0] = 0x40;
  tables.high[1] = 0x80;
  for (unsigned low = 0; low < 16; ++low) {
    unsigned bits = 0x80 | (is_control(static_cast<std::uint8_t>(low)) ? 0x40u : 0u);
    for (unsigned high = 2; high < 8; ++high) {
      if (is_token(static_cast<std::uint8_t>(high << 4 | low))) bits |= 1u << (high - 2);
    }
    tables.low[low] = static_cast<std::uint8_t>(bits);
  }
  return tables;
}
inline constexpr NibbleTables kNibbles = make_nibble_tables();

}  // namespace bellrock::http

#ifdef BELLROCK_SCAN_TARGET
namespace bellrock::http {
namespace {

// Four positions at a time without asking how many there are: a block seldom has more line ends.
BELLROCK_SCAN_TARGET inline void add_lines(LineIndex& lines, std::size_t base, std::uint64_t line_feeds) {
  std::size_t at = lines.count;
  lines.count += static_cast<std::size_t>(std::popcount(line_feeds));
  do {
    for (std::size_t i = 0; i < 4; ++i) {
      lines.ends[at + i] =
          static_cast<std::uint16_t>(base + static_cast<std::size_t>(std::countr_zero(line_feeds)) - 1);
      line_feeds &= line_feeds - 1;
    }
    at += 4;
  } while (line_feeds != 0);
}

BELLROCK_SCAN_TARGET inline HeadScan stop(LineIndex& lines, std::size_t base, HeadMasks masks, std::uint64_t broken,
                                          std::uint64_t end) {
  const auto broken_at = static_cast<std::size_t>(std::countr_zero(broken));
  const auto end_at = static_cast<std::size_t>(std::countr_zero(end));
  const std::size_t at = std::min(broken_at, end_at);
  if (const std::uint64_t before = masks.line_feed & ((std::uint64_t{1} << at) - 1); before != 0) {
    add_lines(lines, base, before);
  }
  const std::size_t bytes = base + at + 1;
  if (lines.count > kLinesMax) return {ScanState::kTooManyLines, bytes};
  return {broken_at <= end_at ? ScanState::kBroken : ScanState::kComplete, bytes};
}

template <class Block>
BELLROCK_SCAN_TARGET HeadScan scan_head(const std::uint8_t* data, std::size_t size, LineIndex& lines) {
  size = std::min(size, kHeadBytesMax);
  lines.count = 0;
  std::uint64_t cr_before = 0;   // bit 0: the byte before this block is a CR
  std::uint64_t lfs_before = 0;  // bits 0 and 1: the two bytes before this block are LFs
  for (std::size_t base = 0; base < size; base += 64) {
    const HeadMasks masks = size - base >= 64 ? Block::head(data + base) : Block::head_tail(data + base, size - base);
    lines.not_token[base / 64] = masks.not_token;
    const std::uint64_t line_feeds = masks.line_feed;
    // Every control byte that is no LF is taken for a CR here: one that is none is not followed by a LF, or the parser
    // sees it when it compares the line's last byte with CR.
    const std::uint64_t crs = masks.control & ~line_feeds;
    std::uint64_t broken = line_feeds ^ (crs << 1 | cr_before);
    if (size - base < 64) broken &= (std::uint64_t{1} << (size - base)) - 1;
    const std::uint64_t end = line_feeds & (line_feeds << 2 | lfs_before);
    if ((broken | end) != 0) return stop(lines, base, masks, broken, end);
    if (line_feeds != 0) add_lines(lines, base, line_feeds);
    if (lines.count > kLinesMax) return {ScanState::kTooManyLines, std::min(size, base + 64)};
    cr_before = crs >> 63;
    lfs_before = line_feeds >> 62;
  }
  return {ScanState::kPartial, size};
}

template <class Block>
BELLROCK_SCAN_TARGET std::size_t find_control(const std::uint8_t* data, std::size_t size) {
  for (std::size_t base = 0; base < size; base += 64) {
    const HeadMasks masks = size - base >= 64 ? Block::head(data + base) : Block::head_tail(data + base, size - base);
    if (masks.control != 0) return base + static_cast<std::size_t>(std::countr_zero(masks.control));
  }
  return size;
}

template <class Block>
BELLROCK_SCAN_TARGET TargetScan scan_target(const std::uint8_t* data, std::size_t size) {
  TargetScan scan{size, size};
  for (std::size_t base = 0; base < size; base += 64) {
    const TargetMasks masks =
        size - base >= 64 ? Block::target(data + base) : Block::target_tail(data + base, size - base);
    // Bits below the first invalid byte, all bits when there is none.
    const std::uint64_t question = masks.question & (masks.invalid ^ (masks.invalid - 1));
    if (question != 0 && scan.path_bytes == size) {
      scan.path_bytes = base + static_cast<std::size_t>(std::countr_zero(question));
    }
    if (masks.invalid != 0) {
      scan.valid_bytes = base + static_cast<std::size_t>(std::countr_zero(masks.invalid));
      break;
    }
  }
  return scan;
}

}  // namespace
}  // namespace bellrock::http
#endif
