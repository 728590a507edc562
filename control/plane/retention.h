// What the centre keeps at a time. Any thread; reads the store.
//
// A clock that is far ahead would have everything deleted: it is followed no further than kAheadSeconds past the newest
// minute in which a node sent a frame by its own clock. A centre to which nobody sends deletes nothing more, and gets
// nothing either.
#pragma once

#include <cstdint>

#include "control/store/series_store.h"

namespace bellrock::plane {

inline constexpr std::int64_t kAheadSeconds = 6 * 3'600;

// `now` by the centre's clock; `kept_s`: how long hours are kept.
Result<store::Retention, store::StoreError> retention_at(store::SeriesStore& store, std::int64_t now,
                                                         std::int64_t kept_s);

}  // namespace bellrock::plane
