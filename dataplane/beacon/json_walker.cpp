#include "dataplane/beacon/json_walker.h"

#include <bitset>

namespace bellrock::beacon {

bool JsonWalker::skip_scalar() {
  double number = 0;
  switch (peek()) {
    case '"': {
      // Its escapes are checked by undoing them; what that writes is forgotten.
      const std::string_view raw = raw_string();
      ++next_;
      return !escapes_ || unescape(raw, scratch_->top()) != nullptr;
    }
    case 't':
      return take_word("true");
    case 'f':
      return take_word("false");
    case 'n':
      return take_word("null");
    default:
      return take_number(number);
  }
}

bool JsonWalker::skip_value(std::size_t depth) {
  if (peek() != '{' && peek() != '[') return !at_end() && skip_scalar();
  std::bitset<kJsonDepthMax + 1> objects;  // which of the open values are objects
  const std::size_t outside = depth;
  for (;;) {
    // A value starts here.
    if (peek() == '{' || peek() == '[') {
      const bool object = peek() == '{';
      ++next_;
      if (!accept(object ? '}' : ']')) {
        if (depth == kJsonDepthMax) return false;  // an empty one opens nothing
        objects[++depth] = object;
        if (object && !skip_key()) return false;
        continue;
      }
    } else if (at_end() || !skip_scalar()) {
      return false;
    }
    // A value ended here: so do those that it was the last of.
    while (depth > outside && !accept(',')) {
      if (!accept(objects[depth] ? '}' : ']')) return false;
      --depth;
    }
    if (depth == outside) return true;
    if (objects[depth] && !skip_key()) return false;
  }
}

bool JsonWalker::skip_key() {
  if (peek() != '"' || peek(1) != ':') return false;
  if (!skip_scalar()) return false;
  ++next_;
  return true;
}

}  // namespace bellrock::beacon
