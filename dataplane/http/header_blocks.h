// Header blocks that came before. Browsers of one kind send the same header lines with every beacon, byte for byte but
// for the digits of Content-Length; such a block need not be read again. A table of what blocks said, found by a few
// words of the block and believed only if all its bytes are the same. A block is kept when it comes for the second
// time. One that holds a cookie is not kept: it is one visitor's own.
// One for each parser, used by its thread; allocates when it is made only. Memory: 300 KiB. The hash has no key: who
// makes blocks meet in one place makes them be read in full, which is what every block costs without the table.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "dataplane/base/bytes.h"

namespace bellrock::http {

// What a block says. Places are counted from its first byte.
struct HeaderBlock {
  static constexpr std::size_t kBytesMax = 1'024;
  static constexpr std::size_t kValuesMax = 32;
  struct Value {
    std::uint16_t at = 0, bytes = 0;
    std::uint8_t slot = 0;  // in HeaderValues
  };

  std::uint64_t number = 0;        // of the block; no other has the same, in the whole process
  std::uint16_t bytes = 0;         // with the empty line; 0: none is kept
  std::uint16_t length_at = 0;     // of Content-Length's value
  std::uint8_t length_digits = 0;  // 0: it has none
  std::uint8_t value_count = 0;
  bool expects = false;
  std::uint64_t repeated = 0;  // as RequestHead's
  std::array<Value, kValuesMax> values{};
  std::array<std::uint8_t, kBytesMax> text{};
};

class HeaderBlocks {
 public:
  HeaderBlocks();

  // The block that stands at the beginning of `bytes`, of which more may follow; nullptr: none that is known.
  const HeaderBlock* find(Bytes bytes);
  // Where to write down what a block that was not found said, or nullptr: it is not to be kept. `block` is all of it,
  // `length` the value of Content-Length in it, empty: it has none.
  HeaderBlock* place_for(Bytes block, std::string_view length);

 private:
  static constexpr std::size_t kSets = 64, kWays = 4, kMissed = 8;
  struct alignas(64) Set {
    std::array<std::uint32_t, kWays> hashes{};    // of the ways; 0: none
    std::array<std::uint64_t, kMissed> missed{};  // hashes of blocks that were not found lately
    std::uint8_t next_missed = 0, next_way = 0;   // to be replaced
    std::array<HeaderBlock, kWays> ways;
  };

  std::unique_ptr<std::array<Set, kSets>> sets_;
};

}  // namespace bellrock::http
