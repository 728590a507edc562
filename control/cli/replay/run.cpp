#include "control/cli/replay/run.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>

#include "control/flow/histogram.h"
#include "control/harvest/harvester.h"
#include "dataplane/app/worker.h"
#include "dataplane/io/pcap_file.h"

namespace bellrock::cli {
namespace {

SipKey key_from(std::uint64_t seed, std::uint64_t purpose) {
  const std::uint64_t words[2] = {seed, purpose};
  const auto hash = siphash128({seed, purpose}, Bytes(reinterpret_cast<const std::uint8_t*>(words), sizeof words));
  return {hash.low, hash.high};
}

// One worker: its own view of the file, its own traces.
struct Lane {
  std::unique_ptr<io::PcapFile> file;
  std::unique_ptr<app::Trace> trace;
  std::vector<journey::OutcomeRecord> outcomes;
};

}  // namespace

}  // namespace bellrock::cli
