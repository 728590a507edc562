// An entry of a browser's own reports as a beacon of type `report`: its `type` is the name, its `url` the page, and
// what `body` says in texts, numbers and booleans are its attrs. Source: W3C Reporting API 3.3; for network errors, W3C
// Network Error Logging 7. The caller's core; no allocation.
#pragma once

#include "dataplane/beacon/draft.h"
#include "dataplane/beacon/json_walker.h"

namespace bellrock::beacon {

// Reads the object at the walker's token. False: it is not JSON; the walker then stands near the fault.
bool read_report(JsonWalker& walker, Draft& draft);

}  // namespace bellrock::beacon
