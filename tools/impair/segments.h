// Cuts a TCP segment into smaller ones, as if its sender had sent them: lengths, sequence numbers, IPv4 identification
// and checksums are those of each piece; PSH and FIN are on the last, CWR on the first. Pure; chance is an argument.
#pragma once

#include <vector>

#include "tools/impair/frame.h"
#include "tools/traffic/random.h"

namespace bellrock::impair {

struct PieceSizes {
  std::uint32_t min = 0, max = 0;  // payload bytes; 0: do not cut
};

// The pieces in order. None if the frame stays as it is: no TCP, no payload beyond `sizes.max`, SYN, RST or URG, or a
// checksum that was wrong already (a right one would hide that).
std::vector<Frame> cut(Bytes frame, PieceSizes sizes, traffic::Random& random);

}  // namespace bellrock::impair
