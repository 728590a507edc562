// Where a request carries its beacons and in which dialect. Content decides before Content-Type, because browsers and
// tools send JSON as text/plain or as a form; but what kind of JSON a browser's own reports are, the type says. Pure
// function, any thread.
#pragma once

#include <string_view>

#include "dataplane/flow/message.h"

namespace bellrock::beacon {

struct Carried {
  Dialect dialect = Dialect::kNativeJson;
  std::string_view text;  // JSON: starts with '{' or '['
  BeaconReject reject = BeaconReject::kCount;
};

Carried carried_by(const HttpRequest& request);

}  // namespace bellrock::beacon
