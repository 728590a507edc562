// No body takes memory, whatever is in it: the reader's is taken when it is made.
#include <gtest/gtest.h>

#include "tests/support/allocation_guard.h"
#include "tests/unit/dataplane/beacon/carry.h"

namespace bellrock::beacon {
namespace {

TEST(BeaconReader, AllocatesNothingForAnyBody) {
  Reader reader(kBodyBytesMax);
  const std::string step =
      R"({"v":1,"sid":"\u0061","ts":1,"type":"step","page":"/a","name":"é","dur":1e400,"ok":true,"attrs":{"a":"\n"}})";
  std::string array = "[" + step, lines = step;
  for (int i = 0; i < 200; ++i) {
    array += "," + step + ",7,{\"v\":tru}";
    lines += "\n" + step + "\nx\n{\"v\":\"\xff\"}";
  }
  const std::string bodies[] = {step,
                                array + "]",
                                array,
                                lines,
                                "v=1&sid=%61&attrs=%7B%22a%22:%22%5Cn%22%7D",
                                "hello",
                                "{\"a\":" + std::string(30'000, '[')};
  const HeaderValues headers{};
  std::size_t beacons = 0;
  for (const std::string& body : bodies) {
    const GuardedText text(body);
    const test::AllocationGuard guard;
    read_each(reader, request_of(text.text(), {}, headers), [&](BeaconReject, const Beacon&) { ++beacons; });
    EXPECT_EQ(guard.count(), 0u) << body.substr(0, 100);
  }
  EXPECT_GT(beacons, 1'000u);
}

TEST(BeaconReader, TheGuardNoticesAnAllocation) {
  const test::AllocationGuard guard;
  ::operator delete(::operator new(1));  // called, unlike an expression, even where nothing needs it
  EXPECT_EQ(guard.count(), 1u);
}

}  // namespace
}  // namespace bellrock::beacon
