#include "dataplane/journey/top_values.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace bellrock::journey {
namespace {

constexpr Duration kHalveAfter = kHour;
constexpr Duration kQuietMax = 365 * 24 * kHour;

std::size_t hash_of(std::string_view text) {  // FNV-1a; a crowded place costs steps, of which there are at most 254
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return static_cast<std::size_t>(hash ^ (hash >> 32));
}

// How often it was seen for certain.
std::uint64_t certain(const TopEntry& entry) { return entry.count - std::min(entry.error, entry.count); }

}  // namespace

bool is_top_text(std::string_view text) {
  const auto visible = [](char c) { return c >= ' ' && c <= '~'; };
  return !text.empty() && text.size() <= kTopTextBytesMax && text != "__other__" &&
         std::all_of(text.begin(), text.end(), visible);
}

std::string_view read_top_text(const TopTable& table, std::uint8_t value, TopEntry& copy) {
  if (value == 0 || value > table.entries.size()) return {};
  const auto* words = reinterpret_cast<const std::uint64_t*>(&table.entries[value - 1u]);
  for (std::size_t i = 0; i < sizeof copy / 8; ++i) {
    const std::uint64_t word = std::atomic_ref(const_cast<std::uint64_t&>(words[i])).load(std::memory_order_relaxed);
    std::memcpy(reinterpret_cast<std::byte*>(&copy) + 8 * i, &word, 8);
  }
  const std::string_view text = copy.view();
  return copy.state != TopState::kUnused && is_top_text(text) ? text : std::string_view{};
}

std::string_view read_seat_text(const TopTable& table, std::uint8_t seat, TopEntry& copy) {
  if (seat == 0 || seat > table.seats.size()) return {};
  auto& holder = const_cast<std::uint8_t&>(table.seats[seat - 1u]);
  return read_top_text(table, std::atomic_ref(holder).load(std::memory_order_relaxed), copy);
}

TopValues::TopValues(TopTable& table, std::uint8_t top, Duration attempt_max, Journal& journal)
    : table_(table), top_(top), quiet_(2 * std::min(attempt_max, kQuietMax)), journal_(journal) {
  for (std::size_t value = 1; value <= used(); ++value) {
    index_[place_of(entry(value).view())] = static_cast<std::uint8_t>(value);
    told_apart_ += entry(value).state == TopState::kToldApart;
  }
  for (std::size_t seat = 1; seat <= seats_used(); ++seat) {
    if (table_.seats[seat - 1] <= used()) seat_of_[table_.seats[seat - 1]] = static_cast<std::uint8_t>(seat);
  }
}

std::size_t TopValues::used() const { return std::min<std::size_t>(table_.used, table_.entries.size()); }
std::size_t TopValues::seats_used() const { return std::min<std::size_t>(table_.seats_used, top_); }

std::size_t TopValues::place_of(std::string_view text) const {
  std::size_t place = hash_of(text) % kPlaces;
  while (index_[place] != 0 && entry(index_[place]).view() != text) place = (place + 1) % kPlaces;
  return place;
}

// Those that lie behind because this place was taken move up (Knuth, The Art of Computer Programming, volume 3, 6.4,
// algorithm R).
void TopValues::forget(std::string_view text) {
  std::size_t hole = place_of(text);
  for (std::size_t place = (hole + 1) % kPlaces; index_[hole] != 0 && index_[place] != 0;
       place = (place + 1) % kPlaces) {
    const std::size_t home = hash_of(entry(index_[place]).view()) % kPlaces;
    if ((place + kPlaces - home) % kPlaces < (place + kPlaces - hole) % kPlaces) continue;
    index_[hole] = index_[place];
    hole = place;
  }
  index_[hole] = 0;
}

std::uint8_t TopValues::see(std::string_view text, Instant now) {
  if (!is_top_text(text)) return 0;
  if (const std::uint8_t value = index_[place_of(text)]; value != 0) {
    journal_.add(entry(value).count, 1);
    return value;
  }
  if (used() < table_.entries.size()) {
    journal_.add(table_.used, 1);
    TopEntry first;
    first.count = 1;
    first.state = seats_used() < top_ ? TopState::kToldApart : TopState::kWatched;
    const std::uint8_t value = put(used(), text, first);
    if (first.state == TopState::kWatched) return value;
    ++told_apart_;
    journal_.add(table_.seats_used, 1);
    give_seat(seats_used(), value);
    return value;
  }
  const std::size_t least = least_to_replace();
  if (least == 0) return 0;
  TopEntry next;
  next.error = entry(least).count;
  next.count = next.error + 1;
  next.since = now;
  next.state = TopState::kWatched;
  forget(entry(least).view());
  return put(least, text, next);
}

std::uint8_t TopValues::put(std::size_t value, std::string_view text, const TopEntry& start) {
  TopEntry changed = start;
  std::copy(text.begin(), text.end(), changed.text.begin());
  changed.size = static_cast<std::uint8_t>(text.size());
  const std::size_t place = place_of(text);
  journal_.set_record(entry(value), changed);
  index_[place] = static_cast<std::uint8_t>(value);
  return static_cast<std::uint8_t>(value);
}

std::uint8_t TopValues::counted(std::uint8_t value) {
  if (value == 0 || value > used() || entry(value).state != TopState::kToldApart) return 0;
  if (entry(value).last_bank != epoch_) journal_.set(entry(value).last_bank, epoch_);
  return seat_of_[value];
}

// A bank is entered when the one before the last has been taken away.
bool TopValues::counts_lie_in_a_bank(const TopEntry& entry) const {
  return entry.last_bank != 0 && entry.last_bank + 2 > epoch_;
}

// Its own, if nobody else has got that; else one whose last holder is not told apart any more. 0: none is free yet.
std::size_t TopValues::seat_for(std::size_t value) const {
  if (seat_of_[value] != 0) return seat_of_[value];
  for (std::size_t seat = 1; seat <= seats_used(); ++seat) {
    const std::size_t holder = table_.seats[seat - 1];
    if (holder == 0 || holder > used()) return seat;
    if (entry(holder).state != TopState::kToldApart && !counts_lie_in_a_bank(entry(holder))) return seat;
  }
  return 0;
}

void TopValues::give_seat(std::size_t seat, std::size_t value) {
  const std::size_t before = table_.seats[seat - 1];
  if (before <= used() && seat_of_[before] == seat) seat_of_[before] = 0;
  if (before != value) journal_.set(table_.seats[seat - 1], static_cast<std::uint8_t>(value));
  seat_of_[value] = static_cast<std::uint8_t>(seat);
}

// The one seen least, of those under which no count lies in a bank.
std::size_t TopValues::least_to_replace() const {
  std::size_t least = 0;
  for (std::size_t value = 1; value <= used(); ++value) {
    const TopEntry& each = entry(value);
    if (each.state == TopState::kToldApart || counts_lie_in_a_bank(each)) continue;
    if (least == 0 || each.count < entry(least).count) least = value;
  }
  return least;
}

std::size_t TopValues::best_to_tell_apart(Instant now) const {
  std::size_t best = 0;
  for (std::size_t value = 1; value <= used(); ++value) {
    const TopEntry& each = entry(value);
    const bool quiet = !each.since.seen() || now - each.since > quiet_;
    if (each.state != TopState::kWatched || !quiet) continue;
    if (best == 0 || certain(each) > certain(entry(best))) best = value;
  }
  return best;
}

std::size_t TopValues::least_told_apart() const {
  std::size_t least = 0;
  for (std::size_t value = 1; value <= used(); ++value) {
    if (entry(value).state != TopState::kToldApart) continue;
    if (least == 0 || entry(value).count < entry(least).count) least = value;
  }
  return least;
}

void TopValues::refresh(Instant now) {
  if (used() <= top_) return;
  if (now - table_.halved > kHalveAfter) halve(now);
  const std::size_t best = best_to_tell_apart(now);
  if (best == 0) return;
  if (told_apart_ >= top_) {
    const std::size_t least = least_told_apart();
    if (certain(entry(best)) <= entry(least).count) return;
    journal_.set(entry(least).state, TopState::kWatched);
    --told_apart_;
  }
  const std::size_t seat = seat_for(best);
  if (seat == 0) return;
  give_seat(seat, best);
  journal_.set(entry(best).state, TopState::kToldApart);
  ++told_apart_;
}

void TopValues::halve(Instant now) {
  const bool first = !table_.halved.seen();
  journal_.set(table_.halved, now);
  for (std::size_t value = 1; !first && value <= used(); ++value) {
    journal_.set(entry(value).count, entry(value).count / 2);
    journal_.set(entry(value).error, entry(value).error / 2);
  }
}

}  // namespace bellrock::journey
