#include "dataplane/http/scan.h"

#include <algorithm>

#include "dataplane/http/char_class.h"

namespace bellrock::http {
namespace {

void mark_token(LineIndex& lines, std::size_t at, std::uint8_t byte) {
  if (at % 64 == 0) lines.not_token[at / 64] = 0;
  if (!kIsToken[byte]) lines.not_token[at / 64] |= std::uint64_t{1} << (at % 64);
}

// The reference: one byte after the other. A control byte that is not LF must be followed by LF, and a LF must follow
// such a byte; that it was a CR, the parser checks (as with the kernels).
HeadScan scan_head(const std::uint8_t* data, std::size_t size, LineIndex& lines) {
  size = std::min(size, kHeadBytesMax);
  lines.count = 0;
  for (std::size_t at = 0; at < size; ++at) {
    mark_token(lines, at, data[at]);
    const bool after_cr = at > 0 && kIsControl[data[at - 1]] && data[at - 1] != '\n';
    if (after_cr != (data[at] == '\n')) return {ScanState::kBroken, at + 1};
    if (data[at] != '\n') continue;
    if (at >= 2 && data[at - 2] == '\n') return {ScanState::kComplete, at + 1};
    if (lines.count == kLinesMax) {
      lines.count = kLinesMax + 1;
      return {ScanState::kTooManyLines, at + 1};
    }
    lines.ends[lines.count++] = static_cast<std::uint16_t>(at - 1);
  }
  return {ScanState::kPartial, size};
}

std::size_t find_control(const std::uint8_t* data, std::size_t size) {
  std::size_t at = 0;
  while (at < size && !kIsControl[data[at]]) ++at;
  return at;
}

TargetScan scan_target(const std::uint8_t* data, std::size_t size) {
  TargetScan scan{size, size};
  for (std::size_t at = 0; at < size; ++at) {
    if (!kIsTarget[data[at]]) {
      scan.valid_bytes = at;
      break;
    }
    if (data[at] == '?' && scan.path_bytes == size) scan.path_bytes = at;
  }
  return scan;
}

struct Supported {
  std::array<const ScanKernel*, 4> kernels{&kScalarKernel};
  std::size_t count = 1;
  Supported() {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt")) kernels[count++] = &kSse42Kernel;
    const bool bmi = __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    if (bmi && __builtin_cpu_supports("avx2")) kernels[count++] = &kAvx2Kernel;
    if (bmi && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
      kernels[count++] = &kAvx512Kernel;
    }
  }
};

}  // namespace

const ScanKernel kScalarKernel{"scalar", &scan_head, &find_control, &scan_target};

std::span<const ScanKernel* const> supported_kernels() {
  static const Supported supported;
  return {supported.kernels.data(), supported.count};
}

const ScanKernel& best_kernel() { return *supported_kernels().back(); }

}  // namespace bellrock::http
