// Steering of one interface: from a clean start, whatever the run before left behind, to a clean end. The program
// itself is loaded and attached by DPDK's AF_XDP driver when the port opens, so the order is
//
//   Steering::start   nobody else steers; a stale program of ours is gone; new maps with the rules are pinned
//   DpdkEnv::start    with device(): the driver loads the program, which takes the pinned maps, and attaches it
//   confirm           it is this build's program that is attached
//   …                 maps().apply() and maps().counts() at any time
//   ~DpdkEnv          the driver detaches
//   ~Steering         whatever of ours is left goes
//
// A kill at any moment leaves a program whose sockets are gone: everything passes to the kernel until the next start.
// The maps' pins are replaced at one stroke each, so a kill of a start leaves the counts of before or those that go on.
// Main thread, root. At most one in a bpffs (a lock says so, which a kill releases). A program of somebody else is an
// error and stays as it is. Errors: what is wrong and errno or the foreign program's id.
#pragma once

#include <string>

#include "dataplane/steer/attachment.h"
#include "dataplane/steer/maps.h"

namespace bellrock::steer {

struct Settings {
  std::string interface;
  Rules rules;
  std::string bpffs = kBpffs;
  // Who keeps the counts for ever, by a number of its own (0: nobody), and what it has of them. The program's counts go
  // on from there; and from those of a run of the same one that was killed, which are as many or more.
  std::array<std::uint8_t, 16> counter{};
  Counts counted{};
};

// What a start found and did.
struct Cleaned {
  bool program = false;    // a stale one was detached
  std::uint32_t pins = 0;  // were removed
};

class Steering {
 public:
  static Result<Steering> start(const Settings& settings);
  Steering(Steering&&) noexcept = default;
  Steering& operator=(Steering&&) = delete;
  ~Steering();

  // The EAL argument that makes this interface a port: `--vdev=net_af_xdp0,…`.
  [[nodiscard]] std::string device(std::uint32_t first_queue, std::uint32_t queues) const;
  Status<> confirm() const;
  [[nodiscard]] Maps& maps() { return maps_; }
  [[nodiscard]] const Cleaned& cleaned() const { return cleaned_; }

 private:
  Steering(File lock, Maps maps) : lock_(std::move(lock)), maps_(std::move(maps)) {}

  File lock_;
  Maps maps_;
  File program_;  // the object, for the driver
  Tag tag_{};
  std::string interface_, bpffs_;
  std::uint32_t index_ = 0;
  Cleaned cleaned_;
};

}  // namespace bellrock::steer
