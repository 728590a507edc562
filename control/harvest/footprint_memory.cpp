#include "control/harvest/footprint_memory.h"

#include <algorithm>

#include "dataplane/journey/click_map.h"
#include "dataplane/journey/deadlines.h"
#include "dataplane/journey/held_events.h"
#include "dataplane/journey/link_table.h"
#include "dataplane/journey/seen_beacons.h"
#include "dataplane/journey/seen_pages.h"
#include "dataplane/journey/session_table.h"
#include "dataplane/journey/storyboards.h"
#include "dataplane/journey/trail.h"
#include "dataplane/sketch/shard.h"

namespace bellrock::harvest {
namespace {

using journey::SessionTable;
using journey::Storyboards;

// As the board's layout places them.
std::vector<MemoryPart> memory_of(const board::Sizes& sizes) {
  const std::uint64_t attempts = std::uint64_t{sizes.attempts} * sizeof(journey::Attempt);
  const std::uint64_t stories = std::uint64_t{2} * sizes.stories * sizeof(journey::Story);
  const std::uint64_t held = sizes.held == 0 ? 0 : journey::HeldEvents::bytes_needed(sizes.held);
  const std::uint64_t clicks = sizes.click_places == 0 ? 0 : journey::ClickMap::bytes_needed(sizes.click_places);
  return {{"series", sizes.cells, sketch::keys_bytes(sizes.cells) + 2 * sketch::bank_bytes(sizes.cells, sizes.pages)},
          {"visitors", sizes.sessions, SessionTable::bytes_needed(sizes.sessions, sizes.attempts) - attempts},
          {"attempts and visits", sizes.attempts, attempts},
          {"visitors with several keys", sizes.links,
           board::session_bytes(sizes) - SessionTable::bytes_needed(sizes.sessions, sizes.attempts)},
          {"trails of page views", sizes.trails, journey::TrailTable::bytes_needed(sizes.trails)},
          {"attempts' steps", sizes.attempts, Storyboards::bytes_needed(sizes.attempts, sizes.stories) - stories},
          {"storyboards", std::uint64_t{2} * sizes.stories, stories},
          {"pages that wait for beacons", sizes.seen_pages, journey::SeenPages::bytes_needed(sizes.seen_pages)},
          {"beacons of strangers", sizes.seen_beacons, journey::SeenBeacons::bytes_needed(sizes.seen_beacons)},
          {"beacons out of order", sizes.held, held},
          {"places of clicks", sizes.click_places, clicks}};
}

}  // namespace

void add_memory(const board::Sizes& sizes, BoardFootprint& board) {
  board.memory = memory_of(sizes);
  std::erase_if(board.memory, [](const MemoryPart& part) { return part.bytes == 0; });
  std::uint64_t parts = 0;
  for (const MemoryPart& part : board.memory) parts += part.bytes;
  board.other_bytes = board.bytes - std::min(board.bytes, board.workers * parts);
  const std::uint64_t session = SessionTable::bytes_needed(sizes.sessions, 0) - SessionTable::bytes_needed(0, 0);
  board.visitor_bytes =
      (session + sizes.sessions - 1) / sizes.sessions + sizeof(journey::Attempt) + journey::Deadlines::bytes_needed(1);
}

}  // namespace bellrock::harvest
