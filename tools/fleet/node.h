// One simulated edge machine: what it counts, and the identity and clock under which it says so. The same counts for
// the same seed, node and span of time, whatever happened to it before. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "control/flow/delta_frame.h"
#include "tools/fleet/plan.h"
#include "tools/traffic/random.h"

namespace bellrock::fleet {

class Node {
 public:
  // Both must outlive it.
  Node(const Plan& plan, const journey::Definition& definition, std::size_t index);

  // The frame of [from, to), in windows of `window_s`; both multiples of 10. The next sequence number.
  control::DeltaFrame count(std::int64_t from, std::int64_t to, std::int64_t window_s, std::uint64_t oldest_seq_held);
  // The board is gone: its open attempts will be reported as lost.
  void lose_board();
  // The state directory is gone too: a new boot, and sequence numbers from 1. Nobody is left who knows what was open.
  // For a node whose frames have all arrived.
  void lose_state();
  // From now on its clock is so far off; a multiple of 10.
  void set_clock(std::int64_t off_s) { off_s_ = off_s; }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const control::Id128& boot() const { return boot_; }

 private:
  using Cells = std::map<control::SeriesKey, control::Histogram>;
  // How the attempts of one journey ended in one window.
  struct Ends {
    std::uint64_t success = 0, failed = 0, unknown = 0;
  };
  void count_journey(std::size_t journey, std::int64_t at, std::int64_t window_s, traffic::Random& random,
                     Cells& cells);
  static void count_objective(const journey::Journey& journey, const journey::Objective& objective, const Ends& ends,
                              traffic::Random& random, Cells& cells);
  void count_dimensions(const journey::Journey& journey, const journey::Objective& objective, const Ends& ends,
                        Cells& cells) const;

  const Plan& plan_;
  const journey::Definition& definition_;
  std::size_t index_;
  std::string name_;
  control::Id128 boot_{}, board_{};
  std::array<std::uint8_t, 32> snapshot_{};
  std::uint64_t seq_ = 0, boots_ = 0, boards_ = 0, packets_ = 0;
  std::int64_t off_s_ = 0;
  std::map<std::string, std::uint64_t> open_, board_lost_;
};

}  // namespace bellrock::fleet
