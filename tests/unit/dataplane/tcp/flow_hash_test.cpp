#include "dataplane/tcp/flow_hash.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "dataplane/tcp/connection_key.h"

namespace bellrock::tcp {
namespace {

Flow random_flow(std::mt19937& random) {
  Flow flow;
  for (Endpoint* endpoint : {&flow.source, &flow.destination}) {
    for (auto& byte : endpoint->address) byte = static_cast<std::uint8_t>(random());
    endpoint->port = static_cast<std::uint16_t>(random());
  }
  return flow;
}

TEST(FlowHash, IsTheSameForBothDirections) {
  std::mt19937 random(1);
  for (int i = 0; i < 1'000; ++i) {
    const Flow flow = random_flow(random);
    EXPECT_EQ(flow_hash(flow), flow_hash({flow.destination, flow.source, flow.vlans}));
  }
}

TEST(FlowHash, SpreadsClientsOfOneServerEvenly) {
  for (const unsigned workers : {2U, 3U, 4U, 8U}) {
    std::vector<unsigned> counts(workers);
    Flow flow;
    flow.destination.port = 80;
    for (unsigned client = 0; client < 200; ++client) {
      flow.source.address[15] = static_cast<std::uint8_t>(client);
      for (unsigned port = 0; port < 50; ++port) {
        flow.source.port = static_cast<std::uint16_t>(32'768 + 2 * port);
        ++counts[flow_hash(flow) % workers];
      }
    }
    for (const unsigned count : counts) EXPECT_NEAR(count, 10'000.0 / workers, 5 * std::sqrt(10'000.0 / workers));
  }
}

TEST(ConnectionKey, IsTheSameForBothDirectionsWithTheSidesSwapped) {
  std::mt19937 random(2);
  for (int i = 0; i < 1'000; ++i) {
    Flow flow = random_flow(random);
    if (i % 3 == 0) flow.destination.address = flow.source.address;  // the ports decide
    const SidedKey there = key_of(flow);
    const SidedKey back = key_of({flow.destination, flow.source, flow.vlans});
    EXPECT_TRUE(there.key == back.key);
    EXPECT_NE(there.side, back.side);
    EXPECT_EQ(endpoint_of(there.key, there.side), flow.source);
    EXPECT_EQ(endpoint_of(there.key, back.side), flow.destination);
  }
}

TEST(ConnectionKey, EveryPartCounts) {
  std::mt19937 random(3);
  const Flow flow = random_flow(random);
  const KeyedHash hash({1, 2});
  for (std::size_t byte = 0; byte < 16; ++byte) {
    Flow other = flow;
    other.source.address[byte] ^= 1;
    EXPECT_FALSE(key_of(flow).key == key_of(other).key);
    EXPECT_NE(hash(key_of(flow).key), hash(key_of(other).key));
  }
  for (int part = 0; part < 3; ++part) {
    Flow other = flow;
    if (part == 0) other.source.port ^= 1;
    if (part == 1) other.destination.port ^= 1;
    if (part == 2) other.vlans ^= 1;
    EXPECT_FALSE(key_of(flow).key == key_of(other).key);
    EXPECT_NE(hash(key_of(flow).key), hash(key_of(other).key));
  }
}

// Flows found to share a bucket under one secret are spread again under another.
TEST(KeyedHash, CollisionsDoNotOutliveTheSecret) {
  constexpr std::uint32_t kBuckets = 1'024;
  std::mt19937 random(4);
  const KeyedHash known({1, 2});
  const KeyedHash secret({3, 4});
  std::vector<unsigned> counts(kBuckets);
  for (unsigned found = 0; found < 1'000;) {
    const ConnectionKey key = key_of(random_flow(random)).key;
    if (known(key) % kBuckets != 5) continue;
    ++counts[secret(key) % kBuckets];
    ++found;
  }
  EXPECT_LT(*std::max_element(counts.begin(), counts.end()), 10U);
}

}  // namespace
}  // namespace bellrock::tcp
