// A process that follows journeys on shared memory is killed at random moments, for real: the one that takes over finds
// every event whole or not at all, and in the end everything is counted once.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include "dataplane/journey/session_keys.h"
#include "tests/unit/dataplane/journey/journey_fixture.h"

namespace bellrock::journey {
namespace {

constexpr std::uint64_t kEvents = 300'000;
constexpr std::uint64_t kVisitors = 40;
constexpr std::size_t kCellsMax = 256;

// What a core has on the board: cells and the position, beside the session table.
struct Shared {
  JournalRecord record;
  std::uint64_t position;  // events that have been applied
  std::uint64_t cells[kCellsMax];
  std::uint64_t dimensioned;
  alignas(64) std::byte sessions[SessionTable::bytes_needed(64, 400)];
};

// One journaled word for each reserved cell.
class SharedCells {
 public:
  static constexpr std::size_t kJournalWordsMax = 1;
  SharedCells(Shared& shared, Journal& journal) : shared_(shared), journal_(journal) {}
  std::uint32_t reserve(const CellKey& key) {
    keys.push_back(key);
    return static_cast<std::uint32_t>(keys.size() - 1);
  }
  void count(const CellKey&) { journal_.add(shared_.dimensioned, 1); }
  void add(const CellKey& key, Duration) { count(key); }
  void sum(const CellKey& key, std::uint64_t) { count(key); }
  void sum_at(std::uint32_t cell, std::uint64_t amount) { journal_.add(shared_.cells[cell], amount); }
  void count_at(std::uint32_t cell) { journal_.add(shared_.cells[cell], 1); }
  void add_at(std::uint32_t cell, Duration) { count_at(cell); }

  std::vector<CellKey> keys;

 private:
  Shared& shared_;
  Journal& journal_;
};

Definition definition() {
  Definition d = make_definition_with_value();
  d.dimensions.push_back({.name = "release", .source = {}, .values = {}, .bounds = {}, .top = 6});
  d.journeys[checkout::kId.index()].dimensions.emplace_back(std::size_t{1});
  for (Journey& journey : d.journeys) journey.idle = 2 * kMinute;
  d.identities[0].idle = 3 * kMinute;
  Journey& checkout = d.journeys[checkout::kId.index()];
  checkout.per_session = true;
  checkout.objectives.push_back(make_consistency("steady", checkout::kPayLatency));
  d.correlates = {{}};
  checkout.correlate = 1;
  d.limits.sessions_per_core = 64;
  d.limits.attempts_per_core = 400;
  return d;
}

// A world that is always the same. Its events are made beforehand, so that a process spends its life applying them.
class World {
 public:
  World() {
    std::mt19937_64 random(17);
    for (std::size_t i = 0; i < kEventKinds; ++i) {
      Event event = make_event(random() % kVisitors, {}, static_cast<Channel>(random() % 4));
      event.aborted = event.channel == Channel::kHttpEnd && random() % 2 == 0;
      for (const JourneyId journey : {checkout::kId, search::kId}) {
        const std::size_t steps = journey == checkout::kId ? 8 : 4;
        if (random() % 3 == 0) add_match(event, journey, static_cast<std::uint8_t>(random() % steps));
      }
      if (random() % 2 == 0) event.extras.say().correlates[0] = static_cast<std::uint32_t>(1 + random() % 3);
      if (random() % 2 == 0) add_top(event, DimensionId{1}, "v" + std::to_string(random() % 300));
      if (random() % 2 == 0) event.extras.say().amounts[0] = 1 + random() % 1'000;
      event.dimensions[event.dimension_count++] = {DimensionId{0}, static_cast<std::uint8_t>(random() % 4)};
      kinds_.push_back(event);
    }
  }
  [[nodiscard]] Event event(std::uint64_t n) const {
    Event event = kinds_[n % kEventKinds];
    event.time = event.edge_time = kDay + static_cast<Duration>(n) * 1'500 * kMillisecond;
    event.request_time = event.time - static_cast<Duration>(n % 40) * 1'500 * kMillisecond;
    // Keys rotate with the day, five times in all.
    const auto day = static_cast<std::uint64_t>(key_day_of(event.time));
    event.previous_key = {{event.key.words[0] + day - 1, event.key.words[1]}};
    event.key.words[0] += day;
    return event;
  }

 private:
  static constexpr std::size_t kEventKinds = 4'093;
  std::vector<Event> kinds_;
};

Visitor visitor_in(const Session& session) { return {session.key, session.previous, session.hash}; }

// A worker's process: takes over, then applies events until all are done.
class Process {
 public:
  Process(const Definition& definition, Shared& shared)
      : shared_(shared),
        journal_(reinterpret_cast<std::byte*>(&shared) + sizeof(JournalRecord), sizeof(Shared) - sizeof(JournalRecord),
                 &shared.record),
        whole_(journal_.roll_back()),
        cells_(shared, journal_),
        tracker_(definition, shared.sessions, cells_, journal_, counters_) {}

  void run(const World& world) {
    while (shared_.position < kEvents) {
      tracker_.on_event(world.event(shared_.position));
      journal_.add(shared_.position, 1);
      journal_.commit();
    }
  }
  // The invariants that must hold whenever a process takes over.
  void expect_whole() {
    EXPECT_TRUE(whole_);
    for (const JourneyId journey : {checkout::kId, search::kId}) {
      const JourneyTotals& totals = tracker_.totals(journey);
      EXPECT_TRUE(totals.conserved());
      std::uint64_t open = 0;
      const SessionTable table(shared_.sessions, 64, 400, journal_);
      for (Slot slot = 1; slot <= table.attempts_used(); ++slot) {
        const Attempt& attempt = table.attempt(slot);
        open += attempt.open() && attempt.journey == journey;
        if (attempt.state != AttemptState::kFree) {
          EXPECT_NE(table.find(visitor_in(table.session(attempt.session))), 0u);
        }
      }
      EXPECT_EQ(totals.open, open);
      for (std::size_t i = 0; i < cells_.keys.size(); ++i) {
        const CellKey& key = cells_.keys[i];
        if (key.journey != journey || key.scope != CellScope::kTotal) continue;
        if (key.kind != CellKind::kStart && key.kind != CellKind::kOutcome) continue;
        EXPECT_EQ(shared_.cells[i], key.kind == CellKind::kStart ? totals.starts : totals.outcomes[key.item]);
      }
    }
  }

 private:
  Shared& shared_;
  Journal journal_;
  bool whole_;
  SharedCells cells_;
  Counters counters_;
  Tracker<SharedCells> tracker_;
};

Shared& map_shared() {
  void* at = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  EXPECT_NE(at, MAP_FAILED);
  return *static_cast<Shared*>(at);
}

TEST(JourneyProperty, AProcessKilledAtRandomMomentsCountsEverythingOnce) {
  const Definition d = definition();
  const World world;
  Shared& calm = map_shared();
  Process(d, calm).run(world);

  Shared& shaken = map_shared();
  std::mt19937_64 random(4);
  int kills = 0;
  for (int lives = 0; shaken.position < kEvents && lives < 5'000; ++lives) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      Process(d, shaken).run(world);
      _exit(0);
    }
    usleep(static_cast<useconds_t>(300 + random() % 1'000));
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    kills += WIFSIGNALED(status);
    Process(d, shaken).expect_whole();
    if (HasFailure()) return;
  }
  EXPECT_EQ(shaken.position, kEvents);
  EXPECT_GT(kills, 3);
  EXPECT_EQ(std::memcmp(calm.cells, shaken.cells, sizeof calm.cells), 0);
  EXPECT_EQ(calm.dimensioned, shaken.dimensioned);
  EXPECT_EQ(std::memcmp(calm.sessions, shaken.sessions, sizeof calm.sessions), 0);
  munmap(&calm, sizeof(Shared));
  munmap(&shaken, sizeof(Shared));
}

}  // namespace
}  // namespace bellrock::journey
