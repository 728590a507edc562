// Which of a definition's names a text is, by one look at a table: its places are chosen by the text's ends and length.
// Whoever sends a text cannot add to the table, so that the hash need not be a keyed one. Filled once; then find() only
// reads, from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bellrock::journey {

class NameIndex {
 public:
  // Names may come again: each adds its value. They must outlive the index.
  void add(std::string_view name, std::uint16_t value);
  // After the last add() and before find().
  void finish();

  // The values of `text`, in the order in which they were added.
  [[nodiscard]] std::span<const std::uint16_t> find(std::string_view text) const {
    for (std::size_t at = place_of(text);; ++at) {
      const Entry& entry = entries_[at & mask_];
      if (entry.count == 0) return {};
      if (entry.name == text) return {values_.data() + entry.first, entry.count};
    }
  }

 private:
  struct Added {
    std::string_view name;
    std::uint16_t value = 0;
  };
  struct Entry {
    std::string_view name;
    std::uint32_t first = 0, count = 0;  // in values_; no count: an empty place, of which there are always some
  };

  [[nodiscard]] std::size_t place_of(std::string_view text) const;

  std::vector<Added> added_;
  std::vector<Entry> entries_ = std::vector<Entry>(1);
  std::vector<std::uint16_t> values_;
  std::size_t mask_ = 0;
};

}  // namespace bellrock::journey
