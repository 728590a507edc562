// What a replay may write down of single items, for people and for tests. Traces hold personal data, so nothing but the
// offline tools makes one; a live worker's pipeline has none. Called on the worker's thread; one Trace per worker.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dataplane/base/counters.h"
#include "dataplane/flow/beacon.h"
#include "dataplane/flow/message.h"
#include "dataplane/flow/segment.h"

namespace bellrock::app {

struct TransactionTrace {
  std::uint64_t connection_ordinal = 0;  // of the connection's first packet; ranks give stream numbers
  std::uint64_t number = 0;              // of the request within its worker: later requests have larger numbers
  Endpoint client, server;
  std::string method, target, host;
  std::string cookies;        // as the header has them; never written to a file
  std::uint64_t visitor = 0;  // of his key under the first identity that the request has a key of; 0: none
  Transaction transaction;
};

struct BeaconTrace {
  std::uint64_t ordinal = 0;  // of the packet that completed the message
  std::uint32_t index = 0;    // of the beacon within that packet
  Dialect dialect = Dialect::kNativeJson;
  BeaconType type = BeaconType::kStep;
  std::string name, page_template;
  std::optional<bool> ok;
  double dur_ms = Beacon::kAbsent;
  BeaconReject rejected = BeaconReject::kCount;  // kCount: accepted
};

struct Trace {
  std::vector<std::uint64_t> connections;  // ordinals of first packets
  std::vector<TransactionTrace> transactions;
  std::vector<BeaconTrace> beacons;

  // Requests that wait for their end; RequestTag::trace is 1 + index.
  std::vector<TransactionTrace> pending;
};

}  // namespace bellrock::app
