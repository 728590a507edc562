// Which header names matter, found by their first four bytes and their length: a header that is not one of ours costs a
// handful of instructions. Built at start; read only on the packet path.
#pragma once

#include <emmintrin.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "dataplane/base/limits.h"

namespace bellrock::http {

// What the parser itself does with a header, beside handing out its value.
enum class HeaderRole : std::uint8_t { kNone, kHost, kContentLength, kTransferEncoding, kExpect, kContentType };

inline constexpr std::uint8_t kNoSlot = 0xff;
inline constexpr std::size_t kHeaderNameBytesMax = 64;  // of one that can be asked for

struct KnownHeader {
  alignas(16) std::array<std::uint8_t, 16> begin{};  // of the name, each byte with 0x20 set; zeros behind it
  std::uint8_t name_bytes = 0;
  HeaderRole role = HeaderRole::kNone;
  std::uint8_t slot = kNoSlot;                   // in HeaderValues
  bool exact = true;                             // `begin` tells it from every other name of its length
  std::uint8_t next = 0;                         // another name of the same hash; 0: none
  std::array<char, kHeaderNameBytesMax> name{};  // lower case
};

class HeaderTable {
 public:
  // A name that is known already keeps its first slot; later ones become copies of it (`copies`). A name that is no
  // header name, or too long, is not added: it is never found.
  void add(std::string_view name, HeaderRole role, std::uint8_t slot);

  // The known header of the name at `line`, or nullptr. `readable` bytes from there on may be read; the shortest header
  // line has four.
  [[nodiscard]] const KnownHeader* find(const std::uint8_t* line, std::size_t name_bytes, std::size_t readable) const {
    for (std::uint8_t at = first_[hash(line, name_bytes)]; at != 0; at = known_[at].next) {
      if (matches(known_[at], line, name_bytes, readable)) return &known_[at];
    }
    return has_short_names_ && name_bytes < 4 ? find_short(line, name_bytes) : nullptr;
  }

  struct Copy {
    std::uint8_t from, to;
  };
  [[nodiscard]] std::span<const Copy> copies() const { return {copies_.data(), copy_count_}; }

 private:
  static std::size_t hash(const std::uint8_t* line, std::size_t name_bytes) {
    std::uint32_t word;
    std::memcpy(&word, line, sizeof word);
    return (((word | 0x20202020u) + static_cast<std::uint32_t>(name_bytes)) * 0x9e3779b1u) >> 23;
  }
  // 0x20 folds the case of letters; among token characters also '^' into '~', and '_' into DEL.
  static bool matches(const KnownHeader& known, const std::uint8_t* line, std::size_t name_bytes,
                      std::size_t readable) {
    if (known.name_bytes != name_bytes) return false;
    if (readable < 16) [[unlikely]]
      return equals(known, line);
    const __m128i begin = _mm_load_si128(reinterpret_cast<const __m128i*>(known.begin.data()));
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(line));
    const __m128i same = _mm_cmpeq_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), begin);
    const __m128i behind = _mm_cmpeq_epi8(begin, _mm_setzero_si128());
    return _mm_movemask_epi8(_mm_or_si128(same, behind)) == 0xffff && (known.exact || equals(known, line));
  }
  static bool equals(const KnownHeader& known, const std::uint8_t* line);
  [[nodiscard]] const KnownHeader* find_short(const std::uint8_t* line, std::size_t name_bytes) const;
  [[nodiscard]] KnownHeader* find_equal(std::string_view name);

  std::array<std::uint8_t, 512> first_{};
  std::array<KnownHeader, kHeaderInterestsMax + 8> known_{};  // [0] is none
  std::uint8_t known_count_ = 1;
  bool has_short_names_ = false;  // of less than four bytes: their hash would depend on their value
  std::array<Copy, kHeaderInterestsMax> copies_{};
  std::size_t copy_count_ = 0;
};

// What requests are read for: the fixed interests of flow/message.h, then `extra` in their order.
HeaderTable make_request_headers(std::span<const std::string> extra);
// `types`: what kind of content it is, too.
HeaderTable make_response_headers(bool types);

}  // namespace bellrock::http
