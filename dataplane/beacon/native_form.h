// Form bodies and query strings as native beacons: name=value&…, percent-coded as browsers do it (WHATWG URL,
// application/x-www-form-urlencoded parsing: '+' is a space, a '%' without two hex digits stands for itself). Also the
// three names that boomerang sends (README.md). The caller's core; no allocation.
#pragma once

#include "dataplane/beacon/draft.h"
#include "dataplane/beacon/json_index.h"
#include "dataplane/beacon/json_walker.h"

namespace bellrock::beacon {

// What decoding writes goes to `scratch`: with an `attrs` text in it, up to twice the bytes of `text`, and padding.
// `index` is free for use. kCount: a beacon.
BeaconReject read_native_form(std::string_view text, Draft& draft, Scratch& scratch, JsonIndex& index);

}  // namespace bellrock::beacon
