#include "dataplane/app/served_requests.h"

#include <gtest/gtest.h>

#include <deque>

#include "dataplane/app/router.h"
#include "tests/unit/dataplane/app/test_board.h"

namespace bellrock::app {
namespace {

std::string beacon_named(const std::string& name) {
  return R"({"v":1,"sid":"s","type":"action","page":"/","name":")" + name + "\"}";
}

class ServedRequestsTest : public testing::Test {
 protected:
  // A frame of a burst: a target, and behind it a body.
  Packet frame(const std::string& body) {
    memory_.push_back("/rum" + body);
    Packet packet;
    packet.data = bytes(memory_.back());
    return packet;
  }
  static std::string_view target_in(const Packet& frame) { return text(frame.data).substr(0, 4); }
  static Bytes body_in(const Packet& frame) { return frame.data.subspan(4); }

  void ask(std::string_view target, Bytes body) {
    // What a parser has for each request again: it may not be needed after the call.
    const HeaderValues headers{};
    HttpRequest request;
    request.method = Method::kPost;
    request.target = request.path = target;
    request.body = body;
    request.headers = &headers;
    request.last = Instant{kSecond};
    EXPECT_TRUE(requests_.on_request(0, request));
  }
  std::vector<std::string> read() const {
    std::vector<std::string> names;
    for (const BeaconTrace& beacon : trace_.beacons) names.push_back(beacon.name);
    return names;
  }

  using Names = std::vector<std::string>;
  std::deque<std::string> memory_;
  TestBoard test_{shop_definition()};
  Core core_{test_.definition, test_.board, 0, Pace::kLive, nullptr};
  Router router_{core_, test_.board, 0, 1, false, true};
  Counters counters_;
  Trace trace_;
  Intake intake_{test_.definition, {.session = {}, .owner = {3, 4}, .flows = {5, 6}}, counters_, router_, &trace_};
  ServedRequests requests_{counters_, intake_, static_cast<std::size_t>(Header::kCount)};
};

TEST_F(ServedRequestsTest, WhatLiesInTheBurstIsReadAtItsEnd) {
  const std::array burst{frame(beacon_named("a")), frame(beacon_named("b"))};
  requests_.begin_burst(burst);
  for (const Packet& packet : burst) ask(target_in(packet), body_in(packet));
  EXPECT_EQ(read(), Names{});
  requests_.end_burst();
  EXPECT_EQ(read(), (Names{"a", "b"}));
}

TEST_F(ServedRequestsTest, WhatLiesElsewhereIsReadAtOnceBehindWhatCameBefore) {
  const std::array burst{frame(beacon_named("a")), frame("half a head"), frame(beacon_named("d"))};
  const std::string gathered = beacon_named("b"), decoded = beacon_named("c");
  requests_.begin_burst(burst);
  ask(target_in(burst[0]), body_in(burst[0]));
  ask("/rum", bytes(gathered));
  EXPECT_EQ(read(), (Names{"a", "b"}));
  ask(target_in(burst[1]), bytes(decoded));
  EXPECT_EQ(read(), (Names{"a", "b", "c"}));
  ask(target_in(burst[2]), body_in(burst[2]));
  requests_.end_burst();
  EXPECT_EQ(read(), (Names{"a", "b", "c", "d"}));
}

TEST_F(ServedRequestsTest, OutsideOfABurstAllIsReadAtOnce) {
  const std::array burst{frame(beacon_named("a"))};
  requests_.begin_burst(burst);
  requests_.end_burst();
  ask(target_in(burst[0]), body_in(burst[0]));
  EXPECT_EQ(read(), Names{"a"});
}

TEST_F(ServedRequestsTest, MoreRequestsThanItHasRoomForAreAllReadInTheirOrder) {
  const std::array burst{frame(beacon_named("a"))};
  requests_.begin_burst(burst);
  for (std::size_t i = 0; i < 3 * kBurstMax + 1; ++i) ask(target_in(burst[0]), body_in(burst[0]));
  requests_.end_burst();
  EXPECT_EQ(read(), Names(3 * kBurstMax + 1, "a"));
}

}  // namespace
}  // namespace bellrock::app
