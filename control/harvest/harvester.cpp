#include "control/harvest/harvester.h"

#include <algorithm>
#include <atomic>
#include <limits>

namespace bellrock::harvest {

namespace {

constexpr std::int64_t kWindowMax = std::numeric_limits<std::int64_t>::max() / kWindow;

template <typename T>
T read_once(const T& word) {
  return std::atomic_ref(const_cast<T&>(word)).load(std::memory_order_relaxed);
}

bool is_measured(const control::Histogram& histogram) {
  return !histogram.buckets.empty() || histogram.zero != 0 || histogram.overflow != 0;
}

void merge(const sketch::CellCounts& from, control::Histogram& into) {
  if (from.measured) {
    const bool first = into.buckets.empty() && into.zero == 0 && into.overflow == 0;
    into.min_ns = first ? from.min_ns : std::min(into.min_ns, from.min_ns);
    into.max_ns = first ? from.max_ns : std::max(into.max_ns, from.max_ns);
  }
  into.n += from.n;
  into.sum_ns += from.sum_ns;
  into.zero += from.zero;
  into.overflow += from.overflow;
  auto at = into.buckets.begin();
  for (const auto& [index, count] : from.buckets) {
    at = into.buckets.try_emplace(at, index, 0);
    at->second += count;
  }
}

}  // namespace

Harvester::Harvester(board::Board& board, const journey::Definition& definition, Mode mode)
    : board_(board), definition_(definition), names_(definition), mode_(mode), stories_(definition) {
  cores_.reserve(board.workers());
  for (std::uint32_t i = 0; i < board.workers(); ++i) {
    const board::CoreView view = board.core(i);
    cores_.push_back({view, board::BankDrain(view),
                      sketch::BankReader(view.shard, board.sizes().cells, board.sizes().pages),
                      view.control.drained.load()});
  }
}

void Harvester::ask() {
  for (Core& core : cores_) core.drain.ask();
}

std::optional<control::DeltaFrame> Harvester::collect() { return collect(false); }

std::optional<control::DeltaFrame> Harvester::collect(bool finishing) {
  if (!find_parts(finishing)) return std::nullopt;
  control::DeltaFrame frame;
  frame.board_id = board_.board_id();
  frame.snapshot = board_.snapshot_hash();
  for (const Part& part : parts_) {
    read_bank(cores_[part.core], part, frame);
    cores_[part.core].harvested = part.epoch;
  }
  clicks_.take_into(definition_, frame);
  stories_.take_into(frame);
  frame.open = open();
  if (mode_ == Mode::kLive) frame.counters = counters();
  return frame;
}

// Which banks make the next frame.
bool Harvester::find_parts(bool finishing) {
  parts_.clear();
  constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();
  std::int64_t first_sealed = kNone;  // the earliest window of a sealed bank
  std::int64_t first_active = kNone;  // the earliest window that a core with nothing sealed is still in
  for (std::uint32_t i = 0; i < cores_.size(); ++i) {
    const board::BankDrain& drain = cores_[i].drain;
    const std::uint64_t sealed = drain.sealed();
    const auto waiting = drain.waiting();
    if (waiting.ok() && waiting->has_value()) {
      parts_.push_back({i, **waiting, read_once(drain.header(**waiting).window)});
      first_sealed = std::min(first_sealed, parts_.back().window);
    } else {
      first_active = std::min(first_active, read_once(drain.header(sealed + 1).window));
    }
  }
  if (mode_ == Mode::kReplay) {
    // A core with no attempt under way passes over windows without sealing them.
    if (!finishing && first_active <= first_sealed) parts_.clear();
    std::erase_if(parts_, [first_sealed](const Part& part) { return part.window != first_sealed; });
  }
  return !parts_.empty();
}

void Harvester::read_bank(const Core& core, const Part& part, control::DeltaFrame& frame) {
  const unsigned bank = board::BankDrain::bank_of(part.epoch);
  if (part.window < 1 || part.window > kWindowMax) {
    ++damaged_banks_;
    return;
  }
  const std::int64_t start_s = window_start(part.window).ns / kSecond;
  for (std::uint32_t cell = 0; cell < core.reader.used(); ++cell) {
    const Result<bool> read = core.reader.read(bank, cell, scratch_);
    if (read.ok() && !*read) continue;
    const auto series = read.ok() ? names_.series(scratch_.key, core.view.sessions) : std::nullopt;
    if (!series) {
      ++damaged_cells_;
      continue;
    }
    // Of one series everything or nothing is measured: two cores that say otherwise are not both right.
    control::Histogram& sum = frame.windows[start_s][*series];
    if (sum.n != 0 && scratch_.measured != is_measured(sum)) {
      ++damaged_cells_;
      continue;
    }
    merge(scratch_, sum);
    frame.recorded += scratch_.n;
  }
  read_clicks(core, part, start_s);
  read_stories(core, part, start_s);
}

void Harvester::read_stories(const Core& core, const Part& part, std::int64_t start_s) {
  const board::Sizes& sizes = board_.sizes();
  journey::read_stories(core.view.stories, sizes.attempts, sizes.stories, board::BankDrain::bank_of(part.epoch),
                        [&](std::size_t place, const journey::Story& story) {
                          if (!stories_.add(start_s, place, story, core.view.sessions)) ++damaged_cells_;
                        });
}

void Harvester::read_clicks(const Core& core, const Part& part, std::int64_t start_s) {
  const board::BankHeader& header = core.drain.header(part.epoch);
  if (click_places() == 0 || read_once(header.clicks_handed) != 1) return;
  const bool all = journey::read_click_table(core.view.clicks, click_places(), read_once(header.click_table),
                                             definition_.click_pages.size(),
                                             [&](const journey::ClickCount& count) { clicks_.add(start_s, count); });
  damaged_cells_ += all ? 0 : 1;
}

void Harvester::mark_drained() {
  for (const Part& part : parts_) mark_drained(part.core, part.epoch);
  parts_.clear();
}

void Harvester::mark_drained(std::uint32_t core, std::uint64_t epoch) {
  const board::BankHeader& header = cores_[core].drain.header(epoch);
  if (read_once(header.clicks_handed) == 1) {
    journey::clear_click_table(cores_[core].view.clicks, click_places(), read_once(header.click_table));
  }
  const board::Sizes& sizes = board_.sizes();
  journey::clear_stories(cores_[core].view.stories, sizes.attempts, sizes.stories, board::BankDrain::bank_of(epoch));
  cores_[core].reader.clear(board::BankDrain::bank_of(epoch));
  cores_[core].drain.mark_drained(epoch);
  cores_[core].harvested = epoch;
}

void Harvester::drain(const OnFrame& on_frame) {
  while (auto frame = collect(false)) {
    on_frame(std::move(*frame));
    mark_drained();
  }
}

void Harvester::finish(const OnFrame& on_frame) {
  while (auto frame = collect(true)) {
    on_frame(std::move(*frame));
    mark_drained();
  }
}

// What the bank of an epoch says beside its cells. It stays until the bank is sealed again, two epochs later.
const board::BankHeader* Harvester::header_of(const Core& core, std::uint64_t epoch) {
  return epoch == 0 ? nullptr : &core.drain.header(epoch);
}

std::map<std::string, std::uint64_t> Harvester::counters() const {
  std::vector<std::uint64_t> sums(counter::kCount);
  for (const Core& core : cores_) {
    const board::BankHeader* header = header_of(core, core.harvested);
    for (std::size_t id = 0; header != nullptr && id < sums.size(); ++id) sums[id] += read_once(header->counters[id]);
  }
  std::map<std::string, std::uint64_t> named;
  for (std::size_t id = 0; id < sums.size(); ++id) {
    if (sums[id] == 0) continue;
    std::string name = names_.counter(static_cast<CounterId>(id));
    if (!name.empty()) named[std::move(name)] += sums[id];
  }
  return named;
}

std::map<std::string, std::uint64_t> Harvester::open() const {
  std::map<std::string, std::uint64_t> levels;
  for (std::size_t i = 0; i < definition_.journeys.size() && i < kJourneysMax; ++i) {
    std::uint64_t& level = levels[definition_.journeys[i].name];
    for (const Core& core : cores_) {
      const board::BankHeader* header = header_of(core, core.harvested);
      if (header != nullptr) level += read_once(header->open[i]);
    }
  }
  return levels;
}

void Harvester::seal_for_dead_edge(bool last) {
  for (std::uint32_t i = 0; i < cores_.size(); ++i) {
    const Core& core = cores_[i];
    if (core.drain.sealed() == core.drain.drained() && (counted_since_seal(core) || (last && has_clicks(i))))
      seal_core(i, last);
  }
}

bool Harvester::counted_since_seal(const Core& core) const {
  static const std::array<std::uint64_t, counter::kCount> kNone{};
  const board::BankHeader* header = header_of(core, core.drain.sealed());
  const auto& then = header == nullptr ? kNone : header->counters;
  return !std::equal(then.begin(), then.end(), core.view.counters.begin()) ||
         core.reader.any(static_cast<unsigned>(core.drain.sealed() & 1));
}

// The dead worker cannot tell its open attempts any more, but they follow: opened ones less ended ones.
void Harvester::seal_core(std::uint32_t number, bool last) {
  const Core& core = cores_[number];
  Journal journal = board_.journal(number);
  board::Banks banks(core.view, journal);
  journey::ClickMap clicks(core.view.clicks, click_places(), journal);
  clicks.enter(banks.click_table());
  const bool hand_clicks = last && !clicks.empty();
  if (hand_clicks) {
    journal.add(core.view.counters[counter::id(EventCount::kRecorded)], clicks.take_unrecorded());
    journal.commit();
  }
  banks.seal(banks.window(), levels_with(core, banks.active()), hand_clicks);
}

bool Harvester::has_clicks(std::uint32_t number) {
  const Core& core = cores_[number];
  Journal journal = board_.journal(number);
  journey::ClickMap clicks(core.view.clicks, click_places(), journal);
  clicks.enter(board::Banks(core.view, journal).click_table());
  return !clicks.empty();
}

std::vector<std::uint64_t> Harvester::levels_with(const Core& core, unsigned bank) const {
  std::vector<std::uint64_t> levels(kJourneysMax);
  const board::BankHeader* header = header_of(core, core.drain.sealed());
  if (header != nullptr) std::copy(header->open.begin(), header->open.end(), levels.begin());
  sketch::CellCounts counts;
  for (std::uint32_t cell = 0; cell < core.reader.used(); ++cell) {
    const Result<bool> read = core.reader.read(bank, cell, counts);
    if (!read.ok() || !*read || counts.key.scope != CellScope::kTotal) continue;
    const std::size_t journey = counts.key.journey.index();
    if (journey >= levels.size()) continue;
    if (counts.key.kind == CellKind::kStart) levels[journey] += counts.n;
    if (counts.key.kind == CellKind::kOutcome) levels[journey] -= counts.n;
  }
  return levels;
}

}  // namespace bellrock::harvest
