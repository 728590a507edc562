// A test of the matcher: messages of the shop in, events out.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "tests/unit/dataplane/journey/matcher_fixture.h"

namespace bellrock::journey {

class MatcherTest : public testing::Test {
 protected:
  Matcher& matcher() {
    if (!matcher_) matcher_ = std::make_unique<Matcher>(shop_.d, SessionKeys{kSessionKey}, kOwnerKey, counters_);
    return *matcher_;
  }
  std::vector<Event> request(const TextRequest& r) {
    tag_ = r.tag(matcher());
    return collect([&](auto emit) { matcher().on_request(r.request, tag_, emit); });
  }
  std::vector<Event> response(unsigned status) {
    return collect([&](auto emit) { matcher().on_response({status, kDay + kSecond}, tag_, emit); });
  }
  std::vector<Event> ends(TransactionEnd end) {
    Transaction transaction;
    transaction.end = end;
    if (end == TransactionEnd::kAborted) transaction.closed = kDay + 2 * kSecond;
    return collect([&](auto emit) { matcher().on_transaction(transaction, tag_, emit); });
  }
  std::vector<Event> beacon(const Beacon& b, const TextRequest& carrier) {
    tag_ = carrier.tag(matcher());
    return collect([&](auto emit) { matcher().on_beacon(b, carrier.request, tag_, emit); });
  }
  template <typename Call>
  std::vector<Event> collect(Call&& call) {
    std::vector<Event> events;
    call([&](Event& event) { events.push_back(event); });
    return events;
  }
  static std::vector<std::pair<int, int>> steps(const Event& event) {
    std::vector<std::pair<int, int>> all;
    for (std::size_t i = 0; i < event.match_count; ++i) {
      all.emplace_back(event.matches[i].journey.value, event.matches[i].step.value);
    }
    return all;
  }
  static Beacon named(std::string_view name, std::string_view sid = "v1") {
    Beacon b;
    b.sid = sid;
    b.name = name;
    b.page = "/checkout";
    return b;
  }
  std::uint64_t counted(EventCount what) const { return counters_.pending(counter::id(what)); }
  using Steps = std::vector<std::pair<int, int>>;

  ShopBuilder shop_;
  Counters counters_;
  std::unique_ptr<Matcher> matcher_;
  RequestTag tag_;
};

}  // namespace bellrock::journey
