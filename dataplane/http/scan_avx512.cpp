#include <immintrin.h>

// g++ 12 takes the deliberately undefined operands inside its own intrinsics for uninitialised variables.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#define BELLROCK_SCAN_TARGET __attribute__((target("avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi,bmi2,popcnt")))
#include "dataplane/http/scan_kernel.h"

namespace bellrock::http {
namespace {

// Sets among the 128 ASCII characters, for one two-register lookup.
inline constexpr std::uint8_t kToken = 1;
inline constexpr std::uint8_t kHost = 2;
constexpr std::array<std::uint8_t, 128> make_classes() {
  std::array<std::uint8_t, 128> classes{};
  for (std::uint8_t byte = 0; byte < 128; ++byte) {
    classes[byte] = static_cast<std::uint8_t>((is_token(byte) ? kToken : 0) | (http::is_host(byte) ? kHost : 0));
  }
  return classes;
}
alignas(64) constexpr std::array<std::uint8_t, 128> kClasses = make_classes();

alignas(64) constexpr std::array<std::uint8_t, 64> kPositions = [] {
  std::array<std::uint8_t, 64> positions{};
  for (std::uint8_t i = 0; i < 64; ++i) positions[i] = i;
  return positions;
}();

struct Avx512Block {
  static constexpr std::size_t kNameBytes = 64;

  BELLROCK_SCAN_TARGET static inline __mmask64 equal(__m512i data, char byte) {
    return _mm512_cmpeq_epi8_mask(data, _mm512_set1_epi8(byte));
  }
  // 0 for bytes that are not ASCII.
  BELLROCK_SCAN_TARGET static inline __m512i classes_of(__m512i data) {
    return _mm512_maskz_permutex2var_epi8(~_mm512_movepi8_mask(data), _mm512_load_si512(kClasses.data()), data,
                                          _mm512_load_si512(kClasses.data() + 64));
  }

  BELLROCK_SCAN_TARGET static inline HeadMasks head_of(__m512i data) {
    const __mmask64 low = _mm512_cmplt_epu8_mask(data, _mm512_set1_epi8(0x20));
    const __mmask64 control = _mm512_mask_cmpneq_epi8_mask(low, data, _mm512_set1_epi8('\t')) | equal(data, 0x7f);
    return {in_register(control), in_register(equal(data, '\r')), in_register(equal(data, '\n'))};
  }
  BELLROCK_SCAN_TARGET static inline HeadMasks head(const std::uint8_t* at) { return head_of(_mm512_loadu_si512(at)); }
  BELLROCK_SCAN_TARGET static inline HeadMasks head_tail(const std::uint8_t* at, std::size_t size) {
    const __mmask64 valid = ~__mmask64{0} >> (64 - size);
    return head_of(_mm512_mask_loadu_epi8(_mm512_set1_epi8('a'), valid, at));
  }

  BELLROCK_SCAN_TARGET static inline std::uint64_t not_token(const std::uint8_t* at) {
    return _mm512_testn_epi8_mask(classes_of(_mm512_loadu_si512(at)), _mm512_set1_epi8(kToken));
  }

  BELLROCK_SCAN_TARGET static inline std::size_t add_lines(std::uint16_t* ends, std::size_t count, std::size_t base,
                                                           std::uint64_t line_feeds) {
    const auto lines = static_cast<std::size_t>(std::popcount(line_feeds));
    if (lines > 16) [[unlikely]]
      return add_lines_singly(ends, count, base, line_feeds);
    const __m512i found = _mm512_maskz_compress_epi8(line_feeds, _mm512_load_si512(kPositions.data()));
    const __m256i positions = _mm256_add_epi16(_mm256_cvtepu8_epi16(_mm512_castsi512_si128(found)),
                                               _mm256_set1_epi16(static_cast<short>(base - 1)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(ends + count), positions);
    return count + lines;
  }

  BELLROCK_SCAN_TARGET static inline TargetMasks target(const std::uint8_t* at) {
    const __m512i data = _mm512_loadu_si512(at);
    return {_mm512_cmple_epu8_mask(data, _mm512_set1_epi8(0x20)) | equal(data, 0x7f) | equal(data, '#'),
            equal(data, '?')};
  }

  BELLROCK_SCAN_TARGET static inline std::uint64_t not_host(const std::uint8_t* at) {
    return _mm512_testn_epi8_mask(classes_of(_mm512_loadu_si512(at)), _mm512_set1_epi8(kHost));
  }
};

}  // namespace

const ScanKernel kAvx512Kernel{"avx512",
                               &scan_head<Avx512Block>,
                               &scan_names<Avx512Block>,
                               &find_control<Avx512Block>,
                               &scan_target<Avx512Block>,
                               &is_host<Avx512Block>};

}  // namespace bellrock::http
