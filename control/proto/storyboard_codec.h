// Storyboard <-> bytes: Protobuf (bellrock/v1/frame.proto), as they stand in a frame and in the store. Any thread,
// nothing is shared. `decode_storyboard` takes bytes from anybody: more than kStoryboardBytesMax are refused before
// they are parsed, and names, kinds, numbers and order are checked.
#pragma once

#include <cstddef>
#include <string>

#include "control/flow/storyboard.h"
#include "control/proto/frame_codec.h"
#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"

namespace bellrock::proto {

// Of one attempt: a dozen steps with names of usual length.
inline constexpr std::size_t kStoryboardBytesMax = 1'024;
inline constexpr std::size_t kStoryboardsMax = 65'536;  // in a frame: kStoriesMax of as many windows as there are cores

std::string encode_storyboard(const control::Storyboard& story);
Result<control::Storyboard, FrameError> decode_storyboard(Bytes bytes);

// Leaves out what does not fit: steps before the last, then clicks, then dimensions.
void make_fit(control::Storyboard& story);

}  // namespace bellrock::proto
