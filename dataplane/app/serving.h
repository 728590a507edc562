// What a process that serves needs beside its port: the snippet's bytes, secrets of this start, and, where an interface
// is shared with the kernel, the steering of its packets. Main thread; of_worker's results are used by their workers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dataplane/app/endpoint.h"
#include "dataplane/base/result.h"
#include "dataplane/board/board.h"
#include "dataplane/io/dpdk_env.h"
#include "dataplane/journey/definition.h"
#include "dataplane/steer/steering.h"

namespace bellrock::app {

inline constexpr std::size_t kSnippetBytesMax = 512 * 1024;

class Serving {
 public:
  // Nothing is served.
  Serving() = default;
  // Before the port opens: reads the snippet and makes secrets.
  static Result<Serving> prepare(const journey::Definition& definition);
  // Then, where an interface is shared: begins to steer, with counts that go on from the board's.
  Status<> steer(const journey::Definition& definition, board::Board& board);

  // The EAL arguments of the configured port.
  [[nodiscard]] std::vector<std::string> eal(const journey::Port& port, std::uint32_t workers) const;
  // Behind the port's start: packets are steered by the program that was meant.
  [[nodiscard]] Status<> confirm() const { return steering_ ? steering_->confirm() : Status<>(Done{}); }
  // Of the steered interface; nullptr: none is.
  [[nodiscard]] steer::Maps* maps() { return steering_ ? &steering_->maps() : nullptr; }
  [[nodiscard]] EndpointSetup of_worker(const io::DpdkEnv& device, std::uint32_t worker) const;

 private:
  std::string snippet_, snippet_gzip_;
  SipKey secret_{};
  std::optional<steer::Steering> steering_;
};

// What the board has of the steering program's counts.
steer::Counts steered_so_far(board::Board& board);

// Text as `Content-Encoding: gzip` carries it; empty when that fails.
std::string gzip(const std::string& text);

}  // namespace bellrock::app
