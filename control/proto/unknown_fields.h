// Fields of a frame that this schema does not have. Used by frame_codec.cpp only, on a message that scan() let pass.
#pragma once

#include <cstdint>

namespace bellrock::v1 {
class DeltaFrame;  // generated
}

namespace bellrock::proto {

// In the message and all inside it.
std::uint64_t count_unknown(const v1::DeltaFrame& message);

}  // namespace bellrock::proto
