// Adds up rows of one series over a span, from the cache where its parts have not changed since, else from the table.
// Used by sqlite_snapshot.cpp only; one thread, one snapshot.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "control/store/sum_cache.h"
#include "control/store/touches.h"

namespace bellrock::store {

// What a snapshot may take from the cache.
struct CacheView {
  SumCache* cache = nullptr;                        // none: everything is read
  std::shared_ptr<const TouchState> before, after;  // taken around the snapshot's begin

  // None where a write may or may not be in the snapshot, and for the newest part, which changes with every frame.
  [[nodiscard]] std::optional<std::uint64_t> version(ChunkVersions TouchState::*of, std::int64_t start) const {
    if (!cache || (*after.*of).newest() <= start) return std::nullopt;
    const auto first = (*before.*of).version(start), last = (*after.*of).version(start);
    return first && first == last ? first : std::nullopt;
  }
};

// The smallest multiple of `chunk` from `at` on, and the largest up to it, of times after the epoch.
constexpr std::int64_t chunk_from(std::int64_t at, std::int64_t chunk) { return (at + chunk - 1) / chunk * chunk; }
constexpr std::int64_t chunk_to(std::int64_t at, std::int64_t chunk) { return at / chunk * chunk; }

// A span of more parts is read from the table: 27 years of days, 69 days of parts of ten minutes.
inline constexpr std::int64_t kCachedPartsMax = 10'000;

// Whole hours that later frames will hardly change. What they add up to is kept as a whole, under a fingerprint of all
// their versions.
struct SettledSpan {
  std::int64_t from = 0, to = 0;
  std::uint64_t fingerprint = 0;
};

// None where one of the hours may be changing.
inline std::optional<SettledSpan> settled_span(const CacheView& view, std::int64_t from, std::int64_t to) {
  std::uint64_t fingerprint = 0x9e3779b97f4a7c15;
  for (std::int64_t hour = from; hour < to; hour += kHourChunkSeconds) {
    const auto version = view.version(&TouchState::hours, hour);
    if (!version) return std::nullopt;
    fingerprint = (fingerprint ^ *version) * 0xd6e8feb86659fd93;
    fingerprint ^= fingerprint >> 32;
  }
  return SettledSpan{from, to, fingerprint};
}

// The settled hours of [from, to), which are whole: all but the newest two. Whole days are one span, and what is before
// and behind them, so that most remains as it is from hour to hour. In the order of time, without gaps.
inline std::vector<SettledSpan> settled_spans(const CacheView& view, std::int64_t from, std::int64_t to) {
  std::vector<SettledSpan> spans;
  if (!view.cache || from < 0 || to - from > kCachedPartsMax * kHourChunkSeconds) return spans;
  const std::int64_t newest = chunk_to(view.after->hours.newest(), kHourChunkSeconds);
  const std::int64_t end = std::min(to, newest - kHourChunkSeconds);
  const std::int64_t first_day = std::min(chunk_from(from, kDayChunkSeconds), end);
  const std::int64_t last_day = std::max(chunk_to(end, kDayChunkSeconds), first_day);
  const std::array<std::pair<std::int64_t, std::int64_t>, 3> parts{
      {{from, first_day}, {first_day, last_day}, {last_day, end}}};
  for (const auto& [begin, finish] : parts) {
    if (begin >= finish) continue;
    const auto span = settled_span(view, begin, finish);
    if (!span) break;
    spans.push_back(*span);
  }
  return spans;
}

// Which parts of time, on which shelf.
template <typename Value>
struct Cached {
  Shelf<Value>* shelf;
  ChunkVersions TouchState::*of;
  std::int64_t chunk_s;
};

// `read(from, to, on_part)` reads the table over whole parts, or over less than one, and calls on_part(start of the
// part, Value) for each that has rows, in the order of time. `take(value)` is called with everything that adds up to
// [from, to).
template <typename Value, typename Read, typename Take>
void add_up(const CacheView& view, const Cached<Value>& cached, std::int64_t series, std::int64_t from, std::int64_t to,
            Read&& read, Take&& take) {
  const auto direct = [&](std::int64_t first, std::int64_t last) {
    if (first < last) read(first, last, [&](std::int64_t, Value&& value) { take(value); });
  };
  const std::int64_t first = chunk_from(from, cached.chunk_s), last = chunk_to(to, cached.chunk_s);
  const bool fits = first < last && last - first <= kCachedPartsMax * cached.chunk_s;
  if (!view.cache || from < 0 || !fits) return direct(from, to);
  // Parts that are not there are read together.
  const auto fill = [&](std::int64_t begin, std::int64_t end) {
    std::int64_t next = begin;
    const auto keep = [&](std::int64_t start, Value&& value) {
      const auto version = view.version(cached.of, start);
      auto shared = std::make_shared<const Value>(std::move(value));
      if (version && view.cache->make_room(bytes_of(*shared))) cached.shelf->put(series, start, *version, shared);
      take(*shared);
    };
    read(begin, end, [&](std::int64_t start, Value&& value) {
      for (; next < start; next += cached.chunk_s) keep(next, Value{});
      keep(start, std::move(value));
      next = start + cached.chunk_s;
    });
    for (; next < end; next += cached.chunk_s) keep(next, Value{});
  };
  direct(from, first);
  std::int64_t missing = first;
  for (std::int64_t start = first; start < last; start += cached.chunk_s) {
    const auto version = view.version(cached.of, start);
    const auto found = version ? cached.shelf->find(series, start, *version) : nullptr;
    if (!found) continue;
    if (missing < start) fill(missing, start);
    missing = start + cached.chunk_s;
    take(*found);
  }
  if (missing < last) fill(missing, last);
  direct(last, to);
}

}  // namespace bellrock::store
