// Cuts a body of several JSON texts at boundaries that can be proven, without asking whether what lies between is JSON:
// lines at their line ends, because no JSON string holds one; elements of an array by counting quotes and brackets.
// Pure functions over borrowed bytes; the elements of an array are looked for only where a body is not all JSON.
#pragma once

#include <cstdint>
#include <string_view>

namespace bellrock::beacon {

constexpr bool is_json_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

// `text` without white space in front.
std::string_view without_leading_space(std::string_view text);

// Takes the next line that is not blank from `text`; empty when there is none.
std::string_view take_line(std::string_view& text);

// Whether every line that is not blank starts with a '{'.
bool every_line_starts_an_object(std::string_view text);

// An element of an array: up to the ',' or ']' of its own level, or to the end of the text.
struct Element {
  enum class End : std::uint8_t {
    kComma,
    kBracket,
    kCut,       // the text ended where an element may end
    kOpen,      // the text ended inside a string or a nested value
    kConfused,  // brackets contradict each other, or nest too deeply: no boundary can be told
  };
  std::string_view text;
  End end = End::kCut;
};

// `text` starts at an element.
Element element_at(std::string_view text);

}  // namespace bellrock::beacon
