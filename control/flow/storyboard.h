// What one attempt that failed did, step by step: names, statuses, durations and where it clicked; no text that a
// visitor wrote and nothing that tells who he was. Nodes send of each journey, outcome and window those with the lowest
// ranks; since a rank is a keyed hash of its attempt, the lowest of any windows and nodes together are a fair sample of
// all that failed there. Plain values, any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "dataplane/flow/click.h"
#include "dataplane/flow/event.h"
#include "dataplane/flow/replay_pointer.h"

namespace bellrock::control {

struct StoryStep {
  std::uint32_t offset_ms = 0;  // since the attempt's start
  std::string step;
  Channel channel = Channel::kBeacon;
  std::string page;                      // its template; empty: none that is listed
  std::uint16_t status = 0;              // of an answer
  std::optional<std::uint32_t> took_ms;  // from the request to this answer, or to its end without one
  friend bool operator==(const StoryStep&, const StoryStep&) = default;
};

struct StoryClick {
  std::uint32_t offset_ms = 0;
  std::string page;  // empty: none that is listed
  ClickKind kind = ClickKind::kClick;
  std::uint16_t place = kNoClickPlace;
  friend bool operator==(const StoryClick&, const StoryClick&) = default;
};

inline constexpr std::uint64_t kRankMax = (std::uint64_t{1} << 63) - 1;

struct Storyboard {
  std::int64_t start_unix_s = 0;  // of the window in which it ended
  std::string journey;
  std::string outcome;
  std::uint64_t rank = 0;     // from 1 to kRankMax
  std::uint64_t version = 0;  // of the journey
  std::uint32_t keep = 0;     // how many of its window, journey and outcome are kept
  std::uint32_t lasted_ms = 0, waited_ms = 0;
  std::vector<std::pair<std::string, std::string>> dimensions;  // sorted by name
  std::vector<StoryStep> steps;                                 // in their order; the last is the last one that counted
  std::uint32_t steps_left_out = 0;                             // before the last
  std::vector<StoryClick> clicks;                               // in their order, the latest ones
  std::uint32_t clicks_left_out = 0;                            // before the first
  std::string replay;  // URL where an outside tool shows it, http or https; empty: none was said
  friend bool operator==(const Storyboard&, const Storyboard&) = default;
};

// Whoever reads it may follow it.
inline bool is_replay_url(std::string_view url) {
  return url.size() <= kReplayPrefixBytesMax + kReplayBytesMax &&
         is_replay_prefix(url.substr(0, kReplayPrefixBytesMax)) && std::all_of(url.begin(), url.end(), is_replay_char);
}

inline auto place_of(const Storyboard& story) {
  return std::tie(story.start_unix_s, story.journey, story.outcome, story.rank);
}

// Of each journey and outcome those with the lowest ranks, sorted: as many as the node that keeps fewest keeps, since
// no more than that are sure to be the lowest of all.
inline void keep_lowest(std::vector<Storyboard>& all) {
  const auto group = [](const Storyboard& one) { return std::tie(one.journey, one.outcome); };
  std::sort(all.begin(), all.end(), [&](const Storyboard& a, const Storyboard& b) {
    return std::tuple_cat(group(a), std::tie(a.rank)) < std::tuple_cat(group(b), std::tie(b.rank));
  });
  const auto twice = [&](const Storyboard& a, const Storyboard& b) { return group(a) == group(b) && a.rank == b.rank; };
  all.erase(std::unique(all.begin(), all.end(), twice), all.end());
  std::vector<Storyboard> lowest;
  for (auto first = all.begin(); first != all.end();) {
    const auto last =
        std::find_if(first, all.end(), [&](const Storyboard& one) { return group(one) != group(*first); });
    const auto fewest =
        std::min_element(first, last, [](const Storyboard& a, const Storyboard& b) { return a.keep < b.keep; });
    const auto count = std::min<std::ptrdiff_t>(last - first, fewest->keep);
    std::move(first, first + count, std::back_inserter(lowest));
    first = last;
  }
  all = std::move(lowest);
}

}  // namespace bellrock::control
