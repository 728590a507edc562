// The stages in order, for one worker: packet -> segment -> bytes -> message -> event. Counts every Drop, owns the
// per-connection state, and hands events to the Router. Runs on the worker's thread; allocates only when it is made.
#pragma once

#include <array>
#include <span>

#include "dataplane/app/intake.h"
#include "dataplane/base/counters.h"
#include "dataplane/base/limits.h"
#include "dataplane/flow/packet.h"
#include "dataplane/http/connections.h"
#include "dataplane/journey/definition.h"
#include "dataplane/tcp/reassembler.h"
#include "dataplane/tcp/segment_parser.h"

namespace bellrock::app {

// Which of the packets that a worker sees are its own: software distribution by symmetric flow hash.
struct Share {
  std::uint32_t worker = 0;
  std::uint32_t workers = 1;
};

class Pipeline {
 public:
  Pipeline(const journey::Definition& definition, const Keys& keys, Share share, Counters& counters, Router& router,
           Trace* trace);

  // Packets of a burst in capture order. `before(packet)` and `after(packet)` frame each own packet, so that the caller
  // can roll windows before it and commit after it.
  template <typename Before, typename After>
  void on_burst(std::span<const Packet> burst, Before&& before, After&& after) {
    for (std::size_t at = 0; at < burst.size(); at += kBurstMax) {
      const auto part = burst.subspan(at, std::min(kBurstMax, burst.size() - at));
      parse(part);
      for (std::size_t i = 0; i < part.size(); ++i) {
        before(part[i]);
        if (parsed_[i].mine) on_parsed(part[i], parsed_[i]);
        after(part[i]);
      }
    }
  }

  // Closes connections that have been idle, gives up holes that were not filled, each at its own time, and
  // counts what that ends. Its events stand between those of the packet before `ordinal` and its own.
  void expire(Instant now, std::uint64_t ordinal);
  // The capture is over: every connection ends here.
  void finish(Instant now);

  void set_session_keys(const journey::SessionKeys& keys) { intake_.set_session_keys(keys); }

  [[nodiscard]] std::uint32_t connections() const { return reassembler_.live(); }

  // Reassembler's handler.
  void on_open(std::uint32_t c, const tcp::ConnectionInfo& info);
  void on_data(std::uint32_t c, Direction direction, Bytes data, Instant byte_time);
  void on_gap(std::uint32_t c, Direction direction, std::uint64_t gap_bytes);
  void on_end(std::uint32_t c, Direction direction, Instant at);
  void on_reset(std::uint32_t c, Direction sender, Instant at);
  void on_close(std::uint32_t c, tcp::CloseReason reason, Instant at);

  // http::Connections' sink.
  bool wants_body(std::uint32_t c, const HttpRequest& head);
  void on_request(std::uint32_t c, const HttpRequest& request, RequestTag& tag);
  void on_response(std::uint32_t c, const HttpResponse& response, const RequestTag& tag);
  void on_transaction(std::uint32_t c, const Transaction& transaction, const RequestTag& tag);
  void on_error(std::uint32_t c, Direction direction, HttpError error);

 private:
  struct Parsed {
    Segment segment;
    tcp::SidedKey key{};
    Drop drop = Drop::kCount;  // kCount: parsed
    bool mine = true;
  };

  void parse(std::span<const Packet> burst);
  void on_parsed(const Packet& packet, const Parsed& parsed);
  void trace_request(std::uint32_t c, const HttpRequest& request, RequestTag& tag);

  const bool verify_checksums_;
  const Share share_;
  Counters& counters_;
  Trace* trace_;
  Intake intake_;
  tcp::Reassembler reassembler_;
  http::Connections http_;
  std::array<Parsed, kBurstMax> parsed_;
  std::vector<tcp::ConnectionInfo> infos_;  // with a trace only: by connection
};

}  // namespace bellrock::app
