#include "dataplane/beacon/plain_json.h"

#include <cstring>

#include "dataplane/base/bytes.h"
#include "dataplane/beacon/json_scalars.h"
#include "dataplane/beacon/plain_text.h"

namespace bellrock::beacon {

// Stands in a text that ends with '}': behind anything but a '}' at least that byte is left.
class PlainJson::Cursor {
 public:
  explicit Cursor(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  [[nodiscard]] const char* at() const { return at_; }
  [[nodiscard]] char peek() const { return *at_; }
  [[nodiscard]] bool at_end() const { return at_ == end_; }
  bool accept(char c) {
    const bool there = *at_ == c;
    at_ += there;
    return there;
  }
  bool accept(const Key& key) {
    if (end_ - at_ < 16) return false;
    const std::uint64_t others =
        ((load_le64(at_) ^ key.words[0]) & key.masks[0]) | ((load_le64(at_ + 8) ^ key.words[1]) & key.masks[1]);
    if (others != 0 || key.bytes == 0) return false;
    at_ += key.bytes;
    return true;
  }
  bool take_string(std::string_view& value) {
    if (*at_ != '"') return false;
    const char* const begin = at_ + 1;
    const char* const quote = skip_plain(begin, end_);
    if (quote == end_ || *quote != '"') return false;
    value = {begin, static_cast<std::size_t>(quote - begin)};
    at_ = quote + 1;
    return true;
  }
  bool take_key(std::string_view& key) { return take_string(key) && accept(':'); }
  bool take_number(double& value) {
    const char* const end = parse_number(at_, end_, value);
    if (end == nullptr) return false;
    at_ = end;
    return true;
  }
  bool take_word(std::string_view word) {
    if (static_cast<std::size_t>(end_ - at_) <= word.size() || std::memcmp(at_, word.data(), word.size()) != 0)
      return false;
    at_ += word.size();
    return true;
  }
  [[nodiscard]] Field field_of_key(std::string_view key) const {
    constexpr std::size_t kReadable = 8;
    if (static_cast<std::size_t>(end_ - key.data()) >= kReadable) return field_of(key.data(), key.size());
    std::array<char, 2 * kReadable> copy{};
    std::memcpy(copy.data(), key.data(), key.size());
    return field_of(copy.data(), key.size());
  }

 private:
  const char* at_;
  const char* const end_;
};

namespace {

// Tells `to` what the value is. False: it is none, or nested.
template <class Cursor, class To>
inline bool read_scalar(Cursor& cursor, To&& to) {
  std::string_view text;
  double number = 0;
  switch (cursor.peek()) {
    case '"':
      if (!cursor.take_string(text)) return false;
      to.on_string(text);
      return true;
    case 't':
      to.on_bool(true);
      return cursor.take_word("true");
    case 'f':
      to.on_bool(false);
      return cursor.take_word("false");
    case 'n':
      to.on_null();
      return cursor.take_word("null");
    default:
      if (!cursor.take_number(number)) return false;
      to.on_number(number);
      return true;
  }
}

struct ToField {
  Draft& draft;
  Field field;
  void on_string(std::string_view text) { draft.on_string(field, text); }
  void on_number(double number) { draft.on_number(field, number); }
  void on_bool(bool value) { draft.on_bool(field, value); }
  void on_null() { draft.on_wrong_type(); }
};

struct ToAttr {
  Draft& draft;
  void on_string(std::string_view text) { draft.on_attr(Attr::Type::kString, text, 0); }
  void on_number(double number) { draft.on_attr(Attr::Type::kNumber, {}, number); }
  void on_bool(bool value) { draft.on_attr(Attr::Type::kBool, {}, value ? 1 : 0); }
  void on_null() { draft.on_wrong_type(); }
};

struct ToNobody {
  void on_string(std::string_view) {}
  void on_number(double) {}
  void on_bool(bool) {}
  void on_null() {}
};

// The object that the cursor stands at: `member()` reads a key and its value.
template <class Cursor, class Member>
inline bool each_plain_member(Cursor& cursor, Member&& member) {
  if (!cursor.accept('{')) return false;
  if (cursor.accept('}')) return true;
  do {
    if (!member() || cursor.at_end()) return false;
  } while (cursor.accept(','));
  return cursor.accept('}');
}

template <class Cursor>
bool read_plain_attrs(Cursor& cursor, Draft& draft) {
  return each_plain_member(cursor, [&] {
    std::string_view name;
    if (!cursor.take_key(name)) return false;
    return draft.claim_attr(name) ? read_scalar(cursor, ToAttr{draft}) : read_scalar(cursor, ToNobody{});
  });
}

}  // namespace

bool PlainJson::read(std::string_view text, Draft& draft) {
  if (text.empty() || text.back() != '}') return false;
  Cursor cursor(text);
  std::size_t behind = kStart;
  const bool plain = each_plain_member(cursor, [&] {
    Field field;
    if (!read_key(cursor, behind, field)) return false;
    behind = static_cast<std::size_t>(field);
    if (!draft.claim(field)) return read_scalar(cursor, ToNobody{});
    if (field == Field::kAttrs && cursor.peek() == '{') return read_plain_attrs(cursor, draft);
    return read_scalar(cursor, ToField{draft, field});
  });
  return plain && cursor.at_end();
}

inline bool PlainJson::read_key(Cursor& cursor, std::size_t behind, Field& field) {
  Key& expected = next_[behind];
  if (cursor.accept(expected)) [[likely]] {
    field = expected.field;
    return true;
  }
  const char* const begin = cursor.at();
  std::string_view key;
  if (!cursor.take_key(key)) return false;
  field = cursor.field_of_key(key);
  learn({begin, static_cast<std::size_t>(cursor.at() - begin)}, field, expected);
  return true;
}

void PlainJson::learn(std::string_view quoted, Field field, Key& key) {
  std::array<std::uint64_t, 2> masks{};
  if (quoted.size() > sizeof key.words) return;
  std::memcpy(key.words.data(), quoted.data(), quoted.size());
  std::memset(masks.data(), 0xff, quoted.size());
  key.masks = masks;
  key.bytes = static_cast<std::uint8_t>(quoted.size());
  key.field = field;
}

}  // namespace bellrock::beacon
