#include "control/agent/ledger.h"

#include <algorithm>

namespace bellrock::agent {

namespace {

std::uint64_t value_of(const std::map<std::string, std::uint64_t>& counters, const char* name) {
  const auto found = counters.find(name);
  return found == counters.end() ? 0 : found->second;
}

}  // namespace

Ledger new_ledger(const control::Id128& board_id, std::uint32_t workers, bool made_here) {
  Ledger ledger;
  ledger.board_id = board_id;
  ledger.epochs.resize(workers);
  ledger.seeded = made_here;
  return ledger;
}

bool Ledger::spooled(std::uint32_t core, std::uint64_t epoch) const {
  return core < epochs.size() && epochs[core] >= epoch;
}

void Ledger::add(const control::DeltaFrame& frame, const std::vector<harvest::Part>& parts) {
  for (const harvest::Part& part : parts) {
    if (part.core < epochs.size()) epochs[part.core] = std::max(epochs[part.core], part.epoch);
  }
  harvested += frame.recorded;
  for (const auto& [start, series] : frame.windows) {
    for (const auto& [key, histogram] : series) {
      if (key.scope != CellScope::kTotal) continue;
      if (key.kind == CellKind::kStart) journeys[key.journey].starts += histogram.n;
      if (key.kind == CellKind::kOutcome) journeys[key.journey].outcomes += histogram.n;
    }
  }
  for (const auto& [journey, level] : frame.open) journeys[journey].open = level;
  if (seeded) return;
  seeded = true;
  harvested = value_of(frame.counters, "event.recorded") - value_of(frame.counters, "event.value_rejected");
  for (auto& [journey, totals] : journeys) totals.starts = totals.outcomes + totals.open;
}

std::map<std::string, std::uint64_t> Ledger::open() const {
  std::map<std::string, std::uint64_t> levels;
  for (const auto& [journey, totals] : journeys) {
    if (totals.open != 0) levels[journey] = totals.open;
  }
  return levels;
}

}  // namespace bellrock::agent
