// Signs of frustration that page views and steps give, beside the clicks that a page tells of (click.h), and what a
// message says of the page that its visitor views. Plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bellrock {

enum class FrustrationKind : std::uint8_t {
  kView,    // page views that were looked at: what the others are a share of
  kBack,    // back to the page before, soon after it was left
  kLoop,    // again and again back to one page
  kThrash,  // many page views in a moment, and no step of a journey
  kRetry,   // a step again that had not led to success
  kCount
};
inline constexpr std::array<std::string_view, 5> kFrustrationNames{"views", "back", "loop", "thrash", "retry"};
inline constexpr std::size_t kFrustrationKinds = kFrustrationNames.size();

struct Frustrated {
  std::uint8_t page = 0;    // 1 + index into Definition::frustration_pages; 0: another page
  std::uint8_t device = 0;  // Device
  FrustrationKind kind = FrustrationKind::kView;
};

// Which page the sender of a message is on.
struct ViewedPage {
  std::uint8_t number = 0;  // 1 + Frustrated::page; 0: the message does not say
  std::uint8_t device = 0;
  bool may_begin = false;    // may be the first that is heard of its page view
  bool may_be_late = false;  // that is told at its end too, when others may have begun and ended in it
  std::uint32_t id = 0;      // keyed hash of the page view; 0: each message is another one
  std::uint32_t age_ms = 0;  // how long ago the page view began
};

}  // namespace bellrock
