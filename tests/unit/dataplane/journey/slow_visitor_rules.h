// Visitor rules read slowly: each rule looks for its texts in a copy in lower case. Shares nothing with VisitorReader.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>

#include "dataplane/journey/visitor_reader.h"

namespace bellrock::journey {

inline std::string in_lower_case(std::string_view text) {
  std::string lower(text.substr(0, kVisitorTextBytesMax));
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

inline bool slowly_holds(const VisitorRule& rule, const VisitorReader::Texts& texts) {
  const std::string field = in_lower_case(texts[static_cast<std::size_t>(rule.field)]);
  if (field.empty()) return false;
  const std::size_t at = field.find(in_lower_case(rule.text));
  if (at == std::string::npos || (rule.at_start && at != 0)) return false;
  return std::none_of(rule.lacks.begin(), rule.lacks.end(), [&](const std::string& lacking) {
    return field.find(in_lower_case(lacking)) != std::string::npos;
  });
}

inline VisitorSigns slow_signs(const VisitorRules& rules, const VisitorReader::Texts& texts) {
  std::uint8_t values[3] = {};
  for (const VisitorRule& rule : rules.rules) {
    std::uint8_t& value = values[static_cast<std::size_t>(rule.aspect)];
    if (value == 0 && slowly_holds(rule, texts)) value = rule.value;
  }
  return {.kind = static_cast<VisitorClass>(values[0]), .device = static_cast<Device>(values[1]), .browser = values[2]};
}

}  // namespace bellrock::journey
