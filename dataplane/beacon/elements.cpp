#include "dataplane/beacon/elements.h"

#include <algorithm>
#include <bitset>

#include "dataplane/beacon/json_walker.h"

namespace bellrock::beacon {

std::string_view without_leading_space(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && is_json_space(text[at])) ++at;
  return text.substr(at);
}

std::string_view take_line(std::string_view& text) {
  text = without_leading_space(text);
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(line.size());
  return line;
}

bool every_line_starts_an_object(std::string_view text) {
  for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
    if (line.front() != '{') return false;
  }
  return true;
}

Element element_at(std::string_view text) {
  using End = Element::End;
  constexpr std::size_t kDepthMax = kJsonDepthMax + 1;  // here an empty value opens one as well
  std::bitset<kDepthMax + 1> objects;                   // which of the open values are objects
  std::size_t depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at) at += text[at] == '\\';
      if (at >= text.size()) return {text, End::kOpen};
    } else if (c == '{' || c == '[') {
      if (depth == kDepthMax) return {text, End::kConfused};
      objects[++depth] = c == '{';
    } else if (depth == 0 && (c == ',' || c == ']')) {
      return {text.substr(0, at), c == ',' ? End::kComma : End::kBracket};
    } else if (c == '}' || c == ']') {
      if (depth == 0 || objects[depth] != (c == '}')) return {text, End::kConfused};
      --depth;
    }
  }
  return {text, depth == 0 ? End::kCut : End::kOpen};
}

}  // namespace bellrock::beacon
