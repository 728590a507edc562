// Folds frames that are old into what is kept of them for ever, or for as long as counts are: one row for each source,
// the minutes in which one was heard, lost attempts by the hour, and the digests that may still be asked for. `frames`
// holds a bounded time so, whatever has come before. A part of a roll-up: it counts when that counts.
#pragma once

#include <cstdint>

#include "control/store/clickhouse_view.h"

namespace bellrock::store {

// How many hours of frames are not folded: at a frame every ten seconds the digests of nearly all that is older are
// asked for no more.
inline constexpr std::uint32_t kHoursOfFrames = 12;

// Folds what `view` sees of the hours before `next.first_hour`, which are all rolled up, under the number of `run`, and
// says so in `next`.
void fold_frames(const ClickHouseClient& client, const View& view, View& next, std::uint64_t run);

// Deletes digests that `view` does not ask for.
void forget_digests(const ClickHouseClient& client, const View& view);

}  // namespace bellrock::store
