// The DPDK device's packets for N workers: one queue each where the device keeps both directions of a connection on one
// queue; otherwise worker 0 polls the only queue and hands packets on by symmetric flow hash over spsc rings.
// Opened by the main thread; each LivePort is then used by its worker's thread only.
#pragma once

#include <boost/lockfree/spsc_queue.hpp>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/app/port_counts.h"
#include "dataplane/base/counters.h"
#include "dataplane/io/dpdk_env.h"
#include "dataplane/io/dpdk_port.h"

namespace bellrock::app {

class LivePort {
 public:
  // Packets on their way to one worker: what it may fall behind by.
  static constexpr std::size_t kHandedOnMax = 4'096;
  using Lane = boost::lockfree::spsc_queue<Packet, boost::lockfree::capacity<kHandedOnMax>>;

  std::span<const Packet> rx_burst(Instant tick);
  void release(std::span<const Packet> burst);
  [[nodiscard]] bool ended() const;
  // Moves what never reached a burst, since the last call, into the counters: what LivePorts::look saw of the device,
  // and, when it is the last call, what there is now.
  void count(Counters& counters, bool last);

  // For a worker that serves, which has a queue of its own (io/dpdk_port.h).
  std::size_t lend(std::span<OutFrame> frames) { return port_->lend(frames); }
  void send(std::span<const OutFrame> frames) { port_->send(frames); }
  void give_back(std::span<const OutFrame> frames) { port_->give_back(frames); }

 private:
  friend class LivePorts;
  std::span<const Packet> distribute(std::span<const Packet> burst);

  io::DpdkPort* port_ = nullptr;   // polled by this worker; none: packets come over `lane_`
  io::DpdkPort* owner_ = nullptr;  // whose packets come over the lane
  PortCounts* counts_ = nullptr;   // the first worker's: of all queues
  Lane* lane_ = nullptr;
  std::vector<Lane*> lanes_;  // worker 0 of a distributed device: the others', by worker
  std::array<Packet, kBurstMax> own_{};
  std::vector<Packet> overflow_;
  std::uint64_t full_ = 0, full_bytes_ = 0, backwards_ = 0, unsent_ = 0;
};

class LivePorts {
 public:
  // serves: each worker sends as well, and needs a queue of its own.
  static Result<LivePorts> open(const std::vector<std::string>& eal_arguments, std::uint32_t workers,
                                bool serves = false);

  // A device that plays a capture has the capture's times and an end.
  [[nodiscard]] bool plays_capture() const { return env_->finite() && env_->capture_times(); }
  // That the device is polled on; fewer than workers: packets are handed on.
  [[nodiscard]] std::uint16_t queues() const { return env_->queues(); }
  // The program that steers packets to the device; its counts are counted with the device's, from those on that the
  // board has. Outlives the ports.
  void set_steering(steer::Maps& maps, const steer::Counts& counted) { counts_->set_steering(maps, counted); }
  // Asks the device for its counts: once a second, by a thread that carries no packets.
  void look() { counts_->look(); }
  [[nodiscard]] const io::DpdkEnv& device() const { return *env_; }
  [[nodiscard]] LivePort& of(std::uint32_t worker) { return *workers_[worker]; }

 private:
  LivePorts() = default;

  std::unique_ptr<io::DpdkEnv> env_;
  std::unique_ptr<PortCounts> counts_;
  std::vector<std::unique_ptr<io::DpdkPort>> ports_;
  std::vector<std::unique_ptr<LivePort::Lane>> lanes_;
  std::vector<std::unique_ptr<LivePort>> workers_;
};

}  // namespace bellrock::app
