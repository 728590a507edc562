// A JSON object as a native beacon, in one pass over its fields in any order. The caller's core; no allocation.
#pragma once

#include "dataplane/beacon/draft.h"
#include "dataplane/beacon/json_walker.h"

namespace bellrock::beacon {

// Reads the object at the walker's token. False: it is not JSON; the walker then stands near the fault.
bool read_native_json(JsonWalker& walker, Draft& draft);

// The same for the value of `attrs` alone, which form and query carry as a JSON text.
bool read_attrs(JsonWalker& walker, Draft& draft);

// The value of the attribute that the draft has just claimed.
bool read_attr(JsonWalker& walker, Draft& draft);

}  // namespace bellrock::beacon
