// Finds which of many short texts occur in a longer one, in one pass over its bytes: an automaton (Aho and Corasick,
// "Efficient string matching", CACM 18 (6), 1975), made at start. So the cost of a text that nobody has seen before
// depends on its length and not on the number of rules, whoever chooses it. Letters A to Z are found without case.
// Read-only after start; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "dataplane/base/limits.h"

namespace bellrock::journey {

constexpr std::uint8_t without_case(std::uint8_t c) {
  return c >= 'A' && c <= 'Z' ? static_cast<std::uint8_t>(c | 0x20) : c;
}

// One bit for each token of a scanner.
class TokenSet {
 public:
  void add(std::size_t token) { words_[token / 64] |= std::uint64_t{1} << (token % 64); }
  [[nodiscard]] bool has(std::size_t token) const { return (words_[token / 64] >> (token % 64) & 1) != 0; }

 private:
  std::array<std::uint64_t, kVisitorTokensMax / 64> words_{};
};

struct Token {
  std::string_view text;  // not empty
  bool at_start = false;  // counts only where the scanned text begins with it
};

class TokenScanner {
 public:
  // At most kVisitorTokensMax tokens, no two of them the same without case. Their texts may go away.
  explicit TokenScanner(std::span<const Token> tokens);

  // Adds the numbers of the tokens that `text` holds.
  void scan(std::string_view text, TokenSet& found) const;

 private:
  using State = std::uint16_t;
  struct Ends {
    std::uint16_t anywhere = 0, at_start = 0;  // 1 + number of the token that ends in a state; 0: none
    State shorter = 0;                         // the next state whose token ends here too; 0: none
    std::uint16_t length = 0;
  };

  void number_classes(std::span<const Token> tokens);
  void add(const Token& token, std::size_t number);
  void link();
  State& next(State from, std::size_t byte_class) { return next_[from * width_ + byte_class]; }
  State add_state();

  std::array<std::uint8_t, 256> class_{};  // 0: a byte of no token
  std::size_t width_ = 1;
  std::vector<State> next_;
  std::vector<Ends> ends_;
  std::vector<State> first_end_;  // of the tokens that end where a state is reached: the longest one's; 0: none
};

}  // namespace bellrock::journey
