// The byte scanners under the head parsers: one pass over a head finds its lines, proves that CR and LF occur only as
// CRLF and that no other control byte occurs, and marks the bytes that are no token characters. A scalar reference and
// SSE4.2, AVX2 and AVX-512 kernels give the same answers; the best one the CPU has is chosen at run time.
// Pure functions; they read no byte outside the span they are given.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/limits.h"

namespace bellrock::http {

inline constexpr std::size_t kLinesMax = kHeadersMax + 1;  // the first line and the headers

struct LineIndex {
  std::size_t count = 0;  // complete lines, the empty one not counted; at most kLinesMax unless kTooManyLines
  // Position of each line's CR. A block of 64 bytes can add 32 lines before the bound is checked, and is written in
  // steps of 4.
  std::array<std::uint16_t, kLinesMax + 40> ends{};
  // Bit per byte: not a token character. One word more, so that 64 bits can be read from any position.
  std::array<std::uint64_t, kHeadBytesMax / 64 + 1> not_token{};

  [[nodiscard]] std::size_t begin(std::size_t line) const { return line == 0 ? 0 : ends[line - 1] + std::size_t{2}; }
  // 64 bits of `not_token` from a position on.
  [[nodiscard]] std::uint64_t not_token_from(std::size_t at) const {
    const std::size_t shift = at % 64;
    return (not_token[at / 64] >> shift) | ((not_token[at / 64 + 1] << 1) << (63 - shift));
  }
};

enum class ScanState : std::uint8_t {
  kComplete,      // bytes: of the head, with its empty line
  kPartial,       // no end yet, nothing wrong yet
  kBroken,        // a line end or control byte that may not be there; bytes: up to and including where that showed
  kTooManyLines,  // more than kLinesMax; bytes: enough to say so
};
struct HeadScan {
  ScanState state = ScanState::kPartial;
  std::size_t bytes = 0;
};

struct TargetScan {
  std::size_t valid_bytes = 0;  // bytes before the first that may not be in a target
  std::size_t path_bytes = 0;   // bytes before the first '?', or all
};

struct ScanKernel {
  const char* name;
  // At most kHeadBytesMax bytes are looked at.
  HeadScan (*scan_head)(const std::uint8_t* data, std::size_t size, LineIndex& lines);
  // Position of the first control byte (CR and LF are such; TAB is not), or `size`.
  std::size_t (*find_control)(const std::uint8_t* data, std::size_t size);
  TargetScan (*scan_target)(const std::uint8_t* data, std::size_t size);
};

extern const ScanKernel kScalarKernel;
extern const ScanKernel kSse42Kernel;
extern const ScanKernel kAvx2Kernel;
extern const ScanKernel kAvx512Kernel;

// What this CPU can run, the slowest (scalar) first.
std::span<const ScanKernel* const> supported_kernels();
const ScanKernel& best_kernel();

}  // namespace bellrock::http
