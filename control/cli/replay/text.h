// How a replay's addresses and failures are written. Pure functions, any thread.
#pragma once

#include <string>

#include "dataplane/base/result.h"
#include "dataplane/flow/segment.h"

namespace bellrock::cli {

// "192.0.2.1:80", "[2001:db8::1]:80": IPv6 as RFC 5952 section 4 has it (the first longest run of zeros is left out,
// lower case) and section 6 (with a port).
std::string address_text(const Endpoint& endpoint);

// What failed and, where the system gave one, its reason in words: "cannot open the capture file: No such file…".
std::string error_text(const Error& error);

}  // namespace bellrock::cli
