// Visits → journeys worth counting, each with what was seen of it. A request that changes something (POST, PUT, PATCH,
// DELETE) is a moment of intent: the page before it begins a journey, and the page that follows its answer, if most
// visits go there, is the success. A page that is asked for with a parameter (a search) is a journey of one request.
// Pure, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/cli/discover/visits.h"

namespace bellrock::cli {

struct Transition {
  std::string from, to;      // "GET /cart": what a visit did, and what it did next
  std::uint64_t visits = 0;  // that did so at least once
};

struct Proposal {
  std::string name;
  std::uint64_t visits = 0;           // with the commit, or the query
  std::string start;                  // template of the page, GET
  std::string parameter;              // of a journey of one request: what its query has
  std::string commit_method, commit;  // empty: a journey of one request
  std::uint64_t from_start = 0;       // of `visits`: with `start` as the last page before the commit
  std::string landing;                // template of the page after the answer; empty: the answer is the success
  std::uint64_t landed = 0;           // of `answered`: with that page next
  std::uint64_t answered = 0, refused = 0, broken = 0, unanswered = 0;  // commits, or queries: 2xx and 3xx, 4xx, 5xx
  bool redirects = false;                                               // some of the good answers are 3xx
  bool fetches = false;                                                 // some are 2xx
  Duration p95 = 0;          // from the request to the answer; 0 without answers
  Duration landing_p99 = 0;  // from the answer to that of the page after it
};

struct Discovery {
  std::vector<std::pair<std::string, std::uint64_t>> templates;  // and requests, most first
  std::vector<std::string> overlapping;  // templates left out, because nothing would decide between them and others
  std::vector<Transition> transitions;   // most first
  std::vector<Proposal> proposals;       // most visits first
};

struct DiscoverLimits {
  std::uint64_t visits_min = 3;
  std::size_t journeys_max = 8;
};

Discovery discover(const Seen& seen, const DiscoverLimits& limits);

}  // namespace bellrock::cli
