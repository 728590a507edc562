#include "dataplane/beacon/native_json.h"

namespace bellrock::beacon {
namespace {

constexpr std::size_t kInBeacon = 1;  // values open around a field's value
constexpr std::size_t kInAttrs = 2;

bool read_field(JsonWalker& walker, Field field, Draft& draft) {
  std::string_view text;
  double number = 0;
  switch (walker.peek()) {
    case '"':
      if (!walker.take_string(text)) return false;
      draft.on_string(field, text);
      return true;
    case 't':
      draft.on_bool(field, true);
      return walker.take_word("true");
    case 'f':
      draft.on_bool(field, false);
      return walker.take_word("false");
    case '{':
      if (field == Field::kAttrs) return read_attrs(walker, draft);
      [[fallthrough]];
    case 'n':
    case '[':
      draft.on_wrong_type();
      return walker.skip_value(kInBeacon);
    default:
      if (walker.at_end() || !walker.take_number(number)) return false;
      draft.on_number(field, number);
      return true;
  }
}

}  // namespace

bool read_attr(JsonWalker& walker, Draft& draft) {
  std::string_view text;
  double number = 0;
  switch (walker.peek()) {
    case '"':
      if (!walker.take_string(text)) return false;
      draft.on_attr(Attr::Type::kString, text, 0);
      return true;
    case 't':
      draft.on_attr(Attr::Type::kBool, {}, 1);
      return walker.take_word("true");
    case 'f':
      draft.on_attr(Attr::Type::kBool, {}, 0);
      return walker.take_word("false");
    case 'n':
    case '{':
    case '[':
      draft.on_wrong_type();
      return walker.skip_value(kInAttrs);
    default:
      if (walker.at_end() || !walker.take_number(number)) return false;
      draft.on_attr(Attr::Type::kNumber, {}, number);
      return true;
  }
}

bool read_attrs(JsonWalker& walker, Draft& draft) {
  return each_member(walker, [&](std::string_view name) {
    return draft.claim_attr(name) ? read_attr(walker, draft) : walker.skip_value(kInAttrs);
  });
}

bool read_native_json(JsonWalker& walker, Draft& draft) {
  return each_member(walker, [&](std::string_view key) {
    const Field field = field_of(key.data(), key.size());
    return draft.claim(field) ? read_field(walker, field, draft) : walker.skip_value(kInBeacon);
  });
}

}  // namespace bellrock::beacon
