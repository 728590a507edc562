// The whole history, sent: node after node counts the next span, and all send what they hold until it is answered.
#pragma once

#include <cstdint>
#include <string>

#include "dataplane/base/result.h"
#include "tools/fleet/options.h"
#include "tools/fleet/truth.h"

namespace bellrock::fleet {

struct Sent {
  std::uint64_t requests = 0, applied = 0, repeated = 0;
};

struct RunError {
  int exit_code = 0;
  std::string message;
};

// Blocking; uses `options.senders` threads. `truth` is what was counted.
Result<Sent, RunError> run(const Options& options, const Plan& plan, const config::Loaded& loaded, Truth& truth);

}  // namespace bellrock::fleet
