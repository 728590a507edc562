// The server's sink in a worker that serves: requests become beacons, and these events. One for each endpoint.
//
// A request whose bytes lie in the burst's frames is put aside and read with the others of the burst: each of
// the two ways, from a segment to its answer and from a body to its event, has room for its code in a processor's first
// cache, and both together have not. Requests are read in the order in which they came; all of them before on_frames
// ends, and so before the commit and before an answer leaves.
#pragma once

#include <array>
#include <span>

#include "dataplane/app/intake.h"
#include "dataplane/flow/packet.h"
#include "dataplane/responder/server.h"

namespace bellrock::app {

class ServedRequests {
 public:
  // headers: how many of a request's values can be asked for.
  ServedRequests(Counters& counters, Intake& intake, std::size_t headers)
      : counters_(counters), intake_(intake), headers_(headers) {}

  // Around a burst, whose frames stay where they are until end_burst.
  void begin_burst(std::span<const Packet> frames) {
    frames_ = frames;
    frame_ = 0;
  }
  void end_burst() {
    read_waiting();
    frames_ = {};
  }

  // server/http_server.h.
  [[nodiscard]] bool is_beacon_path(std::string_view host, std::string_view path) const {
    return intake_.is_beacon_path(host, path);
  }
  bool on_request(responder::ConnectionIndex, const HttpRequest& request);

 private:
  struct Waiting {
    HttpRequest request;
    HeaderValues headers;
  };

  bool stays(const HttpRequest& request);
  void put_aside(const HttpRequest& request);
  void read(const HttpRequest& request);
  void read_waiting();

  Counters& counters_;
  Intake& intake_;
  const std::size_t headers_;
  std::span<const Packet> frames_;
  std::size_t frame_ = 0;  // that a request was found in last
  std::array<Waiting, kBurstMax> waiting_{};
  std::size_t waiting_count_ = 0;
};

}  // namespace bellrock::app
