// Takes frames: decodes them on the server's threads, applies them on one thread of its own, many in one durable
// commit, and answers afterwards. Bounded: a full queue or a node with too many frames in it is told to come back.
// What cannot be decoded is refused by name, kept aside and holds nobody up.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "control/net/http_server.h"
#include "control/proto/frame_codec.h"
#include "control/store/series_store.h"

namespace bellrock::plane {

using UnixMs = std::function<std::int64_t()>;

struct IntakeLimits {
  std::size_t queue_frames_max = 256;
  std::size_t queue_bytes_max = 256 * 1024 * 1024;  // compressed bytes of what waits
  std::size_t node_frames_max = 32;                 // of one node in the queue
  std::size_t batch_frames_max = 32;                // in one commit
};

// Since the start of the process; the store counts what was applied over all time.
struct IntakeCounts {
  std::atomic<std::uint64_t> applied = 0, repeated = 0, conflicts = 0, refused = 0, busy = 0, store_failures = 0;
  std::atomic<std::uint64_t> strangers = 0;  // frames that came without the certificate of their node
  // Of applied frames of a newer schema, what was left out: fields, series, and Σ n over those.
  std::atomic<std::uint64_t> unknown_fields = 0, unknown_series = 0, unknown_recorded = 0;
};

class Intake {
 public:
  Intake(store::SeriesStore& store, UnixMs clock, IntakeLimits limits = {});
  ~Intake();
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  // `peer_names`: of the certificate that whoever sent it showed.
  void submit(std::string body, net::Respond respond, std::span<const std::string> peer_names = {});
  void stop();  // answers what is in the queue first

  // Frames are taken of nodes only whose name is in the certificate that they showed. Before the first frame comes.
  void require_certificates() { certificates_ = true; }

  // Told of each frame when it has been applied, on the writing thread. Before the first frame comes.
  void set_applied(std::function<void(const control::DeltaFrame&)> told) { applied_ = std::move(told); }

  // Runs `job` on the writing thread, between batches.
  void run_between(std::function<void()> job);

  [[nodiscard]] const IntakeCounts& counts() const { return counts_; }
  // Why the store failed last. Empty: it has not, or it has written since, and for a while all that came.
  [[nodiscard]] std::string last_store_error() const;
  // Frames came lately without the certificate of their node. An agent tries again at least once a minute.
  [[nodiscard]] bool strangers_lately() const;

 private:
  struct Job {
    control::DeltaFrame frame;
    proto::Digest digest{};
    std::int64_t received_unix_ms = 0;
    std::string body;  // as it came, for what is kept aside
    net::Respond respond;
    struct {
      std::uint64_t fields = 0, series = 0, recorded = 0;
    } unknown{};
  };
  struct Refusal {
    std::string body, reason;
    std::int64_t received_unix_ms = 0;
  };

  // An answer says when the frame came and when it is answered, for the agent's look at its own clock.
  net::Response reply(unsigned status, proto::ReplyResult result, std::int64_t received_unix_ms,
                      std::string reason = {}) const;
  void turn_away(const char* why, std::int64_t now, const net::Respond& respond);
  void refuse(std::string body, proto::FrameError error, std::int64_t now, const net::Respond& respond);
  void run();
  void write(std::vector<Job>& batch);
  void answer(Job& job, store::Applied applied);
  void put_aside(std::string body, std::string reason, std::int64_t received_unix_ms);
  void fail(const Job& job, const store::StoreError& error);
  // Why a frame cannot wait for the store now. Nothing: `job` is in the queue, and empty.
  struct Full {
    unsigned status;
    const char* why;
  };
  std::optional<Full> enqueue(Job& job);
  void keep_aside(const std::deque<Refusal>& refusals);

  store::SeriesStore& store_;
  UnixMs clock_;
  IntakeLimits limits_;
  IntakeCounts counts_;
  std::function<void(const control::DeltaFrame&)> applied_;
  bool certificates_ = false;
  std::atomic<std::int64_t> stranger_unix_ms_ = 0;  // the last one; 0: none
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;  // under mutex_, as all below
  std::deque<Refusal> refusals_;
  std::vector<std::function<void()>> between_;
  std::map<std::string, std::size_t> by_node_;
  std::size_t queue_bytes_ = 0;
  bool stopping_ = false;
  std::string last_store_error_;
  std::int64_t store_failed_unix_ms_ = 0;
  bool written_since_ = false;
  std::thread thread_;
};

}  // namespace bellrock::plane
