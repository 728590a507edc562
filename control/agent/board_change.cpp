#include "control/agent/board_change.h"

#include <array>
#include <cstdint>
#include <utility>

#include "dataplane/journey/snapshot.h"

namespace bellrock::agent {
namespace {

// What board::sizes_for makes sizes of.
constexpr std::array kSizes{std::pair{"workers", &journey::Limits::workers},
                            std::pair{"limits.sessions_per_core", &journey::Limits::sessions_per_core},
                            std::pair{"limits.attempts_per_core", &journey::Limits::attempts_per_core},
                            std::pair{"limits.cells_per_core", &journey::Limits::cells_per_core},
                            std::pair{"limits.pages_per_bank", &journey::Limits::pages_per_bank},
                            std::pair{"limits.held_events_per_core", &journey::Limits::held_events_per_core},
                            std::pair{"limits.click_places_per_core", &journey::Limits::click_places_per_core},
                            std::pair{"limits.links_per_core", &journey::Limits::links_per_core},
                            std::pair{"limits.trails_per_core", &journey::Limits::trails_per_core},
                            std::pair{"limits.seen_pages_per_core", &journey::Limits::seen_pages_per_core}};

}  // namespace

bool counts_the_same(const journey::Definition& one, const journey::Definition& other) {
  journey::Definition same = one;
  same.limits = other.limits;
  same.port = other.port;
  return journey::encode(same) == journey::encode(other);
}

std::string why_new_board(const journey::Definition& have, const journey::Definition& want) {
  if (!counts_the_same(have, want)) return "the configuration counts other things than the board does";
  std::string why;
  for (const auto& [name, limit] : kSizes) {
    if (have.limits.*limit == want.limits.*limit) continue;
    why += (why.empty() ? "" : ", ") + std::string(name) + " is " + std::to_string(want.limits.*limit) + " and was " +
           std::to_string(have.limits.*limit);
  }
  return why.empty() ? "the board is not laid out as this version does it" : why;
}

}  // namespace bellrock::agent
