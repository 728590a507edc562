#include "dataplane/journey/token_scanner.h"

#include "dataplane/base/check.h"

namespace bellrock::journey {

TokenScanner::TokenScanner(std::span<const Token> tokens) {
  CHECK(tokens.size() <= kVisitorTokensMax);
  number_classes(tokens);
  add_state();
  for (std::size_t i = 0; i < tokens.size(); ++i) add(tokens[i], i);
  link();
}

void TokenScanner::number_classes(std::span<const Token> tokens) {
  for (const Token& token : tokens) {
    for (const char c : token.text) {
      std::uint8_t& its = class_[without_case(static_cast<std::uint8_t>(c))];
      if (its == 0) its = static_cast<std::uint8_t>(width_++);
    }
  }
  CHECK(width_ <= 256);
  for (std::uint8_t c = 'A'; c <= 'Z'; ++c) class_[c] = class_[without_case(c)];
}

TokenScanner::State TokenScanner::add_state() {
  CHECK(ends_.size() <= 0xffff);
  next_.resize(next_.size() + width_);
  ends_.emplace_back();
  return static_cast<State>(ends_.size() - 1);
}

void TokenScanner::add(const Token& token, std::size_t number) {
  CHECK(!token.text.empty());
  State at = 0;
  for (const char c : token.text) {
    const std::size_t byte_class = class_[without_case(static_cast<std::uint8_t>(c))];
    if (next(at, byte_class) == 0) {
      const State made = add_state();
      next(at, byte_class) = made;
    }
    at = next(at, byte_class);
  }
  ends_[at].length = static_cast<std::uint16_t>(token.text.size());
  (token.at_start ? ends_[at].at_start : ends_[at].anywhere) = static_cast<std::uint16_t>(number + 1);
}

// Breadth first: where a state's text goes on in no token, its longest end that does.
void TokenScanner::link() {
  std::vector<State> fallback(ends_.size()), queue;
  first_end_.resize(ends_.size());
  for (std::size_t c = 0; c < width_; ++c) {
    if (next(0, c) != 0) queue.push_back(next(0, c));
  }
  for (std::size_t i = 0; i < queue.size(); ++i) {
    const State at = queue[i];
    ends_[at].shorter = first_end_[fallback[at]];
    first_end_[at] = ends_[at].length != 0 ? at : ends_[at].shorter;
    for (std::size_t c = 0; c < width_; ++c) {
      State& to = next(at, c);
      const State else_to = next(fallback[at], c);
      if (to == 0) {
        to = else_to;
      } else {
        fallback[to] = else_to;
        queue.push_back(to);
      }
    }
  }
}

void TokenScanner::scan(std::string_view text, TokenSet& found) const {
  State at = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    at = next_[at * width_ + class_[static_cast<std::uint8_t>(text[i])]];
    for (State end = first_end_[at]; end != 0; end = ends_[end].shorter) {
      const Ends& ends = ends_[end];
      if (ends.anywhere != 0) found.add(ends.anywhere - 1u);
      if (ends.at_start != 0 && i + 1 == ends.length) found.add(ends.at_start - 1u);
    }
  }
}

}  // namespace bellrock::journey
