// Which header names matter. Most headers of a message are not looked at beyond their validity: a name's length and
// first four bytes lead to at most a few candidates. Built at start; read only on the packet path.
#pragma once

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

struct KnownHeader {
  std::array<char, 64> name{};  // lower case
  std::uint8_t name_bytes = 0;
  HeaderRole role = HeaderRole::kNone;
  std::uint8_t slot = kNoSlot;  // in HeaderValues
  std::uint8_t next = 0;        // other name of the same hash; 0: none
  bool compare_bytes = false;   // has characters that the fast comparison takes for others
};

class HeaderTable {
 public:
  HeaderTable();  // knows nothing

  // A name that is known already keeps its first slot; later ones become copies of it (`copies`). A name that is no
  // header name, or too long to be one of ours, is not added: no message can carry it.
  void add(std::string_view name, HeaderRole role, std::uint8_t slot);

  // The known header of this name, or nullptr. Four bytes from `name` on must be readable: the shortest header line
  // and the empty line behind it have six.
  [[nodiscard]] const KnownHeader* find(const std::uint8_t* name, std::size_t name_bytes) const {
    for (std::uint8_t at = first_[hash(name, name_bytes)]; at != 0; at = known_[at].next) {
      if (matches(known_[at], name, name_bytes)) return &known_[at];
    }
    return nullptr;
  }

  struct Copy {
    std::uint8_t from, to;
  };
  [[nodiscard]] std::span<const Copy> copies() const { return {copies_.data(), copy_count_}; }

 private:
  static std::size_t hash(const std::uint8_t* name, std::size_t name_bytes) {
    std::uint32_t word;
    std::memcpy(&word, name, sizeof word);
    if (name_bytes < 4) word &= (1u << (8 * name_bytes)) - 1;
    // 0x20 folds the case of letters; what else it folds, `matches` tells apart.
    return (((word | 0x20202020u) + static_cast<std::uint32_t>(name_bytes)) * 0x9e3779b1u) >> 23;
  }
  static bool matches(const KnownHeader& known, const std::uint8_t* name, std::size_t name_bytes);

  std::array<std::uint8_t, 512> first_{};
  std::array<KnownHeader, kHeaderInterestsMax + 8> known_{};  // [0] is none
  std::uint8_t known_count_ = 1;
  std::array<Copy, kHeaderInterestsMax> copies_{};
  std::size_t copy_count_ = 0;
};

// What requests are read for: the fixed interests of flow/message.h, then `extra` in their order.
HeaderTable make_request_headers(std::span<const std::string> extra);
HeaderTable make_response_headers();

}  // namespace bellrock::http
