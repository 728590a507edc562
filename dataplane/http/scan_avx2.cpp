#include <immintrin.h>

#define BELLROCK_SCAN_TARGET __attribute__((target("avx2,bmi,bmi2,popcnt")))
#include "dataplane/http/scan_kernel.h"

namespace bellrock::http {
namespace {

struct Avx2Block {
  BELLROCK_SCAN_TARGET static inline std::uint64_t bits(__m256i data) {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(data));
  }
  BELLROCK_SCAN_TARGET static inline __m256i load(const std::uint8_t* at) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  }

  BELLROCK_SCAN_TARGET static inline HeadMasks head_half(const std::uint8_t* at) {
    const __m256i data = load(at);
    const __m256i nibble = _mm256_set1_epi8(0x0f);
    const __m256i low_table =
        _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(&kNibbles.low)));
    const __m256i high_table =
        _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(&kNibbles.high)));
    const __m256i low = _mm256_shuffle_epi8(low_table, _mm256_and_si256(data, nibble));
    const __m256i high = _mm256_shuffle_epi8(high_table, _mm256_and_si256(_mm256_srli_epi16(data, 4), nibble));
    const __m256i classes = _mm256_and_si256(low, high);
    // Bits 6 and 7 of a class, and DEL, all brought to bit 7.
    const __m256i control = _mm256_or_si256(_mm256_or_si256(classes, _mm256_slli_epi16(classes, 1)),
                                            _mm256_cmpeq_epi8(data, _mm256_set1_epi8(0x7f)));
    const __m256i token = _mm256_and_si256(classes, _mm256_set1_epi8(0x3f));
    return {bits(control), bits(_mm256_cmpeq_epi8(data, _mm256_set1_epi8('\n'))),
            bits(_mm256_cmpeq_epi8(token, _mm256_setzero_si256()))};
  }
  BELLROCK_SCAN_TARGET static inline HeadMasks head(const std::uint8_t* at) {
    const HeadMasks a = head_half(at), b = head_half(at + 32);
    return {a.control | b.control << 32, a.line_feed | b.line_feed << 32, a.not_token | b.not_token << 32};
  }
  BELLROCK_SCAN_TARGET static inline HeadMasks head_tail(const std::uint8_t* at, std::size_t size) {
    alignas(32) std::uint8_t padded[64];
    std::memset(padded, 'a', sizeof padded);
    std::memcpy(padded, at, size);
    return head(padded);
  }

  BELLROCK_SCAN_TARGET static inline TargetMasks target_half(const std::uint8_t* at) {
    const __m256i data = load(at);
    const __m256i blank = _mm256_set1_epi8(0x20);
    const __m256i invalid = _mm256_or_si256(_mm256_cmpeq_epi8(_mm256_max_epu8(data, blank), blank),  // <= 0x20
                                            _mm256_or_si256(_mm256_cmpeq_epi8(data, _mm256_set1_epi8(0x7f)),
                                                            _mm256_cmpeq_epi8(data, _mm256_set1_epi8('#'))));
    return {bits(invalid), bits(_mm256_cmpeq_epi8(data, _mm256_set1_epi8('?')))};
  }
  BELLROCK_SCAN_TARGET static inline TargetMasks target(const std::uint8_t* at) {
    const TargetMasks a = target_half(at), b = target_half(at + 32);
    return {a.invalid | b.invalid << 32, a.question | b.question << 32};
  }
  BELLROCK_SCAN_TARGET static inline TargetMasks target_tail(const std::uint8_t* at, std::size_t size) {
    alignas(32) std::uint8_t padded[64];
    std::memset(padded, 'a', sizeof padded);
    std::memcpy(padded, at, size);
    return target(padded);
  }
};

}  // namespace

const ScanKernel kAvx2Kernel{"avx2", &scan_head<Avx2Block>, &find_control<Avx2Block>, &scan_target<Avx2Block>};

}  // namespace bellrock::http
