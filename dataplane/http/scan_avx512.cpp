#include <immintrin.h>

#define BELLROCK_SCAN_TARGET __attribute__((target("avx512f,avx512bw,bmi,bmi2,popcnt")))
#include "dataplane/http/scan_kernel.h"

namespace bellrock::http {
namespace {

struct Avx512Block {
  BELLROCK_SCAN_TARGET static inline __mmask64 first(std::size_t size) { return (__mmask64{1} << size) - 1; }

  // The masked form with every lane on: g++ 12 takes the plain one's undefined source for an uninitialised variable.
  BELLROCK_SCAN_TARGET static inline __m512i table(const std::array<std::uint8_t, 16>& nibbles) {
    return _mm512_maskz_broadcast_i32x4(0xffff, _mm_loadu_si128(reinterpret_cast<const __m128i*>(nibbles.data())));
  }

  BELLROCK_SCAN_TARGET static inline HeadMasks head_of(__m512i data, __mmask64 valid) {
    const __m512i nibble = _mm512_set1_epi8(0x0f);
    const __m512i low_table = table(kNibbles.low);
    const __m512i high_table = table(kNibbles.high);
    const __m512i low = _mm512_shuffle_epi8(low_table, _mm512_and_si512(data, nibble));
    const __m512i high = _mm512_shuffle_epi8(high_table, _mm512_and_si512(_mm512_srli_epi16(data, 4), nibble));
    const __m512i classes = _mm512_and_si512(low, high);
    const __mmask64 control = _mm512_test_epi8_mask(classes, _mm512_set1_epi8(static_cast<char>(0xc0))) |
                              _mm512_cmpeq_epi8_mask(data, _mm512_set1_epi8(0x7f));
    return {control & valid, _mm512_cmpeq_epi8_mask(data, _mm512_set1_epi8('\n')) & valid,
            _mm512_testn_epi8_mask(classes, _mm512_set1_epi8(0x3f))};
  }
  BELLROCK_SCAN_TARGET static inline HeadMasks head(const std::uint8_t* at) {
    return head_of(_mm512_loadu_si512(at), ~__mmask64{0});
  }
  BELLROCK_SCAN_TARGET static inline HeadMasks head_tail(const std::uint8_t* at, std::size_t size) {
    return head_of(_mm512_maskz_loadu_epi8(first(size), at), first(size));
  }

  BELLROCK_SCAN_TARGET static inline TargetMasks target_of(__m512i data, __mmask64 valid) {
    const __mmask64 invalid = _mm512_cmple_epu8_mask(data, _mm512_set1_epi8(0x20)) |
                              _mm512_cmpeq_epi8_mask(data, _mm512_set1_epi8(0x7f)) |
                              _mm512_cmpeq_epi8_mask(data, _mm512_set1_epi8('#'));
    return {invalid & valid, _mm512_cmpeq_epi8_mask(data, _mm512_set1_epi8('?')) & valid};
  }
  BELLROCK_SCAN_TARGET static inline TargetMasks target(const std::uint8_t* at) {
    return target_of(_mm512_loadu_si512(at), ~__mmask64{0});
  }
  BELLROCK_SCAN_TARGET static inline TargetMasks target_tail(const std::uint8_t* at, std::size_t size) {
    return target_of(_mm512_maskz_loadu_epi8(first(size), at), first(size));
  }
};

}  // namespace

const ScanKernel kAvx512Kernel{"avx512", &scan_head<Avx512Block>, &find_control<Avx512Block>,
                               &scan_target<Avx512Block>};

}  // namespace bellrock::http
