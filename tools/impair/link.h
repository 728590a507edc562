// One end of the forwarder: a raw socket on an interface, promiscuous, that sees what arrives and not what it sends.
// One thread. Puts back what the kernel takes apart: the outer VLAN tag, and a TCP checksum that a sender on this
// machine left to its hardware. Frames that offloads merged are beyond any MTU and cannot be sent: switch tso, gso and
// gro off.
#pragma once

#include <cstdint>
#include <string>

#include "dataplane/base/result.h"
#include "tools/impair/frame.h"

namespace bellrock::impair {

class Link {
 public:
  // Errors: errno (1: no rights, 19: no such interface).
  static Result<Link> open(const std::string& interface);
  Link(Link&& other) noexcept;
  Link& operator=(Link&&) = delete;
  ~Link();

  // False: nothing there now.
  bool receive(Frame& frame);
  // False: the kernel refused the frame.
  bool send(Bytes frame);
  [[nodiscard]] int fd() const { return fd_; }
  // Frames that came while nobody received in time.
  [[nodiscard]] std::uint64_t missed();

 private:
  explicit Link(int fd) : fd_(fd) {}
  int fd_;
  std::uint64_t missed_ = 0;
};

}  // namespace bellrock::impair
