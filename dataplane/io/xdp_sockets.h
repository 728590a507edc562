// What the kernel lost of an AF_XDP port's packets without telling its driver: DPDK 22.11 reads `rx_dropped` of its
// sockets, which since Linux 5.9 no longer has what a full receive ring cost. It does not hand its sockets out either,
// so they are looked for among this process's open files, of which an AF_XDP port's are the only ones of their kind.
// Any thread, one at a time; a system call for each socket, so never for packets.
// Not read: empty descriptors of the fill ring. In copy mode each such packet is in `rx_dropped` already, and without
// copies they are a driver's attempts, not packets.
#pragma once

#include <cstdint>
#include <vector>

namespace bellrock::io {

class XdpSockets {
 public:
  XdpSockets() = default;
  // All that there are now: to be called when the port has started. Valid for as long as it is open.
  static XdpSockets find();
  [[nodiscard]] std::size_t size() const { return sockets_.size(); }
  // Packets that found the receive ring full, so far.
  [[nodiscard]] std::uint64_t ring_full() const;

 private:
  std::vector<int> sockets_;  // the driver's
};

}  // namespace bellrock::io
