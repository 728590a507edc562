// Changes how one connection's packets are captured without hiding a byte: copies, overlaps, changed order.
#pragma once

#include "tools/traffic/connection.h"
#include "tools/traffic/options.h"
#include "tools/traffic/random.h"

namespace bellrock::traffic {

// `connection` is sealed; its packets are sorted again. Counts what it did in `truth`.
void impair(Connection& connection, const Options& options, Random& random, Truth& truth);

}  // namespace bellrock::traffic
