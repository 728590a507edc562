#include "control/plane/retention.h"

#include <algorithm>

#include "control/plane/range.h"

namespace bellrock::plane {
namespace {

using store::StoreError;
using store::StoreSnapshot;

// The end of the newest minute in [from, to) in which a node was heard; `from` lies in one.
Result<std::int64_t, StoreError> newest_heard(StoreSnapshot& snapshot, std::int64_t from, std::int64_t to) {
  while (to - from > 60) {
    const std::int64_t middle = from + (to - from) / 2;
    TRY_ASSIGN(const auto heard, snapshot.heard(middle, to));
    (heard.minutes != 0 ? from : to) = middle;
  }
  return to;
}

Result<std::int64_t, StoreError> trusted(StoreSnapshot& snapshot, std::int64_t now) {
  constexpr std::int64_t kEver = std::int64_t{1} << 40;
  const std::int64_t lately = now - kAheadSeconds;
  TRY_ASSIGN(const auto heard, snapshot.heard(lately, kEver));
  if (heard.minutes != 0 || !heard.first || *heard.first >= lately) return now;
  TRY_ASSIGN(const std::int64_t newest, newest_heard(snapshot, *heard.first, lately));
  return newest + kAheadSeconds;
}

}  // namespace

Result<store::Retention, StoreError> retention_at(store::SeriesStore& store, std::int64_t now, std::int64_t kept_s) {
  TRY_ASSIGN(const auto snapshot, store.snapshot());
  TRY_ASSIGN(const std::int64_t at, trusted(*snapshot, now));
  return store::Retention{at - kFineSeconds, at - std::min(kMinutesSeconds, kept_s), at - kept_s};
}

}  // namespace bellrock::plane
