// The rules by which a message's headers tell bots from people, and devices and browsers apart: part of the compiled
// configuration (definition.h), from config/visitors.rules and documents of kind Visitors. Plain values, read-only
// after start. Of one aspect's rules the first that holds decides; where none does, it is unknown.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/flow/visitor.h"

namespace bellrock::journey {

enum class VisitorAspect : std::uint8_t { kClass, kDevice, kBrowser };

// The headers that rules read: User-Agent, Sec-CH-UA, Sec-CH-UA-Mobile and Sec-CH-UA-Platform, each up to
// kVisitorTextBytesMax bytes.
enum class VisitorField : std::uint8_t { kAgent, kBrands, kMobile, kPlatform, kCount };

// Holds where the field has `text` (at its start, if so), and none of `lacks`. Letters A to Z are compared without
// case. Without a text: where the field is there and not empty.
struct VisitorRule {
  VisitorAspect aspect = VisitorAspect::kClass;
  VisitorField field = VisitorField::kAgent;
  bool at_start = false;
  std::uint8_t value = 0;  // VisitorClass, Device, or 1 + index into VisitorRules::browsers
  std::string text;
  std::vector<std::string> lacks;
};

constexpr std::uint8_t filter_bit(Filter filter) {
  return static_cast<std::uint8_t>(1u << static_cast<unsigned>(filter));
}
inline constexpr std::uint8_t kFiltersAll =
    filter_bit(Filter::kBot) | filter_bit(Filter::kSynthetic) | filter_bit(Filter::kOptedOut);

struct VisitorRules {
  std::string version;  // as it is shown
  std::vector<std::string> browsers;
  std::vector<VisitorRule> rules;
  std::uint8_t filtered = kFiltersAll;  // filter_bit of what begins no attempt
};

}  // namespace bellrock::journey
