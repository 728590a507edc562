// What a source of packets looks like to a worker. Files and memory end; live ports never do.
// A port belongs to one worker's thread. Packets of a burst are borrowed until they are released, and are released
// before the next burst is taken, unless the port's own header promises more.
#pragma once

#include <concepts>
#include <span>

#include "dataplane/base/limits.h"
#include "dataplane/base/time.h"
#include "dataplane/flow/packet.h"

namespace bellrock::io {

// rx_burst(tick): up to kBurstMax packets with rising ordinals and times that never go back. `tick` is wall time, which
// only ports without capture times use. An empty burst means "nothing now"; the end is when ended() says so as well.
template <typename P>
concept Port = requires(P port, const P& constant, Instant tick, std::span<const Packet> burst) {
  { port.rx_burst(tick) } -> std::same_as<std::span<const Packet>>;
  { port.release(burst) } -> std::same_as<void>;
  { constant.ended() } -> std::same_as<bool>;
};

}  // namespace bellrock::io
