#include "tools/traffic/traffic.h"

#include <algorithm>

#include "tools/traffic/capture.h"
#include "tools/traffic/pcap_out.h"
#include "tools/traffic/shopper.h"

namespace bellrock::traffic {
namespace {

// Means of the shoppers in shopper.cpp; they only set how fast shoppers come.
constexpr double kTransactionsPerVisit = 21;
constexpr double kPacketsPerTransaction = 5.1;
constexpr double kRobotShare = 0.04;
constexpr std::uint64_t kPlaceStream = 0x706c6163;

// Three shoppers share an address, as behind a NAT. The addresses are those kept for benchmarks (RFC 2544) and
// documentation (RFC 3849, RFC 5737).
Place make_place(const Options& options, std::uint64_t n, Random& random) {
  Place place;
  const std::uint64_t household = n / 3;
  place.client.ipv6 = place.server.ipv6 = random.chance(options.ipv6);
  if (place.client.ipv6) {
    place.client.bytes = {0x20,
                          0x01,
                          0x0d,
                          0xb8,
                          0,
                          1,
                          static_cast<std::uint8_t>(household >> 16),
                          static_cast<std::uint8_t>(household >> 8),
                          static_cast<std::uint8_t>(household),
                          0,
                          0,
                          0,
                          0,
                          0,
                          0,
                          2};
    place.server.bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10};
  } else {
    place.client.bytes = {198, static_cast<std::uint8_t>(18 + (household >> 16) % 2),
                          static_cast<std::uint8_t>(household >> 8), static_cast<std::uint8_t>(household)};
    place.server.bytes = {203, 0, 113, static_cast<std::uint8_t>(10 + random.below(2))};
  }
  place.client.port = static_cast<std::uint16_t>(2'000 + (n % 3) * 20'000 + random.below(15'000));
  place.server.port = 80;
  place.rtt_us = std::clamp<std::int64_t>(random.log_normal(25'000, 0.6), 2'000, 250'000);
  return place;
}

class Street {
 public:
  Street(const Options& options, Capture& capture, Truth& truth)
      : options_(options), capture_(capture), truth_(truth) {}

  void run() {
    Random arrivals(derive(options_.seed, kPlaceStream));
    const double wanted = options_.packets != 0 ? static_cast<double>(options_.packets) / kPacketsPerTransaction
                                                : static_cast<double>(options_.transactions);
    const double mean_us = static_cast<double>(options_.duration_s) * 1e6 / (wanted / kTransactionsPerVisit + 1);
    std::int64_t now_us = options_.start_s * 1'000'000;
    while (!enough()) {
      now_us += arrivals.exponential(mean_us);
      capture_.write_before(now_us);
      admit(now_us, arrivals);
    }
    capture_.finish();
  }

 private:
  bool enough() const {
    return options_.packets != 0 ? packets_ >= options_.packets : transactions_ >= options_.transactions;
  }

  void admit(std::int64_t now_us, Random& arrivals) {
    const std::uint64_t n = truth_.visitors++;
    const std::uint64_t seed = derive(options_.seed, n + 1);
    const Place place = make_place(options_, n, arrivals);
    const bool robot = arrivals.chance(kRobotShare);
    Visit visit = robot ? robot_visit(options_, seed, place, now_us) : Shopper(options_, seed, place, now_us).visit();
    transactions_ += visit.transactions;
    truth_.orphan_success += visit.orphan_success;
    truth_.late_success += visit.late_success;
    truth_.duplicate_success += visit.duplicate_success;
    truth_.bad_client_duration += visit.bad_client_duration;
    std::move(visit.attempts.begin(), visit.attempts.end(), std::back_inserter(truth_.attempts));
    for (auto& connection : visit.connections) {
      packets_ += connection->packets().size();
      capture_.add(std::move(connection));
    }
  }

  const Options& options_;
  Capture& capture_;
  Truth& truth_;
  std::uint64_t transactions_ = 0, packets_ = 0;
};

}  // namespace

bool generate(const Options& options, Truth& truth) {
  PcapOut out;
  if (!out.open(options.out, options.link, options.microseconds)) return false;
  Capture capture(options, out, truth);
  Street(options, capture, truth).run();
  return out.close();
}

}  // namespace bellrock::traffic
