// One core's side of the board: applies events to sessions and cells, moves counters, rolls windows. Everything that
// belongs together is committed together, so the board is whole wherever the process is killed. Used by the owning
// worker's thread only; allocates only when it is made.
#pragma once

#include <algorithm>

#include "dataplane/base/counters.h"
#include "dataplane/base/journal.h"
#include "dataplane/board/banks.h"
#include "dataplane/board/board.h"
#include "dataplane/flow/event.h"
#include "dataplane/journey/click_map.h"
#include "dataplane/journey/definition.h"
#include "dataplane/journey/held_events.h"
#include "dataplane/journey/seen_beacons.h"
#include "dataplane/journey/session_keys.h"
#include "dataplane/journey/storyboards.h"
#include "dataplane/journey/tracker.h"
#include "dataplane/journey/trail.h"
#include "dataplane/sketch/shard.h"

namespace bellrock::app {

// A bank is entered only when it is drained. A file can wait for that; live traffic cannot, and goes on in the same
// bank.
enum class Pace : std::uint8_t { kFile, kLive };

class Core {
 public:
  using Cells = sketch::Shard;
  using Tracker = journey::Tracker<Cells>;

  // `wait` is called again and again while a file's worker waits for a drained bank.
  Core(const journey::Definition& definition, board::Board& board, std::uint32_t index, Pace pace, void (*wait)());

  // Applies one event after the deadlines and windows before it; where the configuration lets events wait, those that
  // have waited until now, and this one in its turn. The caller commits.
  // `from`: the worker that saw it.
  void on_event(const Event& event, std::uint32_t from = 0);
  // The index of the core that owns the event's visitor.
  [[nodiscard]] std::size_t owner_of(const Event& event, std::size_t workers) const {
    const bool links = (linking_ >> event.identity.index() & 1) != 0;
    return journey::owner_core(links, event.identity, event.owner_hash, workers);
  }
  // The event commits by itself when it makes one visitor of several, so that what is not committed has to be before.
  [[nodiscard]] static bool may_commit(const Event& event) { return !event.extras.more_keys().empty(); }
  // Before this event others leave the hold or a window ends, which commits by itself (an idle connection's end can be
  // in a later window than the packets so far), so that what is not committed has to be before.
  [[nodiscard]] bool commits_before(const Event& event) const {
    if (held_.on()) return held_.full() || due(std::max(reached_, event.time));
    return opened() && window_of(event.time) > banks_.window();
  }
  // Events of several producers may come a little out of order, and go by their times while they are held.
  void order_by_time() { held_.order_by_time(); }
  // No more events come that could be before those that are held. Commits by itself.
  void release_all();
  // The end of a capture: all that is held, then everything that is due before `now`. The caller commits.
  void catch_up(Instant now);
  // Fires what is due before `now` and seals the windows that end at or before it. Commits by itself. A core's time
  // lags by the longest wait of held events: what is held is applied before a deadline or a window's end that it is
  // before.
  void advance(Instant now);
  // The deadlines before `now`, with the same lag, of the window that is open. The caller commits.
  void expire(Instant now);
  // Live: time passes whether or not anything happens. What a bounded poll left, and a window that could not be left,
  // are tried again.
  void pass(Instant now) {
    advance(now);
    expire(now);
  }
  // Seals the current window early if the agent asked for it; at the end of a poll iteration only.
  void seal_if_asked();
  // Before a stop: hands over what was counted, unless the agent is not there to take it.
  void seal_if_possible();
  // The end of a file: seals the last window.
  void seal_last();

  void commit();
  // Together with all that the packets before `next_ordinal` counted.
  void commit_position(std::uint64_t next_ordinal);
  // In the middle of a packet with very many events: the first `events_done` of packet `ordinal` are permanent. A
  // restart reads from the position again, and leaves those out.
  void commit_part(std::uint64_t ordinal, std::uint64_t events_done);
  // Between two packets, when idle connections have ended: everything before packet `next_ordinal`, and how far what
  // these ends cause is done (Order's numbers; 0: not at all). A restart leaves nothing out, but can tell.
  void commit_ends(std::uint64_t next_ordinal, std::uint64_t events_done);
  // Where a restart goes on: the next packet, and how many events of the packet before `part_end` are counted already.
  [[nodiscard]] std::uint64_t position() const;
  [[nodiscard]] std::uint64_t events_done() const;
  [[nodiscard]] std::uint64_t part_end() const { return view_.control.part_end; }

  // The keys of session keys for what is read from `now` on. Rotates them when its day is another than theirs; commits.
  journey::SessionKeys session_keys(Instant now);

  // Connections that the pipeline follows: what a restart would lose.
  void set_connections(std::uint32_t live) { connections_ = live; }

  // What a whole packet counted; moved to the board by commit_position.
  Counters& packet_counters() { return packet_counters_; }
  // Something would be lost, or counted again, if the process went on elsewhere from here.
  [[nodiscard]] bool dirty() const { return !journal_.empty() || event_counters_.touched() != 0; }
  [[nodiscard]] std::size_t room() const { return journal_.room(); }
  board::CoreView& view() { return view_; }
  Journal& journal() { return journal_; }
  Tracker& tracker() { return tracker_; }
  [[nodiscard]] const Tracker& tracker() const { return tracker_; }

 private:
  void move(Counters& counters);
  void commit_at(std::uint64_t next_ordinal, std::uint64_t events_done);
  void reach(Instant time);
  void fire(Instant before);
  void hold(const Event& event);
  void release(Instant now);
  void release_first();
  void track(const Event& event, std::uint32_t from);
  [[nodiscard]] bool due(Instant now) const { return held_.due(now) || (pace_ == Pace::kLive && held_.ahead_of(now)); }
  bool seal(std::int64_t next_window, bool last = false);
  [[nodiscard]] std::int64_t next_window(std::int64_t target) const;
  [[nodiscard]] bool opened() const { return banks_.window() != board::kNoWindow; }

  board::CoreView view_;
  board::Keys& keys_;
  const Duration previous_key_keep_;
  const unsigned linking_;  // bit i: identity i links its keys
  std::uint64_t connections_ = 0;
  std::int64_t late_window_ = board::kNoWindow;  // the window that could not be entered in time
  const Pace pace_;
  void (*const wait_)();
  const std::size_t journey_count_;
  Journal journal_;
  Counters packet_counters_;
  Counters event_counters_;
  board::Banks banks_;
  sketch::Shard shard_;
  Tracker tracker_;
  const std::int64_t click_period_;  // in windows
  journey::ClickMap clicks_;
  journey::TrailTable trails_;
  journey::Storyboards stories_;
  journey::SeenBeacons seen_beacons_;
  journey::HeldEvents held_;
  Instant reached_;  // the latest time that was heard of; only where events are held
};

}  // namespace bellrock::app
