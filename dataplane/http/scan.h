// The byte scanners under the head parsers. One pass over a head finds its lines and proves that CR and LF occur only
// as CRLF, that no other control byte occurs, and that every header line begins with a token and ':'. A scalar
// reference and SSE4.2, AVX2 and AVX-512 kernels give the same answers; the best one the CPU has is chosen at run time.
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
  // steps of up to 16.
  std::array<std::uint16_t, kLinesMax + 48> ends{};
  std::array<std::uint16_t, kLinesMax> name_bytes{};  // of header lines, by scan_names

  [[nodiscard]] std::size_t begin(std::size_t line) const { return line == 0 ? 0 : ends[line - 1] + std::size_t{2}; }
};

enum class ScanState : std::uint8_t {
  kComplete,      // bytes: of the head, with its empty line
  kPartial,       // no end yet, nothing wrong yet
  kBroken,        // a byte that may not stand where it does; bytes: up to and including where that showed
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
  // The names of the lines from 1 to below `count`, at most kLinesMax: sets name_bytes up to the first line that does
  // not begin with a token and ':', and returns that line, or `count`. `size` bytes may be read.
  std::size_t (*scan_names)(const std::uint8_t* head, std::size_t size, LineIndex& lines, std::size_t count);
  // Position of the first control byte (CR and LF are such; TAB is not), or `size`.
  std::size_t (*find_control)(const std::uint8_t* data, std::size_t size);
  // readable: bytes from `data` on that may be read, at least `size`; with 64 it is faster.
  TargetScan (*scan_target)(const std::uint8_t* data, std::size_t size, std::size_t readable);
  // Whether all bytes may be in a Host value.
  bool (*is_host)(const std::uint8_t* data, std::size_t size, std::size_t readable);
};

extern const ScanKernel kScalarKernel;
extern const ScanKernel kSse42Kernel;
extern const ScanKernel kAvx2Kernel;
extern const ScanKernel kAvx512Kernel;

// What this CPU can run, the slowest (scalar) first.
std::span<const ScanKernel* const> supported_kernels();
const ScanKernel& best_kernel();

}  // namespace bellrock::http
