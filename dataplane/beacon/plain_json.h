// A native beacon as nearly every page writes it: JSON.stringify of an object of texts, numbers and booleans, and
// `attrs` of the same; no white space, nothing nested further, no escapes, only ASCII. Such an object needs no index of
// its tokens (json_index.h): each byte is looked at once, where it stands.
//
// Pages of one kind write their keys in one order. So the key that came behind a field last is expected behind it
// again: two words are compared instead of looking for a key's end and for the key. Another key is read as ever, and
// expected next time. One for each core, used by its thread; no allocation.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "dataplane/beacon/draft.h"

namespace bellrock::beacon {

class PlainJson {
 public:
  // True: all of `text` is one such object, and the draft has what read_native_json would have read. False: it is
  // anything else, perhaps JSON, and the draft holds a part of it.
  bool read(std::string_view text, Draft& draft);

 private:
  class Cursor;

  // A key with its quotes and its colon, of up to 16 bytes, and what it means.
  struct Key {
    std::array<std::uint64_t, 2> words{}, masks{};
    std::uint8_t bytes = 0;  // 0: none is expected
    Field field = Field::kUnknown;
  };
  static constexpr std::size_t kStart = kFields + 1;  // behind Field::kUnknown

  bool read_key(Cursor& cursor, std::size_t behind, Field& field);
  static void learn(std::string_view quoted, Field field, Key& key);

  std::array<Key, kStart + 1> next_{};  // by the field before
};

}  // namespace bellrock::beacon
