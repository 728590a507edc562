#include "dataplane/beacon/plain_text.h"

#if defined(__x86_64__)
#include <immintrin.h>

// g++ 12 takes the deliberately undefined operands inside its own intrinsics for uninitialised variables.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#endif

namespace bellrock::beacon::internal {

const char* skip_plain_singly(const char* at, const char* end) {
  while (at != end && is_plain(*at)) ++at;
  return at;
}

#if defined(__x86_64__)
namespace {

const bool kHasAvx2 = __builtin_cpu_supports("avx2") != 0;
const bool kHasAvx512 = __builtin_cpu_supports("avx512bw") != 0;

const char* skip_plain_sse2(const char* at, const char* end) {
  for (; end - at >= 16; at += 16) {
    if (const unsigned found = not_plain_16(at); found != 0) return at + std::countr_zero(found);
  }
  return skip_plain_singly(at, end);
}

}  // namespace

[[gnu::target("avx2,bmi")]] const char* skip_plain_avx2(const char* at, const char* end) {
  for (; end - at >= 32; at += 32) {
    const __m256i data = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    const __m256i special = _mm256_or_si256(_mm256_cmpeq_epi8(data, _mm256_set1_epi8('"')),
                                            _mm256_cmpeq_epi8(data, _mm256_set1_epi8('\\')));
    const __m256i below_space = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), data);
    const auto found = static_cast<unsigned>(_mm256_movemask_epi8(_mm256_or_si256(special, below_space)));
    if (found != 0) return at + std::countr_zero(found);
  }
  return skip_plain_sse2(at, end);
}

[[gnu::target("avx512f,avx512bw,bmi,bmi2")]] const char* skip_plain_avx512(const char* at, const char* end) {
  while (at != end) {
    const auto left = static_cast<std::size_t>(end - at);
    const __mmask64 there = left >= 64 ? ~__mmask64{0} : ~__mmask64{0} >> (64 - left);
    const __m512i data = _mm512_maskz_loadu_epi8(there, at);
    const __mmask64 found = _mm512_mask_cmplt_epi8_mask(there, data, _mm512_set1_epi8(0x20)) |
                            _mm512_cmpeq_epi8_mask(data, _mm512_set1_epi8('"')) |
                            _mm512_cmpeq_epi8_mask(data, _mm512_set1_epi8('\\'));
    if (found != 0) return at + std::countr_zero(found);
    at += left >= 64 ? 64 : left;
  }
  return end;
}

const char* skip_plain_long(const char* at, const char* end) {
  return kHasAvx512 ? skip_plain_avx512(at, end) : kHasAvx2 ? skip_plain_avx2(at, end) : skip_plain_sse2(at, end);
}
#else
const char* skip_plain_long(const char* at, const char* end) { return skip_plain_singly(at, end); }
#endif

}  // namespace bellrock::beacon::internal
