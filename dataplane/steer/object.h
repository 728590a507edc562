// This build's steering program: its bytes, and the program and maps after the kernel took them. One thread.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "dataplane/base/result.h"
#include "dataplane/steer/file.h"

struct xdp_steer;

namespace bellrock::steer {

using Tag = std::array<std::uint8_t, 8>;  // the kernel's hash of a program's instructions

class Object {
 public:
  // Loads program and maps without pinning or attaching anything. Errors: errno (1: no rights).
  static Result<Object> load();

  [[nodiscard]] const Tag& tag() const { return tag_; }
  [[nodiscard]] int program_fd() const;
  [[nodiscard]] int sockets_fd() const;  // of xsks_map, for tests that put a socket in
  // Pins the maps that are shared, under their names with this behind them; they live as long as their pins.
  Status<> pin_maps(const std::string& bpffs, const std::string& suffix = "");
  // The object's bytes as a file in memory, for a driver that loads by path.
  [[nodiscard]] static Result<File> as_file();

 private:
  struct Destroy {
    void operator()(xdp_steer* skeleton) const;
  };
  explicit Object(xdp_steer* skeleton) : skeleton_(skeleton) {}

  std::unique_ptr<xdp_steer, Destroy> skeleton_;
  Tag tag_{};
};

}  // namespace bellrock::steer
