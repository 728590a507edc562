// What counts as a sign of frustration (trail.h), as Sites ask for it. Plain values; compiled from the configuration.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/base/time.h"

namespace bellrock::journey {

// On a page. Durations are whole ticks of 100 ms; 0: not counted.
struct FrustrationRules {
  Duration back = 5 * kSecond;
  std::uint8_t loop_returns = 2;
  Duration loop = 90 * kSecond;
  std::uint8_t thrash_views = 6;
  Duration thrash = 15 * kSecond;
  Duration retry = 30 * kSecond;
  friend bool operator==(const FrustrationRules&, const FrustrationRules&) = default;
};

struct Frustration {
  bool on = false;
  bool by_requests = false;             // page views are GET requests for listed pages; else what beacons say
  FrustrationRules other{};             // of all pages that are not listed
  std::vector<FrustrationRules> pages;  // by Definition::frustration_pages

  // `page`: as Frustrated::page.
  [[nodiscard]] const FrustrationRules& of(std::size_t page) const {
    return page == 0 || page > pages.size() ? other : pages[page - 1];
  }
};

}  // namespace bellrock::journey
