// The real pipeline over a capture file, in this process and with virtual time: an anonymous board, N workers as
// threads, and the harvest on the calling thread. Same packets, configuration and seed: byte-identical frames, whatever
// N is.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/flow/delta_frame.h"
#include "dataplane/app/trace.h"
#include "dataplane/base/result.h"
#include "dataplane/journey/definition.h"
#include "dataplane/journey/tracker.h"

namespace bellrock::cli {

// Where the process is taken to die: before packet `ordinal`, or in it when that many of its events are done. With
// `ends` it is what idle connections' ends cause before that packet of which so much is done.
struct RestartPoint {
  std::uint64_t ordinal = 0;
  std::uint64_t events_done = 0;
  bool ends = false;
};

struct ReplayOptions {
  std::string pcap;
  std::uint32_t workers = 1;
  std::uint64_t seed = 1;
  bool rebase_to_now = false;
  bool trace_messages = false;  // transactions and beacons
  bool trace_outcomes = false;
  std::vector<RestartPoint> restarts;                        // in order; one worker only
  std::function<void(const control::DeltaFrame&)> on_frame;  // one per window, in order
};

struct ReplayResult {
  std::uint64_t frames = 0;
  std::map<std::string, std::uint64_t> counters;
  std::map<control::SeriesKey, control::Histogram> series;  // over all windows
  std::map<std::string, std::uint64_t> open;
  std::vector<control::Storyboard> storyboards;  // the lowest of all windows
  std::uint64_t harvested = 0, live = 0;
  std::vector<std::uint64_t> connections;
  std::vector<app::TransactionTrace> transactions;
  std::vector<app::BeaconTrace> beacons;
  std::vector<journey::OutcomeRecord> outcomes;
  std::optional<Error> cut;  // why the capture could not be read to its end; what came before it was counted
};

Result<ReplayResult> replay(const journey::Definition& definition, const ReplayOptions& options);

}  // namespace bellrock::cli
