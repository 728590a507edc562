// The click tables of one frame's banks, added up over cores: places with few clicks are suppressed here, on the box,
// and only their sum goes into the frame. One frame, one thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <utility>

#include "control/flow/delta_frame.h"
#include "dataplane/flow/click.h"
#include "dataplane/journey/click_map.h"
#include "dataplane/journey/definition.h"

namespace bellrock::harvest {

class ClickMaps {
 public:
  // What a core's table says, of the window that its bank is of.
  void add(std::int64_t start_s, const journey::ClickCount& count);
  // Places that are below the definition's bound become a sum; everything goes into the frame.
  void take_into(const journey::Definition& definition, control::DeltaFrame& frame);

 private:
  // Of one page, device and kind.
  struct Group {
    std::map<std::uint16_t, std::uint64_t> places;
    std::uint64_t unplaced = 0, no_room = 0;
  };
  using GroupKey = std::array<std::uint8_t, 3>;
  std::map<std::pair<std::int64_t, GroupKey>, Group> groups_;
};

}  // namespace bellrock::harvest
