#include <immintrin.h>

#define BELLROCK_SCAN_TARGET __attribute__((target("sse4.2,popcnt")))
#include "dataplane/http/scan_kernel.h"

namespace bellrock::http {
namespace {

struct Sse42Block {
  static constexpr std::size_t kNameBytes = 32;

  BELLROCK_SCAN_TARGET static inline std::uint64_t bits(__m128i data) {
    return static_cast<std::uint32_t>(_mm_movemask_epi8(data));
  }
  BELLROCK_SCAN_TARGET static inline __m128i load(const std::uint8_t* at) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  }
  BELLROCK_SCAN_TARGET static inline __m128i equal(__m128i data, char byte) {
    return _mm_cmpeq_epi8(data, _mm_set1_epi8(byte));
  }
  BELLROCK_SCAN_TARGET static inline __m128i members_of(__m128i data, const NibbleTables& tables) {
    const __m128i nibble = _mm_set1_epi8(0x0f);
    const __m128i low = _mm_shuffle_epi8(load(tables.low.data()), _mm_and_si128(data, nibble));
    const __m128i high = _mm_shuffle_epi8(load(tables.high.data()), _mm_and_si128(_mm_srli_epi16(data, 4), nibble));
    return _mm_and_si128(low, high);
  }
  BELLROCK_SCAN_TARGET static inline std::uint64_t not_in(const std::uint8_t* at, const NibbleTables& tables) {
    return bits(_mm_cmpeq_epi8(members_of(load(at), tables), _mm_setzero_si128()));
  }
  // As in scan_avx2.cpp.
  struct Tail {
    BELLROCK_SCAN_TARGET inline Tail(const std::uint8_t* at, std::size_t size) {
      std::memset(bytes, 'a', sizeof bytes);
      std::memcpy(bytes, at, size);
    }
    alignas(16) std::uint8_t bytes[64];
  };

  BELLROCK_SCAN_TARGET static inline HeadMasks head_quarter(const std::uint8_t* at) {
    const __m128i data = load(at);
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(data, _mm_set1_epi8(0x1f)), data);  // < 0x20
    const __m128i control = _mm_or_si128(_mm_andnot_si128(equal(data, '\t'), low), equal(data, 0x7f));
    return {bits(control), bits(equal(data, '\r')), bits(equal(data, '\n'))};
  }
  BELLROCK_SCAN_TARGET static inline HeadMasks head(const std::uint8_t* at) {
    HeadMasks masks{};
    for (unsigned i = 0; i < 64; i += 16) {
      const HeadMasks quarter = head_quarter(at + i);
      masks.control |= quarter.control << i;
      masks.carriage_return |= quarter.carriage_return << i;
      masks.line_feed |= quarter.line_feed << i;
    }
    return masks;
  }
  BELLROCK_SCAN_TARGET static inline HeadMasks head_tail(const std::uint8_t* at, std::size_t size) {
    const Tail tail(at, size);
    return head(tail.bytes);
  }

  BELLROCK_SCAN_TARGET static inline std::size_t add_lines(std::uint16_t* ends, std::size_t count, std::size_t base,
                                                           std::uint64_t line_feeds) {
    return add_lines_singly(ends, count, base, line_feeds);
  }

  BELLROCK_SCAN_TARGET static inline TargetMasks target_quarter(const std::uint8_t* at) {
    const __m128i data = load(at);
    const __m128i blank = _mm_set1_epi8(0x20);
    const __m128i invalid = _mm_or_si128(_mm_cmpeq_epi8(_mm_max_epu8(data, blank), blank),  // <= 0x20
                                         _mm_or_si128(equal(data, 0x7f), equal(data, '#')));
    return {bits(invalid), bits(equal(data, '?'))};
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

  BELLROCK_SCAN_TARGET static inline std::uint64_t not_token(const std::uint8_t* at) {
    return not_in(at, kTokenNibbles) | not_in(at + 16, kTokenNibbles) << 16 | std::uint64_t{1} << 32;
  }
  BELLROCK_SCAN_TARGET static inline std::uint64_t not_host(const std::uint8_t* at) {
    std::uint64_t masks = 0;
    for (unsigned i = 0; i < 64; i += 16) masks |= not_in(at + i, kHostNibbles) << i;
    return masks;
  }
};

}  // namespace

const ScanKernel kSse42Kernel{"sse4.2",
                              &scan_head<Sse42Block>,
                              &scan_names<Sse42Block>,
                              &find_control<Sse42Block>,
                              &scan_target<Sse42Block>,
                              &is_host<Sse42Block>};

}  // namespace bellrock::http
