// What a router with a smaller MTU says: ICMP "fragmentation needed" (RFC 792, RFC 1191 4) or ICMPv6 "packet too big"
// (RFC 4443 3.2). Pure, any thread.
#pragma once

#include <optional>

#include "tools/impair/frame.h"

namespace bellrock::impair {

// Whether the frame holds an IP packet of more than `mtu` bytes. 0: no limit.
bool is_too_big(Bytes frame, std::uint32_t mtu);

// The answer to the sender, with its VLAN tags and in the name of the packet's destination. None where no error may be
// sent (RFC 1122 3.2.2, RFC 4443 2.4): about ICMP errors, fragments behind the first, and multicast.
std::optional<Frame> too_big(Bytes frame, std::uint32_t mtu);

}  // namespace bellrock::impair
