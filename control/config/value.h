// One value of the file being read together with its key path, and readers that turn it into a type. A reader that
// returns nothing has reported why. Start-up only.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/config/report.h"
#include "dataplane/base/time.h"

namespace bellrock::config {

struct Value {
  const yaml::Node* node = nullptr;
  std::string file;
  std::string path;  // spec.steps[2].match
  Report* report = nullptr;

  [[nodiscard]] Place place() const { return {file, node->mark, path}; }
  [[nodiscard]] bool is_scalar() const { return node->type == yaml::NodeType::kScalar; }
  [[nodiscard]] bool is_list() const { return node->type == yaml::NodeType::kList; }
  [[nodiscard]] bool is_map() const { return node->type == yaml::NodeType::kMap; }
  // A plain (unquoted) word.
  [[nodiscard]] bool is_word(std::string_view word) const { return is_scalar() && !node->quoted && node->text == word; }
  void error(Code code, std::string message, std::string fix = {}) const;
  void warning(Code code, std::string message, std::string fix = {}) const;
  // Refuses a feature that this version does not have, by its name. An empty `fix`: to remove it, so there must be one
  // where its key is needed, or where `feature` is not what is written.
  void later(std::string_view feature, std::string fix = {}) const;
};

// The elements of a list; one element when a single value stands for a list of one. At most `max`.
std::vector<Value> elements(const Value& list, std::size_t max);
// The same, but a value that is no list is an error.
std::optional<std::vector<Value>> read_list(const Value& value, std::size_t max);
// The same, where an empty list says that there are none.
std::optional<std::vector<Value>> read_list_or_none(const Value& value, std::size_t max);

// The entries of a mapping whose keys the writer chooses. A key that cannot be a text is reported and left out.
struct Entry {
  std::string key;
  Value value;
};
std::optional<std::vector<Entry>> read_entries(const Value& value, std::size_t max);

std::optional<std::string> read_text(const Value& value);   // any scalar, not empty, printable, bounded
std::optional<std::string> read_name(const Value& value);   // lower-case letters, digits, - and _
std::optional<bool> read_bool(const Value& value);          // true or false
std::optional<Duration> read_duration(const Value& value);  // positive
std::optional<std::uint64_t> read_size(const Value& value);
std::optional<std::uint64_t> read_unsigned(const Value& value, std::uint64_t min, std::uint64_t max);
std::optional<std::uint64_t> read_ratio_e9(const Value& value);  // a decimal above 0 and below 1

// Refuses one of these words by its name; false: it is none of them.
bool refuse_later(const Value& value, std::span<const std::string_view> later_words, const std::string& fix);

// A word of a fixed set. `later_words` are refused by name.
template <typename E>
using Choice = std::pair<std::string_view, E>;
std::optional<std::size_t> read_word(const Value& value, std::span<const std::string_view> words,
                                     std::span<const std::string_view> later_words);
template <typename E, std::size_t N>
std::optional<E> read_choice(const Value& value, const Choice<E> (&choices)[N],
                             std::span<const std::string_view> later_words = {}) {
  std::vector<std::string_view> words;
  for (const auto& choice : choices) words.push_back(choice.first);
  const auto index = read_word(value, words, later_words);
  if (!index) return std::nullopt;
  return choices[*index].second;
}

// "`a`, `b` or `c`"
std::string one_of(std::span<const std::string_view> words);
// The candidate that `word` was probably meant to be; empty when none is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace bellrock::config
