// The storyboards of one frame's banks: names for what cores noted, and of all cores together those with the lowest
// ranks of each window, journey and outcome. One frame, one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "control/flow/delta_frame.h"
#include "control/harvest/series_names.h"
#include "dataplane/journey/definition.h"
#include "dataplane/journey/storyboards.h"

namespace bellrock::harvest {

class StoryCollector {
 public:
  explicit StoryCollector(const journey::Definition& definition);

  // What a core's bank has at `place`. `sessions` are that core's, for values of open-ended dimensions. False: it makes
  // no sense, and is left out.
  bool add(std::int64_t start_s, std::size_t place, const journey::Story& story, std::span<const std::byte> sessions);
  void take_into(control::DeltaFrame& frame);

 private:
  // Of a place in a bank.
  struct Owner {
    JourneyId journey;
    Outcome outcome = Outcome::kUnknown;
  };
  bool name_steps(const journey::Journey& journey, const journey::StoryTrail& trail, control::Storyboard& to) const;
  bool name_clicks(const journey::StoryTrail& trail, control::Storyboard& to) const;
  bool name_page(std::size_t page, std::string& to) const;

  const journey::Definition& definition_;
  SeriesNames names_;
  std::vector<Owner> owners_;
  std::vector<control::Storyboard> all_;
};

}  // namespace bellrock::harvest
