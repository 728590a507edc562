// Counts the parts of an encoded DeltaFrame without building it. The generated parser takes about 100 bytes of memory
// for a sub-message of 2 bytes, so hostile bytes are counted first. Used by frame_codec.cpp only.
#pragma once

#include "control/proto/frame_codec.h"

namespace bellrock::proto {

// kNotProtobuf where the bytes are not fields, kTooMany where a bound of frame_codec.h is passed. Both wrong and
// right messages may pass: this bounds memory, it checks no content.
Status<FrameError> scan(Bytes message);

}  // namespace bellrock::proto
