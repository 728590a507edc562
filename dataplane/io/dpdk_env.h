// The DPDK environment of this process: EAL start and stop, one device with a receive queue per worker, its packet
// buffers and counters. Made and destroyed by the main thread, before and after the workers; at most one a process,
// and once. Needs neither root nor huge pages for virtual devices (`--no-huge --no-pci --vdev=…`).
// Does not pin threads: the affinity that the EAL sets for its caller is undone.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "dataplane/base/result.h"

namespace bellrock::io {

struct DpdkSettings {
  std::span<const std::string> eal_arguments;  // without the program's name
  std::uint16_t device = 0;                    // port id
  std::uint16_t queues = 1;                    // asked for: one per worker
  // Only packets to this machine arrive, so it does not matter on which queue a connection's other direction would be:
  // as many queues as asked for where the device has them, each with a transmit queue of its own. Then the device is
  // not promiscuous either: what is another machine's is not ours to answer.
  bool one_direction = false;
};

struct DpdkStats {
  std::uint64_t received = 0;
  std::uint64_t missed = 0;     // the device had no room: nobody polled in time
  std::uint64_t no_buffer = 0;  // the pool was empty
  std::uint64_t errors = 0;
};

class DpdkEnv {
 public:
  static Result<DpdkEnv> start(const DpdkSettings& settings);
  DpdkEnv(DpdkEnv&&) noexcept;
  DpdkEnv& operator=(DpdkEnv&&) = delete;
  ~DpdkEnv();  // every DpdkPort is gone and every packet released by then

  [[nodiscard]] std::uint16_t device() const;
  // Receive queues that there are: fewer than asked for where the device has fewer, and then 1.
  [[nodiscard]] std::uint16_t queues() const;
  // Whether the device keeps both directions of a connection on one queue. False with several queues happens only with
  // `one_direction`; with one queue, several workers need distribution in software.
  [[nodiscard]] bool symmetric_rss() const;
  // Whether the device plays a capture file once, so that it can come to an end (DpdkPort::ended).
  [[nodiscard]] bool finite() const;
  // Whether the device stamps packets with the capture's time in microseconds since the epoch.
  [[nodiscard]] bool capture_times() const;
  [[nodiscard]] const char* driver() const;
  // Of the device: its Ethernet address, and the largest IP packet that it sends and a buffer of ours has room for.
  [[nodiscard]] std::array<std::uint8_t, 6> mac() const;
  [[nodiscard]] std::uint16_t mtu() const;
  // The number of the kernel's interface below the device (af_packet, AF_XDP, net_pcap's live ones); 0: there is none.
  [[nodiscard]] std::uint32_t interface() const;
  [[nodiscard]] DpdkStats stats() const;

  struct State;  // dpdk_state.h

 private:
  friend class DpdkPort;
  explicit DpdkEnv(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace bellrock::io
