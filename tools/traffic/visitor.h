// A browser's connections to the shop: opens and closes them, sends requests, receives answers, and writes down the
// truth of each transaction. What is asked for, and why, is the shopper's (shopper.h).
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tools/traffic/connection.h"
#include "tools/traffic/http_text.h"
#include "tools/traffic/options.h"
#include "tools/traffic/random.h"

namespace bellrock::traffic {

// A shopper's place in the network.
struct Place {
  Address client;  // its port is that of the first connection; later ones count up
  Address server;
  std::int64_t rtt_us = 20'000;
};

struct Done {
  Times request, response;
};

class Visitor {
 public:
  Visitor(const Options& options, std::uint64_t seed, Place place);

  // Connections are numbered slots; a slot opens a new connection where it has none that can be used.
  Done exchange(std::size_t slot, std::int64_t at_us, const Ask& ask, Answer answer,
                std::vector<BeaconTruth> beacons = {});
  // Sends all requests before the first answer.
  void pipeline(std::size_t slot, std::int64_t at_us, const std::vector<Ask>& asks, const std::vector<Answer>& answers);
  // The client closes while its request is pending: FIN or RST. `response.first_us` is that moment.
  Done abort(std::size_t slot, std::int64_t at_us, const Ask& ask, std::int64_t waited_us);
  // The server closes without an answer. `response.first_us` is that moment.
  Done refuse(std::size_t slot, std::int64_t at_us, const Ask& ask, std::int64_t waited_us);
  // Nobody ever says anything again on this connection.
  Done hang(std::size_t slot, std::int64_t at_us, const Ask& ask);
  // The client resets in the middle of the response's body, or of its own request's.
  Done cut_response(std::size_t slot, std::int64_t at_us, const Ask& ask, Answer answer);
  Done cut_request(std::size_t slot, std::int64_t at_us, const Ask& ask, std::vector<BeaconTruth> beacons);
  // When the slot's client may ask again.
  std::int64_t ready_us(std::size_t slot) const;
  // Closes what is open; every connection is sealed and given away.
  std::vector<std::unique_ptr<Connection>> leave(std::int64_t at_us);

  Random& random() { return random_; }
  std::int64_t rtt_us() const { return place_.rtt_us; }
  std::size_t transactions() const { return transaction_count_; }
  Speaker speaker;

 private:
  struct Slot {
    Connection* connection = nullptr;
    std::uint32_t requests_left = 0;
  };
  Connection& usable(std::size_t slot, std::int64_t at_us);
  Connection& open(std::int64_t at_us);
  TransactionTruth& begin(Connection& c, const Ask& ask);
  Times send_request(Connection& c, std::int64_t at_us, const Ask& ask, TransactionTruth& truth);
  Times send_response(Connection& c, std::int64_t at_us, const Ask& ask, const Answer& answer, TransactionTruth& truth);
  std::uint32_t segment_bytes(std::size_t message_bytes, bool may_split);

  const Options& options_;
  Random random_;
  Place place_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::array<Slot, 2> slots_;
  std::size_t transaction_count_ = 0;
};

}  // namespace bellrock::traffic
