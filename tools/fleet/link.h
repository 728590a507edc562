// The way from a node to the centre: one frame by one request, as the agent's uplink sends it, or with something wrong
// on the way. Blocking; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "control/agent/uplink.h"
#include "dataplane/base/bytes.h"

namespace bellrock::fleet {

enum class Trouble : std::uint8_t {
  kNone,
  kLost,       // the request never gets there
  kCut,        // the connection ends inside the request
  kNoAnswer,   // the centre gets all of it, and nobody waits for what it says
  kDuplicate,  // it comes a second time at once, on a connection of its own
};

class Link {
 public:
  // http://ADDRESS:PORT
  explicit Link(const std::string& central_url) : post_(agent::post_to(central_url)), url_(central_url) {}

  // The centre's verdict; none where the node heard none and has to send again. `chance` in [0, 1) says where a request
  // is cut.
  [[nodiscard]] std::optional<proto::Reply> send(Bytes frame, Trouble trouble = Trouble::kNone,
                                                 double chance = 0) const;

 private:
  [[nodiscard]] std::optional<proto::Reply> ask(Bytes frame) const;
  void send_part(Bytes frame, double part) const;

  agent::Post post_;
  std::string url_;
};

}  // namespace bellrock::fleet
