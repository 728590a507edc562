// What really happened, written down while it is made up: the generator never asks how a reader would see it.
// Times are nanoseconds since the epoch; 0 is "never".
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/counters.h"
#include "dataplane/flow/message.h"
#include "dataplane/flow/outcome.h"

namespace bellrock::traffic {

// Paths of the shop; the texts are the templates under which the shop's site definition counts them.
enum class Route : std::uint8_t {
  kHome,
  kSearch,
  kProduct,
  kCartPage,
  kCart,
  kCheckout,
  kPayments,
  kConfirmation,
  kStatic,
  kBeacon,
  kOther,
  kCount
};
inline constexpr std::array<std::string_view, 11> kRouteTexts{
    "/",         "/search",          "/product/{id}",      "/cart",          "/api/cart",
    "/checkout", "/api/v1/payments", "/confirmation/{id}", "/static/{file}", "/rum",
    "other"};

struct BeaconTruth {
  Dialect dialect = Dialect::kNativeJson;
  BeaconType type = BeaconType::kStep;
  std::string name = {}, page = {};  // page: a template
  bool has_ok = false, ok = false, has_dur = false;
  double dur_ms = 0;
  BeaconReject rejected = BeaconReject::kCount;
};

struct TransactionTruth {
  std::string client, server, method, target, host;
  std::string_view method_name;  // as methods are counted
  Route route = Route::kOther;
  TransactionEnd end = TransactionEnd::kAnswered;
  bool cut = false;          // answered, but the response's body was never complete
  bool pipelined = false;    // sent before the answer to the request before it
  bool request_cut = false;  // the client left before its request was complete
  unsigned status = 0, interim = 0;
  std::uint64_t request_body_bytes = 0, response_body_bytes = 0;
  // Where its bytes lie in the connection's two streams; the response's are those of the final one.
  std::uint32_t request_begin = 0, request_end = 0, response_begin = 0, response_end = 0;
  std::vector<BeaconTruth> beacons;
  // Known once the packets are captured.
  std::int64_t stream = -1;
  std::int64_t request_first_ns = 0, request_last_ns = 0, response_first_ns = 0, response_last_ns = 0;
  bool request_visible = false;  // every byte of the request was captured
  bool visible = false;          // and of the response
  bool after_gap = false;        // bytes before it on its connection were missing when its answer was captured
  bool pipelines = false;        // it or one before it on its connection was in flight together with another
};

enum class JourneyName : std::uint8_t { kSearch, kCheckout };
inline constexpr std::array<std::string_view, 2> kJourneyTexts{"search", "checkout"};

// Steps of both journeys; each journey uses its own.
enum class Step : std::uint8_t {
  kQuery,
  kPage,
  kResults,
  kOpen,
  kAddress,
  kPay,
  kPayOk,
  kConfirmed,
  kDeclined,
  kBroken,
  kLeft,
  kCount
};
inline constexpr std::array<std::string_view, 11> kStepTexts{
    "query", "page", "results", "open", "address", "pay", "pay_ok", "confirmed", "declined", "broken", "left"};

enum class ClientClock : std::uint8_t { kNone, kValid, kInvalid };

struct AttemptTruth {
  JourneyName journey = JourneyName::kSearch;
  std::string sid = {};
  std::string_view device = {};
  std::array<std::uint32_t, 11> steps{};  // by Step
  bool committed = false;
  bool retried = false;
  bool decided = false;  // by an event; otherwise by its deadline, if that is reached
  Outcome outcome = Outcome::kUnknown;
  std::int64_t start_ns = 0, end_ns = 0;  // undecided: end_ns is the deadline
  std::int64_t pay_ns = 0, pay_ok_ns = 0, waited_ns = 0;
  std::int64_t forgotten_ns = 0;           // nobody answers its payment: the connection's idle limit; 0: somebody does
  ClientClock clock = ClientClock::kNone;  // the success beacon's client duration
  double client_ms = 0;
};

struct Truth {
  std::vector<TransactionTruth> transactions;
  std::vector<AttemptTruth> attempts;
  std::uint64_t packets = 0, bytes = 0;  // as captured
  std::uint64_t connections = 0;
  std::map<std::string, std::uint64_t> noise;  // packets by the reason they must be dropped for
  std::uint64_t visitors = 0;
  std::uint64_t orphan_success = 0, late_success = 0, duplicate_success = 0, bad_client_duration = 0;
  std::int64_t first_ns = 0, last_ns = 0;  // of the capture
  std::uint64_t loss_packets = 0, duplicate_packets = 0, retransmitted_packets = 0, conflicting_packets = 0;
  std::uint64_t overlapping_packets = 0, reordered_packets = 0;
};

}  // namespace bellrock::traffic
