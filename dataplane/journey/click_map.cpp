#include "dataplane/journey/click_map.h"

#include <atomic>
#include <cstring>

#include "dataplane/base/check.h"

namespace bellrock::journey {
namespace {

constexpr std::uint32_t kPlaceBits = 13;
static_assert(kClickPlaces <= 1u << kPlaceBits && kClickGroups < 1u << (31 - kPlaceBits));
constexpr std::uint32_t kPlaceMask = (1u << kPlaceBits) - 1;
constexpr std::uint32_t kCountMax = ~std::uint32_t{0};

// At most half of the slots are taken, so that honest places are found within a few steps. Who picks places by their
// hash is counted beside the table.
constexpr std::size_t kProbesMax = 64;

std::uint32_t group_of(const Click& click) {
  return static_cast<std::uint32_t>((click.page * kDeviceNames.size() + click.device) * kClickKinds +
                                    static_cast<std::size_t>(click.kind));
}

Click click_of(std::uint32_t group, std::uint16_t place) {
  return {.page = static_cast<std::uint8_t>(group / kClickKinds / kDeviceNames.size()),
          .device = static_cast<std::uint8_t>(group / kClickKinds % kDeviceNames.size()),
          .kind = static_cast<ClickKind>(group % kClickKinds),
          .place = place};
}

std::uint32_t key_of(std::uint32_t group, std::uint16_t place) { return 1 + (group << kPlaceBits | place); }

std::size_t hash_of(std::uint32_t key) {
  return static_cast<std::size_t>(key * std::uint64_t{0x9e3779b97f4a7c15} >> 32);
}

constexpr std::size_t table_bytes(std::uint32_t places) { return ClickMap::bytes_needed(places) / 2; }

template <typename T>
T read_once(const T& from) {
  static_assert(sizeof(T) == sizeof(std::uint64_t));
  auto& word = *reinterpret_cast<std::uint64_t*>(const_cast<T*>(&from));
  return std::bit_cast<T>(std::atomic_ref(word).load(std::memory_order_relaxed));
}

}  // namespace

ClickMap::ClickMap(std::span<std::byte> memory, std::uint32_t places, Journal& journal)
    : memory_(memory), places_(places), journal_(journal) {
  if (!on()) return;
  CHECK(memory.size() >= bytes_needed(places));
  CHECK(reinterpret_cast<std::uintptr_t>(memory.data()) % 64 == 0);
  enter(0);
}

ClickTable& ClickMap::table_at(std::uint64_t table) const {
  return *reinterpret_cast<ClickTable*>(memory_.data() + (table & 1) * table_bytes(places_));
}

std::span<ClickSlot> ClickMap::slots() const {
  return {reinterpret_cast<ClickSlot*>(table_ + 1), click_slots(places_)};
}

void ClickMap::count(const Click& click) {
  if (!on() || click.page == 0) return;  // the places of different pages have nothing to do with each other
  journal_.add(table_->clicks, 1);
  const std::uint32_t group = group_of(click);
  if (click.place < kClickPlaces) return add(key_of(group, click.place), group, 1);
  journal_.add(table_->rest[group].unplaced, 1);
}

void ClickMap::add(std::uint32_t key, std::uint32_t group, std::uint32_t n) {
  ClickSlot* const slot = slot_of(key);
  if (slot == nullptr || slot->n > kCountMax - n || (slot->key == 0 && table_->used >= places_)) {
    return journal_.add(table_->rest[group].no_room, n);
  }
  if (slot->key == 0) {
    journal_.add(table_->used, 1);
    journal_.set(slot->key, key);
  }
  journal_.add(slot->n, n);
}

// The key's own, or the free one where it belongs; none within reach: nullptr.
ClickSlot* ClickMap::slot_of(std::uint32_t key) {
  const auto all = slots();
  for (std::size_t step = 0; step < kProbesMax; ++step) {
    ClickSlot& slot = all[(hash_of(key) + step) & (all.size() - 1)];
    if (slot.key == key || slot.key == 0) return &slot;
  }
  return nullptr;
}

std::uint64_t ClickMap::take_unrecorded() {
  if (!on()) return 0;
  const std::uint64_t more = table_->clicks - table_->recorded;
  if (more != 0) journal_.set(table_->recorded, table_->clicks);
  return more;
}

void ClickMap::add_unseen(ClickMap& from, std::uint64_t from_table) {
  if (!on() || !from.on()) return;
  from.enter(from_table);
  const ClickTable& old = *from.table_;
  journal_.add(table_->clicks, old.clicks);
  journal_.add(table_->recorded, old.recorded);
  for (std::size_t group = 0; group < kClickGroups; ++group) {
    journal_.add(table_->rest[group].unplaced, old.rest[group].unplaced);
    journal_.add(table_->rest[group].no_room, old.rest[group].no_room);
    journal_.commit();
  }
  for (const ClickSlot& slot : from.slots()) {
    const std::uint32_t group = (slot.key - 1) >> kPlaceBits;
    if (slot.key != 0 && group < kClickGroups) add(slot.key, group, slot.n);
    journal_.commit();
  }
}

bool read_click_table(std::span<const std::byte> memory, std::uint32_t places, std::uint64_t table, std::size_t pages,
                      const std::function<void(const ClickCount&)>& on_count) {
  if (places == 0 || memory.size() < ClickMap::bytes_needed(places)) return true;
  const auto* const at = reinterpret_cast<const ClickTable*>(memory.data() + (table & 1) * table_bytes(places));
  const std::span slots(reinterpret_cast<const ClickSlot*>(at + 1), click_slots(places));
  bool all = true;
  const auto tell = [&](std::uint32_t group, std::uint16_t place, std::uint64_t n, bool no_room) {
    const Click click = click_of(group, place);
    const bool known = group < kClickGroups && click.page >= 1 && click.page <= pages;
    known ? on_count({click, n, no_room}) : void(all = false);
  };
  for (std::uint32_t group = 0; group < kClickGroups; ++group) {
    const ClickRest rest = read_once(at->rest[group]);
    if (rest.unplaced != 0) tell(group, kNoClickPlace, rest.unplaced, false);
    if (rest.no_room != 0) tell(group, kNoClickPlace, rest.no_room, true);
  }
  for (const ClickSlot& from : slots) {
    const ClickSlot slot = read_once(from);
    if (slot.key == 0 && slot.n == 0) continue;
    const std::uint32_t place = (slot.key - 1) & kPlaceMask;
    if (slot.key == 0 || place >= kClickPlaces) {
      all = false;
    } else {
      tell((slot.key - 1) >> kPlaceBits, static_cast<std::uint16_t>(place), slot.n, false);
    }
  }
  return all;
}

void clear_click_table(std::span<std::byte> memory, std::uint32_t places, std::uint64_t table) {
  if (places == 0 || memory.size() < ClickMap::bytes_needed(places)) return;
  std::memset(memory.data() + (table & 1) * table_bytes(places), 0, table_bytes(places));
}

}  // namespace bellrock::journey
