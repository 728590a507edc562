// Faults at random, the same for the same seed, against a centre that a fleet sends to: see fault_test.cpp.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "tests/system/fleet/backend.h"
#include "tools/fleet/link.h"
#include "tools/fleet/node.h"
#include "tools/fleet/outbox.h"
#include "tools/fleet/truth.h"

namespace bellrock::fleet {

enum class Fault : std::uint8_t {
  kDuplicate,
  kDrop,
  kReorder,
  kDelay,
  kKill,
  kDiskFull,
  kRestart,
  kClockJump,
  kStoreKill,  // only where the store has a process of its own
};
inline constexpr std::array<std::string_view, 9> kFaultNames{
    "duplicate", "drop", "reorder", "delay", "kill -9", "disk full", "restart", "clock jump", "kill -9 of the store"};

struct StormTally {
  std::array<std::uint64_t, kFaultNames.size()> faults{};
  std::uint64_t rounds = 0, requests = 0;
  std::uint64_t applied = 0, repeated = 0;  // answers
  std::uint64_t unanswered = 0;             // of requests that nothing was done to
  std::uint64_t failed_starts = 0;          // of a centre or a store on a full disk
  std::uint64_t starts_by_hand = 0;         // of a store whose message asked for one
  std::uint64_t disk_bites = 0;             // rounds in which the store said that it failed

  [[nodiscard]] std::uint64_t all() const;
};

class Storm {
 public:
  // All must outlive it. History begins at `from`, a multiple of 10.
  Storm(Backend& backend, const Plan& plan, const config::Loaded& loaded);

  // Rounds until there were so many faults; the centre runs before and after.
  void rage(std::uint64_t faults);
  // Everybody sends until all has been answered. False: not within a hundred rounds.
  bool calm();

  [[nodiscard]] const Truth& truth() const { return truth_; }
  [[nodiscard]] const StormTally& tally() const { return tally_; }
  // Frames that were refused or in conflict: none may be.
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  struct Errand {
    std::size_t node = 0;
    Parcel parcel;
    Trouble trouble = Trouble::kNone;
    double chance = 0;
  };

  void note(Fault fault) { ++tally_.faults[static_cast<std::size_t>(fault)]; }
  void count(std::size_t node);
  void upset_nodes();
  void upset_frames(std::size_t node);
  std::vector<Errand> errands();
  void upset_requests(std::vector<Errand>& errands);
  void run(const std::vector<Errand>& errands, bool with_kill);
  void send(const Errand& errand);
  void kill_and_start();
  bool kill_store();  // false: it has no process
  bool start_as_asked(std::string& why);
  void start_centre();
  void fill_disk();
  [[nodiscard]] bool store_failed() const;

  Backend& backend_;
  const Plan& plan_;
  traffic::Random random_;
  Link link_;
  std::deque<Node> nodes_;
  std::deque<Outbox> outboxes_;
  std::vector<std::int64_t> counted_to_;
  Truth truth_;
  StormTally tally_;
  std::int64_t round_ = 0;
  bool disk_full_ = false;
  std::atomic<std::uint64_t> requests_ = 0, applied_ = 0, repeated_ = 0, unanswered_ = 0, refused_ = 0;
};

}  // namespace bellrock::fleet
