// Sends the spool's frames to the centre, one at a time and in order, on a thread of its own. What the centre does not
// answer is tried again, later and later; what it refuses is put aside and holds up nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "control/agent/clock_offset.h"
#include "control/agent/spool.h"
#include "control/net/http_client.h"
#include "control/proto/frame_codec.h"

namespace bellrock::agent {

// POSTs one encoded frame.
using Post = std::function<Result<net::HttpReply, net::NetError>(Bytes frame)>;
Post post_to(const std::string& central_url, const net::TlsClient& tls = {});
// What the centre has decided about a frame. None: this is no word of its own, but an error, or from a proxy.
std::optional<proto::Reply> verdict_of(const net::HttpReply& reply);

struct Backoff {
  std::int64_t first_ms = 500;
  std::int64_t most_ms = 60'000;
};

struct UplinkStatus {
  std::uint64_t applied = 0, repeated = 0, refused = 0, conflicts = 0;  // answers, since the start of the process
  std::uint64_t errors = 0;                                             // no answer, or one that says nothing
  std::int64_t last_contact_unix_ms = 0;                                // 0: never
  std::string last_error;                                               // empty after an answer
  std::optional<control::ClockState> clock;                             // as of now
  std::uint64_t clock_refused = 0;  // answers whose times cannot be, or between which a clock stepped
};

class Uplink {
 public:
  Uplink(Spool& spool, Post post, Backoff backoff = {});
  ~Uplink() { stop(); }
  Uplink(const Uplink&) = delete;
  Uplink& operator=(const Uplink&) = delete;

  void start();
  // Waits until everything is sent, something fails, or the time is over; then ends the thread.
  void flush_and_stop(std::int64_t milliseconds);
  void stop();
  [[nodiscard]] UplinkStatus status() const;
  // How far this machine's clock is off the centre's now. Any thread.
  [[nodiscard]] std::optional<control::ClockState> clock() const;

  // How long to wait after `failures` failures in a row: doubling, with jitter in [1/2, 1); never less than what the
  // centre asked for. `random` in [0, 1).
  static std::int64_t delay_ms(const Backoff& backoff, unsigned failures, std::int64_t retry_after_ms, double random);

 private:
  void run();
  // One frame. False: try again after `delay`.
  bool send(const Spool::Outgoing& frame, std::int64_t& retry_after_ms);
  bool settle(const Spool::Outgoing& frame, const proto::Reply& reply);
  bool fail(std::string why);
  void pause(std::int64_t milliseconds);

  Spool& spool_;
  Post post_;
  Backoff backoff_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> idle_ = false;  // nothing left, or the last try failed
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  UplinkStatus status_;
  ClockOffset clock_;
  std::thread thread_;
};

}  // namespace bellrock::agent
