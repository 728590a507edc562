// Reads the beacons of one request: JSON object, array, lines, form body or query string (dialects: README.md).
// One per core, used by its pipeline. All memory is taken at construction; a body is read in one pass and borrowed.
// Bounds: body_bytes_max, kBeaconsPerBodyMax beacons, kJsonDepthMax nested values, and the fields' own (flow/beacon.h).
#pragma once

#include <memory>

#include "dataplane/flow/beacon.h"
#include "dataplane/flow/message.h"

namespace bellrock::beacon {

class Reader {
 public:
  explicit Reader(std::size_t body_bytes_max);
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;

  // The carrier's body and query are borrowed until the last next() of this request; nothing behind them is read. A
  // carrier with a body_error is one refused beacon.
  void start(const HttpRequest& carrier);

  enum class Step : std::uint8_t { kBeacon, kReject, kEnd };
  // Each beacon once, accepted or refused; kEnd when there is no more, also again and again.
  Step next();

  // After kBeacon, until the next call. After kReject: what was understood, for traces; nothing in it is promised.
  [[nodiscard]] const Beacon& beacon() const;
  [[nodiscard]] BeaconReject reject() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bellrock::beacon
