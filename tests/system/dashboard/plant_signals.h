// What dashboard_plant plants of visitors themselves: what they answer, where they click in vain, and who they are.
// Everything follows from the time of a window, so that the truth can be made again.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "control/flow/delta_frame.h"
#include "control/flow/storyboard.h"
#include "dataplane/journey/definition.h"

namespace bellrock::planted {

using Cells = std::map<control::SeriesKey, control::Histogram>;

struct When {
  std::int64_t at = 0;
  std::uint64_t minutes = 1;  // that the window stands for
  bool outage = false;
};

// Answers of a journey's visitors: most of those who succeed answer, and less kindly the longer their payment took;
// those whose card was declined are too few to say anything of.
void plant_feedback(Cells& cells, const journey::Journey& journey, const When& when);

// Clicks of two pages that tell all of them, of one called `strange`, also on a device of that name, and of all others.
void plant_frustration(Cells& cells, const When& when);
// Pages that were answered and heard of by browser, and where the time of their loads and of calls went.
void plant_coverage(Cells& cells, const When& when);
// Errors that pages told of by code, one of which is called `strange`.
void plant_errors(Cells& cells, const std::string& strange, const When& when);
// Errors of the gateway, of which the outage's were seldom got over, and successes that no attempt waited for.
void plant_recovery(Cells& cells, const journey::Journey& journey, const When& when);
// An attempt that failed in the outage, step by step; `strange` is the name of its release.
std::vector<control::Storyboard> plant_storyboards(const journey::Journey& journey, const std::string& strange,
                                                   const When& when);
void plant_clicks(Cells& cells, const std::string& strange, const When& when);

// Visitors come every five minutes. They have numbers: those of a window are [first, first + n), and half of them come
// again five minutes later.
struct Visitors {
  std::uint64_t first = 0, n = 0;
};
Visitors plant_visitors(Cells& cells, const journey::Journey& journey, const When& when);

}  // namespace bellrock::planted
