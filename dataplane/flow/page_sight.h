// What tells of one page view, or of one call of a page's scripts: that the server answered, or that a browser's beacon
// speaks of it; and how both are counted (CellKind::kCoverage, of pages only, and CellKind::kSplit). Plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dataplane/base/ids.h"

namespace bellrock {

// Beacon coverage. A page is an answer 2xx of text/html to a GET of nobody who is filtered; each is counted once as
// kSeen, and at most once as one of those up to kUnknownNoKey. A beacon that speaks of no open page is one of the rest.
enum class CoverageItem : std::uint8_t {
  kSeen,
  kCovered,           // a beacon of its visitor and template came in time
  kUncovered,         // none did
  kUnknownRestart,    // none did, but the process was away for a while, and what came then is not known
  kUnknownForgotten,  // it gave way to a newer one before its time was over
  kUnknownCrowded,    // its visitor, or others under the same hash, had too many pages that waited
  kUnknownNoKey,      // its request had no key of the identity
  kBeaconFurther,     // of a page that was covered before, or not its page view's first
  kBeaconUnseen,      // of a page that was not seen, or not in time
  kBeaconNoKey,       // no key of the identity
  kCount
};
struct CoverageName {
  std::string_view item, detail;
};
inline constexpr std::array<CoverageName, 10> kCoverageNames{{{"seen", ""},
                                                              {"covered", ""},
                                                              {"uncovered", ""},
                                                              {"unknown", "restart"},
                                                              {"unknown", "forgotten"},
                                                              {"unknown", "crowded"},
                                                              {"unknown", "no_key"},
                                                              {"beacon", "further"},
                                                              {"beacon", "unseen"},
                                                              {"beacon", "no_key"}}};
inline constexpr std::size_t kCoverageItems = kCoverageNames.size();
static_assert(kCoverageItems == static_cast<std::size_t>(CoverageItem::kCount));

// Where the time of a page load or a call went. The first five are measured, the others only counted: each of them is
// kServer once or one of the unmatched but kNoPage, or it is waited for. A call's first byte is its answer's, and its
// end stands for the load event's.
enum class SplitItem : std::uint8_t {
  kServer,          // from the request's last byte to the answer's first, on the edge's clock
  kNetwork,         // of the browser's time to first byte, or of a call without one, what was not the server's
  kNetworkClamped,  // it said less than the server took: counted as 0
  kClient,          // from the first byte to the end of the load event
  kClientClamped,   // the load event ended before the first byte: counted as 0
  kNoTiming,        // a page of which no beacon with a time to first byte came in time
  kForgotten,       // it gave way to a newer one before
  kNotFollowed,     // without a key, or too many waited
  kNoPage,          // a time to first byte of a page that was not seen, or not in time
  kCount
};
inline constexpr std::array<CoverageName, 9> kSplitNames{{{"server", ""},
                                                          {"network", ""},
                                                          {"network", "clamped"},
                                                          {"client", ""},
                                                          {"client", "clamped"},
                                                          {"unmatched", "no_timing"},
                                                          {"unmatched", "forgotten"},
                                                          {"unmatched", "not_followed"},
                                                          {"unmatched", "no_page"}}};
inline constexpr std::size_t kSplitItems = kSplitNames.size();
static_assert(kSplitItems == static_cast<std::size_t>(SplitItem::kCount));
// Before the item of a call's series; a page's has the name alone.
inline constexpr std::string_view kCallPrefix = "call_";
struct SplitName {
  bool call = false;
  std::string_view item;  // as kSplitNames has it
};
constexpr SplitName split_name(std::string_view item) {
  const bool call = item.starts_with(kCallPrefix);
  return {call, call ? item.substr(kCallPrefix.size()) : item};
}
constexpr bool is_measured(SplitItem item) { return item <= SplitItem::kClientClamped; }
inline constexpr std::size_t kMeasuredSplitItems = 5;
static_assert(kMeasuredSplitItems == 1 + static_cast<std::size_t>(SplitItem::kClientClamped));

inline constexpr std::uint32_t kNoPageTime = UINT32_MAX;

struct PageSight {
  enum class What : std::uint8_t { kNothing, kPage, kBeacon, kCall, kCallBeacon };
  What what = What::kNothing;
  std::uint8_t page = 0;     // 1 + index into Definition::coverage_pages, coverage_calls behind them; 0: another page
  std::uint8_t device = 0;   // Device
  std::uint8_t browser = 0;  // 1 + index into VisitorRules::browsers; 0: unknown
  std::uint8_t place = 0;    // a value of Coverage::place
  bool first = false;        // of a beacon: it may be its page view's first
  TemplateId path;           // the page's or call's template; 0: of none
  std::uint32_t view = 0;    // of a beacon: hash of its page view; 0: it does not say
  // Of what was answered: what the server took, in first_us. Of a page's beacon: its time to first byte, and when the
  // load event ended. Of a call's: the same, and its end; what says one of the two only has it in first_us.
  std::uint32_t first_us = kNoPageTime, load_us = kNoPageTime;
  std::uint32_t age_ms = kNoPageTime;  // of a page's beacon: how long ago the page was asked for
};
static_assert(sizeof(PageSight) == 24);

}  // namespace bellrock
