// Native beacons as pages send them: every carrier and spelling that the format allows, and some it refuses.
#pragma once

#include <string>
#include <vector>

#include "tools/traffic/http_text.h"
#include "tools/traffic/random.h"

namespace bellrock::traffic {

// What a page wants to say.
struct Saying {
  BeaconType type = BeaconType::kVitals;
  std::string name = {};
  std::string page = {};  // as the page knows it: a path
  Route route = Route::kOther;
  bool ok = true;
  double dur_ms = 0;
  std::string attrs = {};  // members of a JSON object; only JSON carriers take them
};

struct Sender {
  std::string sid, host;
  std::uint32_t n = 0;  // counts up
  std::uint64_t page_view = 0;
  double monotonic_ms = 0;
  std::int64_t wall_ms = 0;
};

// A request to the beacon path that carries all sayings, and the truth about each.
struct Carrier {
  Ask ask;
  std::vector<BeaconTruth> beacons;
};
Carrier carry(const std::vector<Saying>& sayings, Sender& sender, double gzip, double chunked, Random& random);

// A request that must be refused, wholly or in part. `cut_short`: its body must not be sent to its end.
Carrier carry_invalid(Sender& sender, Random& random, bool& cut_short);

}  // namespace bellrock::traffic
