// The stages of a worker that serves its own address (mode terminate): frame -> connection -> request -> event, and the
// answers back. Stands where Pipeline stands in a worker that listens. One for each core, used by its thread only;
// allocates only when it is made.
// An answer, and the acknowledgement that rides on it, leaves after its poll's commit: what a client was told is
// counted has been, whenever the process is killed.
#pragma once

#include <array>
#include <span>

#include "dataplane/app/intake.h"
#include "dataplane/app/served_requests.h"
#include "dataplane/responder/outbox.h"
#include "dataplane/responder/responder.h"
#include "dataplane/server/http_server.h"

namespace bellrock::app {

// What an endpoint is told that is not in the definition. Borrowed bytes stay as long as the endpoint.
struct EndpointSetup {
  responder::Mac mac{};
  std::uint16_t mtu = 1'500;
  SipKey secret;       // of this start and core
  Bytes snippet;       // empty: none is served
  Bytes snippet_gzip;  // empty: it is never sent compressed
};

// A port that sends as well (io/dpdk_port.h).
template <typename P>
concept SendingPort = requires(P port, std::span<OutFrame> empty, std::span<const OutFrame> frames) {
  { port.lend(empty) } -> std::same_as<std::size_t>;
  port.send(frames);
  port.give_back(frames);
};

class Endpoint {
 public:
  // definition.serve.on; its headers are at most server::kConfiguredHeadersMax.
  Endpoint(const journey::Definition& definition, const Keys& keys, const EndpointSetup& setup, Counters& counters,
           Router& router);

  // Frames of a burst, which all came at one time. `before(packet)` for its first frame, `after(packet)` for its last.
  template <typename Before, typename After>
  void on_burst(std::span<const Packet> burst, Before&& before, After&& after) {
    for (std::size_t at = 0; at < burst.size(); at += kBurstMax) {
      const auto part = burst.subspan(at, std::min(kBurstMax, burst.size() - at));
      before(part.back());
      on_frames(part);
      after(part.back());
    }
  }
  // Fires the deadlines of connections and requests.
  void expire(Instant now, std::uint64_t ordinal);
  // A played capture is over. Nobody is told.
  void finish(Instant) {}

  void set_session_keys(const journey::SessionKeys& keys) { intake_.set_session_keys(keys); }
  [[nodiscard]] std::uint32_t connections() const { return responder_.live(); }

  // Before a burst: empty buffers for what it will be answered with.
  template <SendingPort Port>
  void borrow(Port& port) {
    const std::size_t wanted = kOutFramesMax - outbox_.offered();
    if (wanted < kBurstMax) return;
    const std::size_t count = port.lend(std::span(lent_).first(wanted));
    for (std::size_t i = 0; i < count; ++i) outbox_.offer(lent_[i].data, lent_[i].buffer);
  }
  // Behind the commit.
  template <SendingPort Port>
  void send(Port& port) {
    if (outbox_.ready().empty()) return;
    port.send(outbox_.ready());
    outbox_.sent();
  }
  // Before the process ends: clients learn that these connections are over, and bring what comes next on new ones.
  template <SendingPort Port>
  void close_all(Port& port) {
    constexpr std::uint32_t kAtOnce = kOutFramesMax / 2;
    for (responder::ConnectionIndex next = 0; next < limit_;) {
      borrow(port);
      next = responder_.close_some(next, kAtOnce);
      send(port);
    }
  }
  // At the end of the port's life.
  template <SendingPort Port>
  void give_back(Port& port) {
    port.give_back(outbox_.empty());
    outbox_.clear();
  }

 private:
  using HttpServer = server::HttpServer<ServedRequests>;

  void on_frames(std::span<const Packet> frames);
  [[nodiscard]] std::uint16_t window() const;

  Counters& counters_;
  Intake intake_;
  ServedRequests requests_;
  const std::vector<responder::Address> addresses_;
  const std::uint32_t blocks_;  // of the pool for requests in pieces
  const responder::ConnectionIndex limit_;
  responder::ReplyTable replies_;
  responder::Outbox outbox_;
  HttpServer server_;
  responder::Responder<HttpServer> responder_;
  std::array<FrameVerdict, kBurstMax> verdicts_{};
  std::array<OutFrame, kOutFramesMax> lent_{};  // of one borrow(); clearing it there cost more than a beacon's head
};

}  // namespace bellrock::app
