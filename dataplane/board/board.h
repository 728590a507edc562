// The board: one shared-memory file with all that must outlive a process. The agent creates it, the edge attaches.
// Start-up and take-over only; the parts are then used in place (CoreView). Move-only; unmaps at its end.
//
// Locks (open file description locks, dropped by the kernel at death): the edge holds byte 0, the agent byte 1.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/journal.h"
#include "dataplane/base/result.h"
#include "dataplane/board/board_error.h"
#include "dataplane/board/layout.h"

namespace bellrock::board {

// One core's part of the board.
struct CoreView {
  CoreControl& control;
  JournalRecord& record;
  std::span<std::uint64_t, counter::kCount> counters;  // lifetime; journaled
  std::array<BankHeader*, 2> banks;
  sketch::ShardMemory shard;
  std::span<std::byte> sessions;      // session_bytes: journey::visitor_bytes
  std::span<std::byte> held;          // journey::HeldEvents::bytes_needed; empty where no events are held
  std::span<std::byte> clicks;        // journey::ClickMap::bytes_needed; empty where no grid is asked for
  std::span<std::byte> trails;        // journey::TrailTable::bytes_needed; empty where no site asks for frustration
  std::span<std::byte> stories;       // journey::Storyboards::bytes_needed; empty where no journey asks for them
  std::span<std::byte> seen_pages;    // journey::SeenPages::bytes_needed; empty where no coverage is asked for
  std::span<std::byte> seen_beacons;  // journey::SeenBeacons::bytes_needed; may be empty
};

// What a new board is made from.
struct BoardSpec {
  Sizes sizes;
  Id128 board_id{};
  Keys keys;
  SipKey session_key;  // the first one, of all cores
  Bytes snapshot;      // journey::encode
  Hash256 snapshot_hash{};
  std::int64_t created_unix_ns = 0;
};

enum class Role : std::uint8_t { kEdge, kAgent };

class Board {
 public:
  // Makes the file under a temporary name, takes the agent's lock, and links it into place: nobody sees half a board.
  static Result<Board, BoardError> create(const char* path, const BoardSpec& spec);
  // The same for another number of workers: filled from `old` (rehash.h), whose name it takes at one stroke.
  static Result<Board, BoardError> create_from(const char* path, const BoardSpec& spec, Board& old,
                                               const journey::Definition& definition);
  // Without a name: replay and tests. Needs no locks.
  static Result<Board, BoardError> create_anonymous(const BoardSpec& spec);
  // Checks magic, ABI, checksum and sizes. Takes no lock.
  static Result<Board, BoardError> attach(const char* path);

  Board(Board&& other) noexcept;
  Board& operator=(Board&& other) noexcept;
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;
  ~Board();

  // The edge's take-over: its lock, the number of workers, then every core's journal is rolled back. The lock is tried
  // for up to `wait`, at least for as long as the agent may hold it for a dead edge.
  Status<BoardError> take_edge(std::uint32_t workers, Duration wait);
  // One try. The agent takes kAgent for its life, and kEdge while it does a dead edge's work.
  Status<BoardError> lock(Role role);
  void unlock(Role role);
  [[nodiscard]] bool held_by_other(Role role) const;
  // The name still leads to this board: false when the file was removed or replaced.
  [[nodiscard]] bool still_at(const char* path) const;
  // The file was cut or overwritten under us: nothing that is read here can be believed any more. Asked after reading,
  // before what was read is used. With survive_torn_boards (mapping_guard.h) the reading itself does no harm.
  [[nodiscard]] bool torn() const;
  // Gives a torn board up: takes its name away, then all of its contents, so that an edge which is still attached ends
  // now and does not count for nobody.
  void discard(const char* path);
  // Undoes what a dead worker left unfinished on all cores. Needs the edge's lock (or no other user).
  Status<BoardError> roll_back();

  [[nodiscard]] std::uint32_t workers() const { return layout_.sizes().workers; }
  [[nodiscard]] const Sizes& sizes() const { return layout_.sizes(); }
  [[nodiscard]] const Id128& board_id() const { return board_id_; }
  [[nodiscard]] const Hash256& snapshot_hash() const { return snapshot_hash_; }
  [[nodiscard]] Instant created() const { return {header().created_unix_ns}; }
  [[nodiscard]] std::uint64_t attaches() const { return header().attaches.load(); }
  // A copy of the compiled configuration; an error when it is damaged.
  [[nodiscard]] Result<std::vector<std::uint8_t>, BoardError> snapshot() const;
  // The agent's, while no edge runs: the same configuration with another port. Too long: kNoRoom. A kill leaves the old
  // or the new one.
  Status<BoardError> replace_snapshot(Bytes snapshot);

  // Another number of workers. The agent says that it wants one; the next edge then settles the board instead of
  // running on it: every worker reads up to the settle point, applies what was handed over, and says so.
  void want_workers(std::uint32_t workers) { header().wanted_workers.store(workers); }
  [[nodiscard]] std::uint64_t wanted_workers() const { return header().wanted_workers.load(); }
  [[nodiscard]] std::uint64_t settle_point();  // ordinal of a packet of which, and behind which, nothing is counted
  void mark_settled() { header().settled.store(1); }
  // Before a capture is read: positions are those in the capture of this mark (not 0; io::capture_mark). Those in
  // another one are set to its begin: true. An error when workers have yet to apply what they handed over of that one.
  // Needs the edge's lock, and no worker that runs.
  Result<bool, BoardError> enter_capture(std::uint64_t mark);
  void take_capture(Board& from) { header().capture.store(from.header().capture.load()); }
  // No edge has run since; or there is one worker only, which is nowhere but at its position and holds nothing.
  [[nodiscard]] bool settled();
  // Events that wait for their turn (journey/held_events.h), on all cores, as the board says.
  [[nodiscard]] std::uint64_t held_events();

  [[nodiscard]] Keys& keys() { return *at<Keys>(layout_.keys()); }
  [[nodiscard]] CoreView core(std::uint32_t core);
  [[nodiscard]] EventRing& ring(std::uint32_t from, std::uint32_t to) { return *at<EventRing>(layout_.ring(from, to)); }
  // A writer's journal for a core. One at a time.
  [[nodiscard]] Journal journal(std::uint32_t core) {
    return Journal(base_, layout_.bytes(), &this->core(core).record);
  }

 private:
  Board(int fd, std::byte* base, const Layout& layout, bool named);
  static Result<Board, BoardError> create_beside(const char* temporary, const BoardSpec& spec);
  static Result<Board, BoardError> map(int fd, const Layout& layout, bool named);
  void initialise(const BoardSpec& spec);
  void write_snapshot(unsigned slot, Bytes snapshot);
  template <typename T>
  [[nodiscard]] T* at(std::uint64_t offset) const {
    return reinterpret_cast<T*>(base_ + offset);
  }
  [[nodiscard]] Header& header() const { return *at<Header>(0); }

  int fd_ = -1;
  std::byte* base_ = nullptr;
  Layout layout_;
  bool named_ = false;
  int guard_ = -1;    // mapping_guard.h
  Id128 board_id_{};  // copies: what is on the board may be overwritten by the other side
  Hash256 snapshot_hash_{};
};

}  // namespace bellrock::board
