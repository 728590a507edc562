// How storyboards stand in the tables of both back ends. Plain functions, any thread.
#pragma once

#include <utility>

#include "control/flow/delta_frame.h"
#include "control/proto/storyboard_codec.h"
#include "control/store/sqlite.h"

namespace bellrock::store {

// The count that a storyboard's attempt is in.
inline control::SeriesKey series_of(const control::Storyboard& story) {
  return {story.journey, story.version, CellKind::kOutcome, story.outcome, "", CellScope::kTotal, {}};
}

inline control::Storyboard read_story(Bytes body) {
  auto story = proto::decode_storyboard(body);
  if (!story.ok()) throw SqlError("a stored storyboard is damaged");
  return std::move(*story);
}

}  // namespace bellrock::store
