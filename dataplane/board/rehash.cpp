#include "dataplane/board/rehash.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "dataplane/journey/click_map.h"
#include "dataplane/journey/recorder.h"
#include "dataplane/journey/seen_pages.h"
#include "dataplane/journey/session_mover.h"
#include "dataplane/journey/trail.h"
#include "dataplane/sketch/shard.h"

namespace bellrock::board {
namespace {

Failure<BoardError> failure(BoardFault fault, const char* what, std::int64_t detail = 0) {
  return Failure{BoardError{fault, what, detail}};
}

// The session tables of all cores, with what they need.
class Tables {
 public:
  explicit Tables(Board& board) {
    const Sizes& sizes = board.sizes();
    for (std::uint32_t i = 0; i < board.workers(); ++i) {
      journals_.push_back(std::make_unique<Journal>(board.journal(i)));
      tables_.push_back(std::make_unique<journey::SessionTable>(board.core(i).sessions, sizes.sessions, sizes.attempts,
                                                                *journals_.back()));
      links_.push_back(std::make_unique<journey::LinkTable>(
          journey::links_behind(board.core(i).sessions, sizes.sessions, sizes.attempts, sizes.links), sizes.links,
          *journals_.back()));
      cores_.push_back(
          {tables_.back().get(), journals_.back().get(), sizes.sessions, sizes.attempts, links_.back().get(),
           sizes.links,
           journey::Storyboards::trails_of(board.core(i).stories, sizes.stories == 0 ? 0 : sizes.attempts)});
    }
  }
  [[nodiscard]] std::span<const journey::TableOfCore> cores() const { return cores_; }

 private:
  std::vector<std::unique_ptr<Journal>> journals_;
  std::vector<std::unique_ptr<journey::SessionTable>> tables_;
  std::vector<std::unique_ptr<journey::LinkTable>> links_;
  std::vector<journey::TableOfCore> cores_;
};

// What the cores of the old board agree on, or add up to.
struct Common {
  std::uint64_t epoch = 0;  // no core has sealed a later one
  std::uint64_t position = 0, connections = 0;
  std::int64_t window = kNoWindow, last_time_ns = 0;
  journey::KeyChain session_keys;
  std::array<std::uint64_t, counter::kCount> counters{};
};

Status<BoardError> read(Board& from, Common& common) {
  for (std::uint32_t i = 0; i < from.workers(); ++i) {
    const CoreView core = from.core(i);
    const CoreControl& control = core.control;
    const std::uint64_t sealed = control.sealed.load();
    if (sealed != control.drained.load()) return failure(BoardFault::kInUse, "a bank is not drained", i);
    const std::int64_t window = core.banks[sealed & 1]->window;
    if (window != kNoWindow && (common.window == kNoWindow || window < common.window)) common.window = window;
    common.epoch = std::max(common.epoch, sealed);
    common.position = std::max(common.position, control.position);
    common.last_time_ns = std::max(common.last_time_ns, control.last_time_ns);
    common.connections += control.connections;
    if (i == 0 || control.session_keys.day > common.session_keys.day) common.session_keys = control.session_keys;
    for (std::size_t id = 0; id < common.counters.size(); ++id) common.counters[id] += core.counters[id];
  }
  return Done{};
}

// Epochs go on behind those of the old board: the agent's ledger remembers which are in its spool.
void write(const Common& common, Board& to, std::uint32_t index, const journey::SessionTable& table,
           std::size_t journeys) {
  const CoreView core = to.core(index);
  CoreControl& control = core.control;
  control.asked.store(common.epoch);
  control.sealed.store(common.epoch);
  control.drained.store(common.epoch);
  control.position = common.position;
  control.last_time_ns = common.last_time_ns;
  control.window = common.window;
  control.session_keys = common.session_keys;
  BankHeader& active = *core.banks[common.epoch & 1];
  BankHeader& closed = *core.banks[(common.epoch & 1) ^ 1];
  active.window = closed.window = common.window;
  closed.epoch = common.epoch;
  for (std::size_t j = 0; j < journeys; ++j) closed.open[j] = table.totals(JourneyId{j}).open;
  if (index != 0) return;
  control.connections = common.connections;
  std::copy(common.counters.begin(), common.counters.end(), core.counters.begin());
  closed.counters = common.counters;
}

// Clicks of the period that is not over. What the first core's table has no room for stays in its sums.
void move_clicks(Board& from, Board& to) {
  Journal journal = to.journal(0);
  journey::ClickMap into(to.core(0).clicks, to.sizes().click_places, journal);
  for (std::uint32_t i = 0; i < from.workers(); ++i) {
    const CoreView core = from.core(i);
    Journal unused = from.journal(i);
    journey::ClickMap old(core.clicks, from.sizes().click_places, unused);
    into.add_unseen(old, core.banks[core.control.sealed.load() & 1]->click_table);
  }
}

struct WaitingPage {
  journey::SeenPage page;
  bool doubted = false;
};

// Pages of one core of the new board. For those that it has no room for the oldest gives way, as on a live one.
class PageMover {
 public:
  PageMover(Board& to, std::uint32_t core, const journey::Definition& definition)
      : view_(to.core(core)),
        journal_(to.journal(core)),
        pages_(view_.seen_pages, to.sizes().seen_pages, 0, journal_),
        shard_(view_.shard, to.sizes().cells, to.sizes().pages, journal_, counters_),
        recorder_(definition, shard_) {
    shard_.set_active(view_.control.sealed.load() & 1);
  }
  void add(const journey::SeenPage& page, bool doubted) {
    if (pages_.full()) {
      journey::count_ended_page(pages_.oldest(), CoverageItem::kUnknownForgotten, SplitItem::kForgotten, recorder_);
      pages_.forget_oldest();
    }
    pages_.add({.key = page.key, .previous = {}, .hash = page.hash}, page);
    if (doubted) pages_.doubt();
    journal_.commit();
  }

 private:
  CoreView view_;
  Journal journal_;
  Counters counters_;
  journey::SeenPages pages_;
  sketch::Shard shard_;
  journey::Recorder<sketch::Shard> recorder_;
};

// Pages that wait for beacons, each to its visitor's core, in the order in which they came.
void move_pages(Board& from, Board& to, const journey::Definition& definition) {
  if (to.sizes().seen_pages == 0) return;
  std::vector<WaitingPage> waiting;
  for (std::uint32_t i = 0; i < from.workers(); ++i) {
    Journal unused = from.journal(i);
    const journey::SeenPages old(from.core(i).seen_pages, from.sizes().seen_pages, 0, unused);
    old.each([&](const journey::SeenPage& page, bool doubted) { waiting.push_back({page, doubted}); });
  }
  std::stable_sort(waiting.begin(), waiting.end(),
                   [](const WaitingPage& a, const WaitingPage& b) { return a.page.seen < b.page.seen; });
  std::vector<std::unique_ptr<PageMover>> cores;
  for (std::uint32_t i = 0; i < to.workers(); ++i) cores.push_back(std::make_unique<PageMover>(to, i, definition));
  const IdentityId identity = definition.coverage.identity;
  for (const auto& [page, doubted] : waiting) {
    const auto core =
        journey::owner_core(definition.identities[identity.index()].link, identity, page.hash, to.workers());
    cores[core]->add(page, doubted);
  }
}

// What is known of visitors' page views, each to its visitor's core. Who does not fit there is counted as evicted.
Status<BoardError> move_trails(Board& from, Board& to, const journey::Definition& definition, std::uint32_t now) {
  if (to.sizes().trails == 0) return Done{};
  std::vector<Journal> journals;
  std::vector<journey::TrailTable> tables;
  for (std::uint32_t i = 0; i < to.workers(); ++i) journals.push_back(to.journal(i));
  for (std::uint32_t i = 0; i < to.workers(); ++i) {
    tables.emplace_back(to.core(i).trails, to.sizes().trails, journals[i]);
  }
  std::uint64_t evicted = 0;
  bool foreign = false;
  for (std::uint32_t i = 0; i < from.workers(); ++i) {
    Journal unused = from.journal(i);
    const journey::TrailTable old(from.core(i).trails, from.sizes().trails, unused);
    old.each([&](const journey::Trail& trail) {
      if (trail.identity.index() >= definition.identities.size()) return void(foreign = true);
      const auto core = journey::owner_core(definition.identities[trail.identity.index()].link, trail.identity,
                                            trail.hash, to.workers());
      if (!tables[core].add(trail, now)) ++evicted;
      journals[core].commit();
    });
  }
  to.core(0).counters[counter::id(EventCount::kTrailsEvicted)] += evicted;
  if (foreign) return failure(BoardFault::kForeign, "the identity of one whose page views are known");
  return Done{};
}

}  // namespace

std::uint64_t Board::settle_point() {
  std::uint64_t point = 0;
  for (std::uint32_t i = 0; i < workers(); ++i) {
    const CoreControl& control = core(i).control;
    point = std::max({point, control.position, control.part_end});
  }
  return point;
}

bool Board::settled() {
  if (header().settled.load() == 1) return true;
  return workers() == 1 && core(0).control.events_done == 0 && held_events() == 0;
}

std::uint64_t Board::held_events() {
  std::uint64_t count = 0;
  for (std::uint32_t i = 0; i < workers(); ++i) count += journey::HeldEvents::count_in(core(i).held);
  return count;
}

Status<BoardError> rehash(Board& from, Board& to, const journey::Definition& definition) {
  Common common;
  if (from.held_events() != 0) return failure(BoardFault::kInUse, "events are held that no edge has counted");
  TRY(read(from, common));
  const Tables old_tables(from), new_tables(to);
  const auto moved = journey::move_sessions(definition, old_tables.cores(), new_tables.cores());
  if (!moved.ok()) {
    const bool full = std::strstr(moved.error().what, "no room") != nullptr;
    return failure(full ? BoardFault::kNoRoom : BoardFault::kForeign, moved.error().what, moved.error().detail);
  }
  to.keys() = from.keys();
  to.take_capture(from);
  for (std::uint32_t i = 0; i < to.workers(); ++i) {
    write(common, to, i, *new_tables.cores()[i].table, definition.journeys.size());
  }
  move_clicks(from, to);
  TRY(move_trails(from, to, definition, journey::trail_tick(Instant{common.last_time_ns})));
  move_pages(from, to, definition);
  return Done{};
}

}  // namespace bellrock::board
