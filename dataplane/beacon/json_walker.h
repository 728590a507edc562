// Walks the tokens of one indexed JSON text (json_index.h) from front to back, each once, and checks everything that
// the index has not: grammar, escapes, numbers, words, nesting. So a text that was walked to its end is JSON, also
// where nobody wanted its values. A walker is made per text, on the stack. No recursion: at most kJsonDepthMax nested
// values.
#pragma once

#include <array>
#include <cstring>
#include <span>

#include "dataplane/beacon/json_scalars.h"

namespace bellrock::beacon {

// Of a document; what simdjson's own parser allows.
inline constexpr std::size_t kJsonDepthMax = 1'023;

inline constexpr std::size_t kKeyReadable = 8;

// Strings of one beacon that are not as they stand in its text: unescaped, or too near its end. Never more bytes than
// the text that they come from, and at most kKeyReadable, twice, for the last key. The memory's last kKeyReadable bytes
// are never used.
class Scratch {
 public:
  explicit Scratch(std::span<char> memory) : memory_(memory) {}
  void clear() { used_ = 0; }
  [[nodiscard]] char* top() { return memory_.data() + used_; }
  [[nodiscard]] std::size_t room() const { return memory_.size() - used_; }
  std::string_view keep(const char* end) {
    const std::string_view kept(top(), static_cast<std::size_t>(end - top()));
    used_ += kept.size();
    return kept;
  }
  std::string_view copy(std::string_view text) {
    std::memmove(top(), text.data(), text.size());
    return keep(top() + text.size());
  }

 private:
  std::span<char> memory_;
  std::size_t used_ = 0;
};

class JsonWalker {
 public:
  JsonWalker() = default;
  JsonWalker(std::string_view text, std::span<const std::uint32_t> tokens, Scratch& scratch)
      : text_(text.data()),
        tokens_(tokens.data()),
        count_(tokens.size()),
        bytes_(text.size()),
        escapes_(std::memchr(text.data(), '\\', text.size()) != nullptr),
        scratch_(&scratch) {}

  // First byte of the current token; 0 behind the last one.
  [[nodiscard]] char peek() const { return peek(0); }
  [[nodiscard]] char peek(std::size_t ahead) const {
    return next_ + ahead < count_ ? text_[tokens_[next_ + ahead]] : '\0';
  }
  void skip_token() { ++next_; }
  bool accept(char token) {
    const bool there = peek() == token;
    next_ += there;
    return there;
  }
  [[nodiscard]] bool at_end() const { return next_ >= count_; }
  // After a refusal: whether the text could have gone on to be JSON, as far as its last token tells.
  [[nodiscard]] bool ran_out() const {
    return at_end() || (next_ + 1 == count_ && std::string_view("{}[],:").find(peek()) == std::string_view::npos);
  }
  [[nodiscard]] std::size_t offset() const { return next_ < count_ ? tokens_[next_] : bytes_; }

  // A key and its colon. The view is unescaped, and kKeyReadable bytes are readable at it.
  bool take_key(std::string_view& key) {
    if (peek() != '"' || peek(1) != ':') return false;
    const bool near_end = bytes_ - tokens_[next_] <= kKeyReadable;
    if (!take_string(key)) return false;
    ++next_;
    if (near_end) [[unlikely]]
      key = scratch_->copy(key);
    return true;
  }

  // The current token is a '"'. False: an escape in it does not exist.
  bool take_string(std::string_view& value) {
    const std::string_view raw = raw_string();
    ++next_;
    value = raw;
    if (!escapes_ || raw.empty() || std::memchr(raw.data(), '\\', raw.size()) == nullptr) [[likely]]
      return true;
    const char* end = unescape(raw, scratch_->top());
    if (end == nullptr) return false;
    value = scratch_->keep(end);
    return true;
  }

  // The current token is a '-' or a digit.
  bool take_number(double& value) {
    const char* const limit = text_ + token_end();
    const char* const end = parse_number(text_ + tokens_[next_], limit, value);
    if (end == nullptr || !(end == limit || is_space(*end))) return false;
    ++next_;
    return true;
  }

  // `word` is true, false or null.
  bool take_word(std::string_view word) {
    const std::size_t begin = tokens_[next_], limit = token_end();
    if (limit - begin < word.size() || std::memcmp(text_ + begin, word.data(), word.size()) != 0) return false;
    const std::size_t end = begin + word.size();
    if (end != limit && !is_space(text_[end])) return false;
    ++next_;
    return true;
  }

  // Any value, with everything in it. `depth` values are open around it.
  bool skip_value(std::size_t depth);

 private:
  static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

  // Between the end of a token and the next one, or the end of the text, is only white space.
  [[nodiscard]] std::size_t token_end() const { return next_ + 1 < count_ ? tokens_[next_ + 1] : bytes_; }

  // The inside of the string at the current token: its closing quote is the last byte that is no space.
  [[nodiscard]] std::string_view raw_string() const {
    const std::size_t begin = tokens_[next_] + 1;
    std::size_t quote = token_end() - 1;
    while (text_[quote] != '"') --quote;
    return {text_ + begin, quote - begin};
  }

  bool skip_scalar();
  bool skip_key();

  const char* text_ = nullptr;
  const std::uint32_t* tokens_ = nullptr;
  std::size_t count_ = 0, bytes_ = 0, next_ = 0;
  bool escapes_ = false;
  Scratch* scratch_ = nullptr;
};

// Calls `member(key)`, which reads the value, for each member of the object at the walker's token. False: not JSON.
template <typename Member>
inline bool each_member(JsonWalker& walker, Member&& member) {
  walker.skip_token();
  if (walker.accept('}')) return true;
  do {
    std::string_view key;
    if (!walker.take_key(key) || !member(key)) [[unlikely]]
      return false;
  } while (walker.accept(','));
  return walker.accept('}');
}

}  // namespace bellrock::beacon
