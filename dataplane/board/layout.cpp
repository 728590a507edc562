#include "dataplane/board/layout.h"

#include <algorithm>
#include <string_view>

#include "dataplane/flow/distinct.h"
#include "dataplane/flow/effect_cell.h"
#include "dataplane/flow/frustration.h"
#include "dataplane/flow/outcome.h"
#include "dataplane/flow/recovery.h"
#include "dataplane/flow/stray.h"

namespace bellrock::board {

namespace {

// Bounds of a header that is to be believed: with them no offset can pass 2^48.
constexpr std::uint32_t kPerCoreSizeMax = 1u << 25;
constexpr std::uint32_t kSnapshotBytesMax = 64 * 1024 * 1024;

constexpr std::uint64_t align(std::uint64_t offset, std::uint64_t to) { return (offset + to - 1) / to * to; }

class Fnv {
 public:
  constexpr void add(std::uint64_t value) {
    for (int byte = 0; byte < 8; ++byte) add_byte(static_cast<std::uint8_t>(value >> (8 * byte)));
  }
  template <typename Names>
  constexpr void add_names(const Names& names) {
    for (const std::string_view name : names) {
      for (const char c : name) add_byte(static_cast<std::uint8_t>(c));
      add_byte(0);
    }
  }
  [[nodiscard]] constexpr std::uint64_t value() const { return value_; }

 private:
  constexpr void add_byte(std::uint8_t byte) { value_ = (value_ ^ byte) * 0x100000001b3; }
  std::uint64_t value_ = 0xcbf29ce484222325;
};

// Raised when a layout changes in a way that no size below shows.
constexpr std::uint64_t kLayoutNumber = 7;

consteval std::uint64_t make_abi_hash() {
  Fnv hash;
  for (const std::uint64_t value : {kLayoutNumber,
                                    std::uint64_t{BOOST_VERSION},
                                    std::uint64_t{sizeof(Header)},
                                    std::uint64_t{sizeof(Keys)},
                                    std::uint64_t{sizeof(CoreControl)},
                                    std::uint64_t{sizeof(BankHeader)},
                                    std::uint64_t{sizeof(JournalRecord)},
                                    std::uint64_t{sizeof(RingEvent)},
                                    std::uint64_t{sizeof(EventRing)},
                                    std::uint64_t{sizeof(CellKey)},
                                    std::uint64_t{sizeof(sketch::Cell)},
                                    std::uint64_t{sizeof(sketch::Page)},
                                    std::uint64_t{counter::kCount},
                                    std::uint64_t{journey::visitor_bytes(1'000, 1'000, 1'000)},
                                    std::uint64_t{journey::HeldEvents::bytes_needed(1'000)},
                                    std::uint64_t{journey::ClickMap::bytes_needed(1'000)},
                                    std::uint64_t{journey::TrailTable::bytes_needed(1'000)},
                                    std::uint64_t{journey::Storyboards::bytes_needed(1'000, 1'000)},
                                    std::uint64_t{journey::SeenPages::bytes_needed(1'000)},
                                    std::uint64_t{journey::SeenBeacons::bytes_needed(1'000)},
                                    std::uint64_t{kWindow}}) {
    hash.add(value);
  }
  hash.add_names(kPacketCountNames);
  hash.add_names(kDropNames);
  hash.add_names(kStreamCountNames);
  hash.add_names(kHttpErrorNames);
  hash.add_names(kBeaconRejectNames);
  hash.add_names(kEventCountNames);
  hash.add_names(kRefusalNames);
  hash.add_names(kServerCountNames);
  hash.add_names(kOutcomeNames);
  hash.add_names(kVerdictNames);
  return hash.value();
}

}  // namespace

std::uint64_t abi_hash() {
  static constexpr std::uint64_t kHash = make_abi_hash();
  return kHash;
}

// Beacons of visitors without an attempt are counted, so that it has to be known which came before.
namespace {
bool asks_of_pages(const journey::Definition& definition) {
  return !definition.vital_pages.empty() || !definition.click_pages.empty() || definition.frustration.on ||
         definition.error_top != 0;
}
}  // namespace

Sizes sizes_for(const journey::Definition& definition, std::size_t snapshot_bytes) {
  constexpr std::size_t kOutcomes = kOutcomeNames.size(), kVerdicts = kVerdictNames.size(), kMeasuredVerdicts = 2;
  constexpr std::size_t kScopes = 2;  // total and overflow
  std::size_t cells = 0, measured = 0;
  for (const journey::Journey& journey : definition.journeys) {
    cells += kScopes * (1 + journey.steps.size() + kOutcomes + kVerdicts * journey.objectives.size());
    if (journey.value.amount != 0) cells += kScopes * kOutcomes;
    cells += kScopes * journey.effects.size() * kOutcomes * kWaitSlots;
    cells += kScopes * answers_of(journey.feedback.questions) * kOutcomes;
    if (journey.recovery.within != 0) cells += kRecoveryKinds * journey.steps.size();
    cells += kStrays;
    if (journey.distinct_sessions) {
      cells += kDistinctCells;
      measured += kDistinctCells;
    }
    measured += kScopes * (journey.steps.size() + kOutcomes + kMeasuredVerdicts * journey.objectives.size());
  }
  if (!definition.vital_pages.empty()) {
    const std::size_t reserved = kScopes * kVitalItems * (1 + definition.vital_pages.size());
    cells += reserved;
    measured += reserved;
  }
  if (!definition.click_pages.empty()) cells += kScopes * kClickKinds * (1 + definition.click_pages.size());
  if (definition.frustration.on) {
    cells += kScopes * kFrustrationKinds * (1 + definition.frustration_pages.size());
  }
  if (definition.coverage.on) {
    const std::size_t pages = 1 + definition.coverage_pages.size();
    const std::size_t splits = definition.coverage.split ? pages + definition.coverage_calls.size() : 0;
    cells += kScopes * (pages * kCoverageItems + splits * kSplitItems);
    measured += kScopes * splits * kMeasuredSplitItems;
  }
  if (definition.error_top != 0) cells += kScopes * (1 + definition.error_pages.size());
  const journey::Limits& limits = definition.limits;
  return {.workers = limits.workers,
          .cells = static_cast<std::uint32_t>(limits.cells_per_core + cells),
          .pages = static_cast<std::uint32_t>(limits.pages_per_bank + measured * sketch::kOctaves),
          .sessions = limits.sessions_per_core,
          .attempts = limits.attempts_per_core,
          // Room for another port or other host names without a new board.
          .snapshot_bytes_max = static_cast<std::uint32_t>(align(snapshot_bytes + 16 * 1024, 4'096)),
          .held = journey::longest_reorder_wait(definition) == 0 ? 0 : limits.held_events_per_core,
          .click_places = definition.click_grid.on ? limits.click_places_per_core : 0,
          .links = journey::links_needed(definition),
          .trails = definition.frustration.on ? limits.trails_per_core : 0,
          .stories = journey::stories_needed(definition),
          .seen_pages = journey::seen_pages_needed(definition),
          .seen_beacons = asks_of_pages(definition) ? std::uint32_t{journey::SeenBeacons::kRoom} : 0};
}

Result<Layout> Layout::make(const Sizes& sizes) {
  if (sizes.workers == 0 || sizes.workers > kWorkersMax) return Failure{Error{"board: workers", sizes.workers}};
  for (const std::uint32_t size :
       {sizes.cells, sizes.pages, sizes.sessions, sizes.attempts, sizes.held, sizes.click_places, sizes.links,
        sizes.trails, sizes.stories, sizes.seen_pages, sizes.seen_beacons}) {
    if (size > kPerCoreSizeMax) return Failure{Error{"board: a table is too large", size}};
  }
  if (sizes.snapshot_bytes_max > kSnapshotBytesMax) {
    return Failure{Error{"board: the snapshot is too large", sizes.snapshot_bytes_max}};
  }
  Layout layout;
  layout.sizes_ = sizes;
  std::uint64_t at = 0;
  const auto place = [&at](std::uint64_t bytes) {
    const std::uint64_t here = align(at, 128);
    at = here + bytes;
    return here;
  };
  place(sizeof(Header));
  layout.keys_ = place(sizeof(Keys));
  layout.snapshot_bytes_ = align(sizeof(SnapshotSlot) + sizes.snapshot_bytes_max, 128);
  layout.snapshots_ = place(2 * layout.snapshot_bytes_);
  CoreLayout& core = layout.first_core_;
  core.control = place(sizeof(CoreControl));
  core.journal = place(sizeof(JournalRecord));
  core.counters = place(counter::kCount * sizeof(std::uint64_t));
  core.bank_headers = place(2 * sizeof(BankHeader));
  core.keys = place(sketch::keys_bytes(sizes.cells));
  core.banks[0] = place(sketch::bank_bytes(sizes.cells, sizes.pages));
  core.banks[1] = place(sketch::bank_bytes(sizes.cells, sizes.pages));
  core.sessions = place(session_bytes(sizes));
  core.held = place(sizes.held == 0 ? 0 : journey::HeldEvents::bytes_needed(sizes.held));
  core.clicks = place(sizes.click_places == 0 ? 0 : journey::ClickMap::bytes_needed(sizes.click_places));
  core.trails = place(journey::TrailTable::bytes_needed(sizes.trails));
  core.stories = place(journey::Storyboards::bytes_needed(sizes.attempts, sizes.stories));
  core.seen_pages = place(journey::SeenPages::bytes_needed(sizes.seen_pages));
  core.seen_beacons = place(journey::SeenBeacons::bytes_needed(sizes.seen_beacons));
  layout.core_bytes_ = align(at, 4'096) - core.control;
  at = core.control + layout.core_bytes_ * sizes.workers;
  layout.rings_ = place(sizes.workers * sizes.workers * align(sizeof(EventRing), 128));
  layout.bytes_ = align(at, 4'096);
  return layout;
}

CoreLayout Layout::core(std::uint32_t core) const {
  const std::uint64_t by = core * core_bytes_;
  CoreLayout moved = first_core_;
  for (std::uint64_t* offset : {&moved.control, &moved.journal, &moved.counters, &moved.bank_headers, &moved.keys,
                                &moved.banks[0], &moved.banks[1], &moved.sessions, &moved.held, &moved.clicks,
                                &moved.trails, &moved.stories, &moved.seen_pages, &moved.seen_beacons}) {
    *offset += by;
  }
  return moved;
}

std::uint64_t Layout::ring(std::uint32_t from, std::uint32_t to) const {
  return rings_ + (std::uint64_t{from} * sizes_.workers + to) * align(sizeof(EventRing), 128);
}

}  // namespace bellrock::board
