#include <immintrin.h>

#define BELLROCK_SCAN_TARGET __attribute__((target("avx2,bmi,bmi2,popcnt")))
#include "dataplane/http/scan_kernel.h"

namespace bellrock::http {
namespace {

struct Avx2Block {
  static constexpr std::size_t kNameBytes = 32;

  BELLROCK_SCAN_TARGET static inline std::uint64_t bits(__m256i data) {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(data));
  }
  BELLROCK_SCAN_TARGET static inline __m256i load(const std::uint8_t* at) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  }
  BELLROCK_SCAN_TARGET static inline __m256i equal(__m256i data, char byte) {
    return _mm256_cmpeq_epi8(data, _mm256_set1_epi8(byte));
  }
  BELLROCK_SCAN_TARGET static inline __m256i table(const std::array<std::uint8_t, 16>& nibbles) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(nibbles.data())));
  }
  BELLROCK_SCAN_TARGET static inline __m256i members_of(__m256i data, const NibbleTables& tables) {
    const __m256i nibble = _mm256_set1_epi8(0x0f);
    const __m256i low = _mm256_shuffle_epi8(table(tables.low), _mm256_and_si256(data, nibble));
    const __m256i high = _mm256_shuffle_epi8(table(tables.high), _mm256_and_si256(_mm256_srli_epi16(data, 4), nibble));
    return _mm256_and_si256(low, high);
  }
  BELLROCK_SCAN_TARGET static inline std::uint64_t not_in(const std::uint8_t* at, const NibbleTables& tables) {
    return bits(_mm256_cmpeq_epi8(members_of(load(at), tables), _mm256_setzero_si256()));
  }
  // A copy of the last bytes with token characters behind them, which are valid everywhere.
  struct Tail {
    BELLROCK_SCAN_TARGET inline Tail(const std::uint8_t* at, std::size_t size) {
      std::memset(bytes, 'a', sizeof bytes);
      std::memcpy(bytes, at, size);
    }
    alignas(32) std::uint8_t bytes[64];
  };

  BELLROCK_SCAN_TARGET static inline HeadMasks head_half(const std::uint8_t* at) {
    const __m256i data = load(at);
    const __m256i low = _mm256_cmpeq_epi8(_mm256_min_epu8(data, _mm256_set1_epi8(0x1f)), data);  // < 0x20
    const __m256i control = _mm256_or_si256(_mm256_andnot_si256(equal(data, '\t'), low), equal(data, 0x7f));
    return {bits(control), bits(equal(data, '\r')), bits(equal(data, '\n'))};
  }
  BELLROCK_SCAN_TARGET static inline HeadMasks head(const std::uint8_t* at) {
    const HeadMasks a = head_half(at), b = head_half(at + 32);
    return {a.control | b.control << 32, a.carriage_return | b.carriage_return << 32, a.line_feed | b.line_feed << 32};
  }
  BELLROCK_SCAN_TARGET static inline HeadMasks head_tail(const std::uint8_t* at, std::size_t size) {
    const Tail tail(at, size);
    return head(tail.bytes);
  }

  BELLROCK_SCAN_TARGET static inline std::size_t add_lines(std::uint16_t* ends, std::size_t count, std::size_t base,
                                                           std::uint64_t line_feeds) {
    return add_lines_singly(ends, count, base, line_feeds);
  }

  BELLROCK_SCAN_TARGET static inline TargetMasks target_half(const std::uint8_t* at) {
    const __m256i data = load(at);
    const __m256i blank = _mm256_set1_epi8(0x20);
    const __m256i invalid = _mm256_or_si256(_mm256_cmpeq_epi8(_mm256_max_epu8(data, blank), blank),  // <= 0x20
                                            _mm256_or_si256(equal(data, 0x7f), equal(data, '#')));
    return {bits(invalid), bits(equal(data, '?'))};
  }
  BELLROCK_SCAN_TARGET static inline TargetMasks target(const std::uint8_t* at) {
    const TargetMasks a = target_half(at), b = target_half(at + 32);
    return {a.invalid | b.invalid << 32, a.question | b.question << 32};
  }

  BELLROCK_SCAN_TARGET static inline std::uint64_t not_token(const std::uint8_t* at) {
    return not_in(at, kTokenNibbles) | std::uint64_t{1} << 32;
  }
  BELLROCK_SCAN_TARGET static inline std::uint64_t not_host(const std::uint8_t* at) {
    return not_in(at, kHostNibbles) | not_in(at + 32, kHostNibbles) << 32;
  }
};

}  // namespace

const ScanKernel kAvx2Kernel{"avx2",
                             &scan_head<Avx2Block>,
                             &scan_names<Avx2Block>,
                             &find_control<Avx2Block>,
                             &scan_target<Avx2Block>,
                             &is_host<Avx2Block>};

}  // namespace bellrock::http
