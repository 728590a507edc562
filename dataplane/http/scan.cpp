#include "dataplane/http/scan.h"

#include <algorithm>

#include "dataplane/http/char_class.h"
#include "dataplane/http/head_progress.h"
#include "dataplane/http/scan_kernel.h"

namespace bellrock::http {
namespace {

// The reference: one byte after the other.
HeadScan scan_head(const std::uint8_t* data, std::size_t size, LineIndex& lines) {
  size = std::min(size, kHeadBytesMax);
  lines.count = 0;
  HeadProgress progress;
  for (std::size_t at = 0; at < size; ++at) {
    switch (take_byte(progress, data[at])) {
      case ByteVerdict::kFine:
        break;
      case ByteVerdict::kLineEnd:
        lines.ends[lines.count++] = static_cast<std::uint16_t>(at - 1);
        if (lines.count > kLinesMax) return {ScanState::kTooManyLines, at + 1};
        break;
      case ByteVerdict::kHeadEnd:
        return {ScanState::kComplete, at + 1};
      case ByteVerdict::kBroken:
        return {ScanState::kBroken, at + 1};
    }
  }
  return {ScanState::kPartial, size};
}

std::size_t scan_names(const std::uint8_t* head, std::size_t, LineIndex& lines, std::size_t count) {
  for (std::size_t i = 1; i < count; ++i) {
    const std::uint8_t* const line = head + lines.begin(i);
    const std::size_t bytes = name_bytes_of(line, lines.ends[i] - lines.begin(i));
    lines.name_bytes[i] = static_cast<std::uint16_t>(bytes);
    if (bytes == 0 || line[bytes] != ':') return i;
  }
  return count;
}

std::size_t find_control(const std::uint8_t* data, std::size_t size) {
  std::size_t at = 0;
  while (at < size && !kIsControl[data[at]]) ++at;
  return at;
}

TargetScan scan_target(const std::uint8_t* data, std::size_t size, std::size_t) {
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

bool is_host_value(const std::uint8_t* data, std::size_t size, std::size_t) {
  return std::all_of(data, data + size, [](std::uint8_t byte) { return kIsHost[byte]; });
}

struct Supported {
  std::array<const ScanKernel*, 4> kernels{&kScalarKernel};
  std::size_t count = 1;
  Supported() {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt")) kernels[count++] = &kSse42Kernel;
    const bool bmi = __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    if (bmi && __builtin_cpu_supports("avx2")) kernels[count++] = &kAvx2Kernel;
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2");
    if (bmi && avx512) kernels[count++] = &kAvx512Kernel;
  }
};

}  // namespace

const ScanKernel kScalarKernel{"scalar", &scan_head, &scan_names, &find_control, &scan_target, &is_host_value};

// The byte behind a line is its CR.
std::size_t name_bytes_of(const std::uint8_t* line, std::size_t size) {
  std::size_t bytes = 0;
  while (bytes < size && kIsToken[line[bytes]]) ++bytes;
  return bytes;
}

std::span<const ScanKernel* const> supported_kernels() {
  static const Supported supported;
  return {supported.kernels.data(), supported.count};
}

const ScanKernel& best_kernel() { return *supported_kernels().back(); }

}  // namespace bellrock::http
