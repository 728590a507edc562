// A tracker with the checkout journey, played one step at a time.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "tests/unit/dataplane/journey/journey_fixture.h"

namespace bellrock::journey {

class TrackerTest : public testing::Test {
 protected:
  Owner& owner() {
    if (!owner_) owner_ = std::make_unique<Owner>(definition_);
    return *owner_;
  }
  void play(const Event& event) { owner().apply(event); }
  // One step of checkout.
  Event step(double second, std::uint8_t step, Channel channel, std::uint64_t visitor = 1) {
    Event event = make_event(visitor, at_second(second), channel);
    add_match(event, checkout::kId, step);
    return event;
  }
  void open(double second, std::uint64_t visitor = 1) {
    play(step(second, checkout::kOpen, Channel::kHttpRequest, visitor));
  }
  void pay(double second, std::uint64_t visitor = 1) {
    play(step(second, checkout::kPay, Channel::kHttpRequest, visitor));
  }
  void pay_ok(double second, double request) {
    Event event = step(second, checkout::kPayOk, Channel::kHttpResponse);
    event.request_time = at_second(request);
    play(event);
  }
  void confirmed(double second, std::optional<double> client_seconds = {}) {
    Event event = step(second, checkout::kConfirmed, Channel::kBeacon);
    if (client_seconds) add_clock(event, static_cast<Duration>(*client_seconds * 1e9));
    play(event);
  }
  void declined(double second) { play(step(second, checkout::kDeclined, Channel::kBeacon)); }
  void left(double second) { play(step(second, checkout::kLeft, Channel::kBeacon)); }
  void idle(double until) {
    owner().tracker().expire(at_second(until));
    owner().journal().commit();
  }

  FakeCells::Cell cell(CellKind kind, std::uint8_t item = 0, std::uint8_t detail = 0) {
    return owner().cells.cell({.journey = checkout::kId, .kind = kind, .item = item, .detail = detail});
  }
  FakeCells::Cell verdict(std::uint8_t objective, Verdict verdict) {
    return cell(CellKind::kObjective, objective, static_cast<std::uint8_t>(verdict));
  }
  std::uint64_t verdicts(std::uint8_t objective) {
    std::uint64_t sum = 0;
    for (std::size_t v = 0; v < static_cast<std::size_t>(Verdict::kCount); ++v) {
      sum += verdict(objective, static_cast<Verdict>(v)).count;
    }
    return sum;
  }
  std::uint64_t by_device(Outcome outcome, std::uint8_t device) {
    return owner()
        .cells
        .cell({.journey = checkout::kId,
               .kind = CellKind::kOutcome,
               .scope = CellScope::kDimensioned,
               .item = static_cast<std::uint8_t>(outcome),
               .values = {device}})
        .count;
  }
  Journey& checkout_journey() { return definition_.journeys[0]; }

  Definition definition_ = make_definition();
  std::unique_ptr<Owner> owner_;
};

}  // namespace bellrock::journey
