// Every struct on the board, the shared-memory contract between edge and agent, and where each lies. Offsets are
// computed from the sizes in the header, never stored, so a hostile writer cannot move them. Who writes what:
// the agent: header, snapshot, `asked`, `drained`, cleared banks; a core's worker: all the rest of its core.
//
//   Header, Keys, 2 × snapshot slot, per core: CoreControl, JournalRecord, counters, 2 × BankHeader, shard keys,
//   2 × shard bank, sessions, held events, click tables, trails, storyboards, seen pages, seen beacons;
//   EventRing[from][to]
#pragma once

#include <array>
#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <boost/version.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "dataplane/base/counters.h"
#include "dataplane/base/journal.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/result.h"
#include "dataplane/base/siphash.h"
#include "dataplane/flow/event.h"
#include "dataplane/journey/click_map.h"
#include "dataplane/journey/definition.h"
#include "dataplane/journey/held_events.h"
#include "dataplane/journey/link_table.h"
#include "dataplane/journey/seen_beacons.h"
#include "dataplane/journey/seen_pages.h"
#include "dataplane/journey/session_keys.h"
#include "dataplane/journey/session_table.h"
#include "dataplane/journey/storyboards.h"
#include "dataplane/journey/trail.h"
#include "dataplane/sketch/memory.h"

namespace bellrock::board {

using Id128 = std::array<std::uint8_t, 16>;
using Hash256 = std::array<std::uint8_t, 32>;

// What is fixed when a board is made.
struct Sizes {
  std::uint32_t workers = 1;
  std::uint32_t cells = 0;                   // per core; reserved ones included
  std::uint32_t pages = 0;                   // per bank; owned ones included
  std::uint32_t sessions = 0, attempts = 0;  // per core
  std::uint32_t snapshot_bytes_max = 0;
  std::uint32_t held = 0;          // events, per core; 0: the configuration holds none
  std::uint32_t click_places = 0;  // of a click table; 0: the configuration asks for no grid
  std::uint32_t links = 0;         // visitors with several keys, per core; 0: no identity links its keys
  std::uint32_t trails = 0;        // visitors whose page views are known, per core; 0: no site asks for frustration
  std::uint32_t stories = 0;       // storyboards, of a core and bank; 0: no journey asks for them
  std::uint32_t seen_pages = 0;    // per core; 0: nobody asks for coverage
  std::uint32_t seen_beacons = 0;  // of strangers, per core; 0: nobody asks what beacons say of pages
  friend bool operator==(const Sizes&, const Sizes&) = default;
};

// Of a core's visitors.
constexpr std::size_t session_bytes(const Sizes& sizes) {
  return journey::visitor_bytes(sizes.sessions, sizes.attempts, sizes.links);
}

// What a configuration needs: its limits, and room for every total and overflow cell beside them.
Sizes sizes_for(const journey::Definition& definition, std::size_t snapshot_bytes);

// A word that another thread or process reads or writes, on cache lines of its own (two: the prefetcher takes pairs).
struct alignas(128) SharedWord {
  std::uint64_t value;

  [[nodiscard]] std::uint64_t load() const {
    return std::atomic_ref(const_cast<std::uint64_t&>(value)).load(std::memory_order_acquire);
  }
  void store(std::uint64_t to) { std::atomic_ref(value).store(to, std::memory_order_release); }
};

inline constexpr std::int64_t kNoWindow = 0;  // of a bank that was never started: all its memory is zero

struct CoreControl {
  SharedWord asked;    // agent: the number of seals it wants to have happened
  SharedWord sealed;   // worker: banks sealed so far; the active bank is sealed & 1
  SharedWord drained;  // agent: banks harvested and cleared so far
  SharedWord front;    // worker: every event of packets before this ordinal is in its rings (replay, file ports)
  SharedWord polls;    // worker: grows with every poll, so that a stalled core shows

  // Journaled, the worker's own. Where it goes on after a restart:
  alignas(128) std::uint64_t position;  // ordinal of the packet to read next …
  std::uint64_t events_done;            // … and how many events of packet `part_end` - 1 are done already
  std::int64_t last_time_ns;            // of the last packet
  std::int64_t window;                  // of the active bank, as the worker sees it
  std::uint64_t connections;            // that the worker follows; a restart forgets them
  journey::KeyChain session_keys;       // of session keys
  std::uint64_t part_end;               // one past the packet that `events_done` is about, which may be a later one;
                                        // with several workers (not journaled): past the packet last handed over from
  // Bit i: what the tracker decided at the first event of the last message from worker i holds for those that follow.
  std::uint64_t dropping, filtering;
  std::uint64_t reserved[3];
  std::array<std::uint64_t, kWorkersMax> pushed;     // hand-over numbers: the last one given to each ring
  std::array<std::uint64_t, kWorkersMax> last_seen;  // … and the last one taken from each ring
};

// What a bank holds beside its cells. Written by the worker; `window` when it enters the bank, the rest when it seals
// it. Stays when the bank is cleared: the latest levels and counters can be read at any time.
struct alignas(64) BankHeader {
  std::int64_t window;          // journaled
  std::uint64_t epoch;          // the seal that closed it
  std::uint64_t click_table;    // journaled; which one is counted into while this bank is active
  std::uint64_t clicks_handed;  // 1: that table goes with this bank, 0: it stays the worker's
  std::uint64_t reserved[4];
  std::array<std::uint64_t, kJourneysMax> open;         // attempts, per journey
  std::array<std::uint64_t, counter::kCount> counters;  // the core's lifetime counters, taken at the seal
};

struct RingEvent {
  std::uint64_t number = 0;  // counts up per ring; the owner skips what it has seen
  Event event;
};
using EventRing = boost::lockfree::spsc_queue<RingEvent, boost::lockfree::capacity<kHandoverEventsMax>>;

// Hashing keys live only on the board: it is never dumped, and is gone with the machine's memory. The key of session
// keys is not among these: each core has its own copy of it, which its worker rotates by packet time (the agent may be
// dead then, and two cores need not come to midnight in the same moment).
struct Keys {
  SipKey owner;                // picks a session's core; as old as the board
  std::int64_t first_day = 0;  // of the first session key, which the first worker that sees a packet decides
  std::uint64_t reserved = 0;
};

inline constexpr std::uint64_t kMagic = 0x6472'616f'6272'6c62;  // "blrboard"

struct alignas(128) Header {
  std::uint64_t magic;
  std::uint64_t abi;
  Id128 board_id;
  Sizes sizes;
  std::uint64_t bytes;  // of the whole board
  Hash256 snapshot_hash;
  std::int64_t created_unix_ns;
  std::uint64_t checksum;            // over all of the above
  alignas(128) SharedWord attaches;  // edge: times a worker process took the board over
  SharedWord snapshot_slot;          // agent: which of the two slots counts
  SharedWord wanted_workers;         // agent: what the configuration says now; 0: as many as there are
  SharedWord settled;                // edge: 1 when it has settled the board for that (rehash.h)
  SharedWord capture;                // edge: mark of the capture that positions are of; 0: of none
};

struct SnapshotSlot {
  std::uint64_t bytes;
  std::uint64_t checksum;
};

// Changes with everything that both sides must agree on.
std::uint64_t abi_hash();

struct CoreLayout {
  std::uint64_t control, journal, counters, bank_headers, keys, banks[2], sessions, held, clicks, trails, stories,
      seen_pages, seen_beacons;
};

// Offsets from the start of the board. Sizes within their bounds cannot overflow them.
class Layout {
 public:
  static Result<Layout> make(const Sizes& sizes);

  [[nodiscard]] CoreLayout core(std::uint32_t core) const;
  [[nodiscard]] std::uint64_t keys() const { return keys_; }
  [[nodiscard]] std::uint64_t snapshot_slot(unsigned slot) const { return snapshots_ + slot * snapshot_bytes_; }
  [[nodiscard]] std::uint64_t ring(std::uint32_t from, std::uint32_t to) const;
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] const Sizes& sizes() const { return sizes_; }

 private:
  Sizes sizes_;
  CoreLayout first_core_{};
  std::uint64_t keys_ = 0, snapshots_ = 0, snapshot_bytes_ = 0, core_bytes_ = 0, rings_ = 0, bytes_ = 0;
};

}  // namespace bellrock::board
