// Which header names matter. Most headers of a message are not looked at beyond their validity: a name's first
// four bytes lead to at most a few candidates. Built at start; read only on the packet path.
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
enum class HeaderRole : std::uint8_t { kNone, kHost, kContentLength, kTransferEncoding, kExpect };

inline constexpr std::uint8_t kNoSlot = 0xff;

struct alignas(16) KnownHeader {
  std::array<char, 80> name{};  // lower case
  std::uint8_t name_bytes = 0;
  HeaderRole role = HeaderRole::kNone;
  std::uint8_t slot = kNoSlot;  // in HeaderValues
  std::uint8_t next = 0;        // other name of the same hash; 0: none
  bool simple = false;          // at most 16 bytes, and none that matches16 takes for another
};

class HeaderTable {
 public:
  HeaderTable();  // knows nothing

  // A name that is known already keeps its first slot; later ones become copies of it (`copies`). A name that is no
  // header name, or too long to be one of ours, is not added: no message can carry it.
  void add(std::string_view name, HeaderRole role, std::uint8_t slot);

  // The known header whose name `line` begins with, or nullptr. The name has been checked to be a token and to end with
  // ':'; `readable` bytes may be read, the shortest header line being 4.
  [[nodiscard]] const KnownHeader* find(const std::uint8_t* line, std::size_t readable) const {
    for (std::uint8_t at = first_[hash(line)]; at != 0; at = known_[at].next) {
      const KnownHeader& known = known_[at];
      if (readable > 16 && known.simple ? matches16(known, line) : matches(known, line, readable)) return &known;
    }
    return has_short_names_ ? find_short(line) : nullptr;
  }

  struct Copy {
    std::uint8_t from, to;
  };
  [[nodiscard]] std::span<const Copy> copies() const { return {copies_.data(), copy_count_}; }

 private:
  // Of the first four bytes; 0x20 folds the case of letters.
  static std::size_t hash(const std::uint8_t* line) {
    std::uint32_t word;
    std::memcpy(&word, line, sizeof word);
    return ((word | 0x20202020u) * 0x9e3779b1u) >> 23;
  }
  static bool matches(const KnownHeader& known, const std::uint8_t* line, std::size_t readable);
  // 16 bytes at once, with 0x20 set: that folds the case of letters and, among token characters, only '^' into '~'.
  static bool matches16(const KnownHeader& known, const std::uint8_t* line) {
    const __m128i fold = _mm_set1_epi8(0x20);
    const __m128i bytes = _mm_or_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(line)), fold);
    const __m128i same = _mm_cmpeq_epi8(bytes, _mm_loadu_si128(reinterpret_cast<const __m128i*>(known.name.data())));
    const unsigned wanted = (1u << known.name_bytes) - 1;
    return (static_cast<unsigned>(_mm_movemask_epi8(same)) & wanted) == wanted && line[known.name_bytes] == ':';
  }
  // Names of one or two bytes: the first four bytes of their lines are not always the same.
  [[nodiscard]] const KnownHeader* find_short(const std::uint8_t* line) const;
  [[nodiscard]] KnownHeader* find_equal(std::string_view name);

  std::array<std::uint8_t, 512> first_{};
  std::array<KnownHeader, kHeaderInterestsMax + 8> known_{};  // [0] is none
  std::uint8_t known_count_ = 1;
  std::array<Copy, kHeaderInterestsMax> copies_{};
  std::size_t copy_count_ = 0;
  bool has_short_names_ = false;
};

// What requests are read for: the fixed interests of flow/message.h, then `extra` in their order.
HeaderTable make_request_headers(std::span<const std::string> extra);
HeaderTable make_response_headers();

}  // namespace bellrock::http
