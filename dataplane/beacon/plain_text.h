// How far a text is plain: ASCII without quotes, backslashes and control bytes, so that in a JSON string it stands for
// itself and is followed by what ends it. Most strings end within the first vector; long ones go on with the widest
// vectors that the processor has. Pure functions over borrowed bytes, any thread; nothing at `end` or behind is read.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace bellrock::beacon {

namespace internal {

constexpr bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

const char* skip_plain_singly(const char* at, const char* end);
// By the best of these that the processor has. The others are there for tests; each needs what its name says.
const char* skip_plain_long(const char* at, const char* end);
#if defined(__x86_64__)
const char* skip_plain_avx2(const char* at, const char* end);
const char* skip_plain_avx512(const char* at, const char* end);
#endif

#if defined(__SSE2__)
// A bit for each of 16 bytes that is not plain.
inline unsigned not_plain_16(const char* at) {
  const __m128i data = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i special =
      _mm_or_si128(_mm_cmpeq_epi8(data, _mm_set1_epi8('"')), _mm_cmpeq_epi8(data, _mm_set1_epi8('\\')));
  const __m128i below_space = _mm_cmplt_epi8(data, _mm_set1_epi8(0x20));  // as signed bytes: those above ASCII as well
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(special, below_space)));
}
#endif

}  // namespace internal

// The first byte from `at` on that is not plain, or `end`.
inline const char* skip_plain(const char* at, const char* end) {
#if defined(__SSE2__)
  if (end - at >= 16) [[likely]] {
    const unsigned found = internal::not_plain_16(at);
    if (found != 0) [[likely]]
      return at + std::countr_zero(found);
    at += 16;
  }
#endif
  return internal::skip_plain_long(at, end);
}

}  // namespace bellrock::beacon
