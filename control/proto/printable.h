// Which texts of a frame may be names. Pure, any thread. Used by the codecs of this folder only.
#pragma once

#include <string_view>

#include "control/proto/frame_codec.h"

namespace bellrock::proto {

// Printable text: no C0 or C1 control character, so that a name may go to a terminal or a log as it is.
inline bool printable(std::string_view name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    if (c < 0x20 || c == 0x7f) return false;
    if (c == 0xc2 && i + 1 < name.size() && static_cast<unsigned char>(name[i + 1]) < 0xa0) return false;
  }
  return true;
}
inline bool is_name(std::string_view name) { return name.size() <= kNameBytesMax && printable(name); }

}  // namespace bellrock::proto
