#include <immintrin.h>

#define BELLROCK_SCAN_TARGET __attribute__((target("sse4.2,popcnt")))
#include "dataplane/http/scan_kernel.h"

namespace bellrock::http {
namespace {

struct Sse42Block {
  BELLROCK_SCAN_TARGET static inline std::uint64_t bits(__m128i data) {
    return static_cast<std::uint32_t>(_mm_movemask_epi8(data));
  }
  BELLROCK_SCAN_TARGET static inline __m128i load(const std::uint8_t* at) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  }

  BELLROCK_SCAN_TARGET static inline HeadMasks head_quarter(const std::uint8_t* at) {
    const __m128i data = load(at);
    const __m128i nibble = _mm_set1_epi8(0x0f);
    const __m128i low_table = _mm_loadu_si128(reinterpret_cast<const __m128i*>(&kNibbles.low));
    const __m128i high_table = _mm_loadu_si128(reinterpret_cast<const __m128i*>(&kNibbles.high));
    const __m128i low = _mm_shuffle_epi8(low_table, _mm_and_si128(data, nibble));
    const __m128i high = _mm_shuffle_epi8(high_table, _mm_and_si128(_mm_srli_epi16(data, 4), nibble));
    const __m128i classes = _mm_and_si128(low, high);
    // Bits 6 and 7 of a class, and DEL, all brought to bit 7.
    const __m128i control =
        _mm_or_si128(_mm_or_si128(classes, _mm_slli_epi16(classes, 1)), _mm_cmpeq_epi8(data, _mm_set1_epi8(0x7f)));
    const __m128i token = _mm_and_si128(classes, _mm_set1_epi8(0x3f));
    return {bits(control), bits(_mm_cmpeq_epi8(data, _mm_set1_epi8('\n'))),
            bits(_mm_cmpeq_epi8(token, _mm_setzero_si128()))};
  }
  BELLROCK_SCAN_TARGET static inline HeadMasks head(const std::uint8_t* at) {
    HeadMasks masks{};
    for (unsigned i = 0; i < 64; i += 16) {
      const HeadMasks quarter = head_quarter(at + i);
      masks.control |= quarter.control << i;
      masks.line_feed |= quarter.line_feed << i;
      masks.not_token |= quarter.not_token << i;
    }
    return masks;
  }
  BELLROCK_SCAN_TARGET static inline HeadMasks head_tail(const std::uint8_t* at, std::size_t size) {
    alignas(16) std::uint8_t padded[64];
    std::memset(padded, 'a', sizeof padded);
    std::memcpy(padded, at, size);
    return head(padded);
  }

  BELLROCK_SCAN_TARGET static inline TargetMasks target_quarter(const std::uint8_t* at) {
    const __m128i data = load(at);
    const __m128i blank = _mm_set1_epi8(0x20);
    const __m128i invalid =
        _mm_or_si128(_mm_cmpeq_epi8(_mm_max_epu8(data, blank), blank),  // <= 0x20
                     _mm_or_si128(_mm_cmpeq_epi8(data, _mm_set1_epi8(0x7f)), _mm_cmpeq_epi8(data, _mm_set1_epi8('#'))));
    return {bits(invalid), bits(_mm_cmpeq_epi8(data, _mm_set1_epi8('?')))};
  }
  BELLROCK_SCAN_TARGET static inline TargetMasks target(const std::uint8_t* at) {
    TargetMasks masks{};
    for (unsigned i = 0; i < 64; i += 16) {
      const TargetMasks quarter = target_quarter(at + i);
      masks.invalid |= quarter.invalid << i;
      masks.question |= quarter.question << i;
    }
    return masks;
  }
  BELLROCK_SCAN_TARGET static inline TargetMasks target_tail(const std::uint8_t* at, std::size_t size) {
    alignas(16) std::uint8_t padded[64];
    std::memset(padded, 'a', sizeof padded);
    std::memcpy(padded, at, size);
    return target(padded);
  }
};

}  // namespace

const ScanKernel kSse42Kernel{"sse4.2", &scan_head<Sse42Block>, &find_control<Sse42Block>, &scan_target<Sse42Block>};

}  // namespace bellrock::http
