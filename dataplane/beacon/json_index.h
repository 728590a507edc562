// Where the tokens of a JSON text are: simdjson's first stage, by the SIMD kernel that the CPU has, chosen once. It
// finds brackets, commas, colons, and the first bytes of strings, numbers and words outside strings; proves that the
// text is UTF-8, and that no string is left open or holds a control byte. What stands at the tokens is the walker's.
// One per core; all memory is taken at construction.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "dataplane/base/bytes.h"
#include "dataplane/base/counters.h"

namespace simdjson::internal {
class dom_parser_implementation;
}

namespace bellrock::beacon {

class JsonIndex {
 public:
  explicit JsonIndex(std::size_t text_bytes_max);
  ~JsonIndex();
  JsonIndex(JsonIndex&&) noexcept;
  JsonIndex& operator=(JsonIndex&&) noexcept;

  // kCount: tokens() are this text's. Reads nothing outside the text.
  BeaconReject build(std::string_view text);
  [[nodiscard]] std::span<const std::uint32_t> tokens() const { return {tokens_, count_}; }

 private:
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage_;
  const std::uint32_t* tokens_ = nullptr;
  std::size_t count_ = 0;
};

bool is_utf8(std::string_view text);

}  // namespace bellrock::beacon
