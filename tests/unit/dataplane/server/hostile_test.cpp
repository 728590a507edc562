// Every request of tests/data/hostile-requests.txt gets its status and its reason, however it is cut, and nothing of it
// is left for the request behind it.
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/dataplane/server/harness.h"
#include "tests/unit/dataplane/server/hostile_requests.h"
#include "tests/unit/dataplane/server/responses.h"

namespace bellrock::server {
namespace {

using test::Harness;
using test::HostileRequest;
using test::statuses;

constexpr std::string_view kNext = "POST /rum?next HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";

const std::vector<HostileRequest>& requests() {
  static const auto all = test::read_hostile_requests(BELLROCK_TEST_DATA "/hostile-requests.txt");
  return all;
}

struct Outcome {
  std::string bytes, statuses;
  std::map<std::string, std::uint64_t> reasons;
  std::vector<std::string> taken;
  bool closed = false;
  bool operator==(const Outcome&) const = default;
};

template <typename Send>
Outcome play(Harness& harness, Send&& send) {
  harness.forget_counts();
  harness.sink.taken.clear();
  harness.open();
  send();
  Outcome outcome{harness.out(), statuses(harness.out()), harness.reasons(), harness.sink.taken,
                  harness.stack().closed};
  harness.close();
  EXPECT_EQ(harness.server().free_blocks(), test::small_config().pool_blocks);
  return outcome;
}

TEST(Hostile, TheFileHasManyAndEachHasItsOwnName) {
  std::map<std::string, int> names;
  for (const HostileRequest& request : requests()) {
    EXPECT_EQ(request.problem, "");
    EXPECT_EQ(++names[request.name], 1) << request.name;
  }
  EXPECT_GE(requests().size(), 400u);
}

// Those that need time, other peers or a full machine have tests of their own.
TEST(Hostile, EveryReasonThatOneRequestCanHaveIsThere) {
  std::map<std::string, std::uint64_t> met;
  for (const HostileRequest& request : requests()) met.insert(request.reasons.begin(), request.reasons.end());
  for (const std::string_view other : {"bad_status_line", "preflights_full", "rate_limited", "head_timeout",
                                       "body_timeout", "no_buffers", "sink_full"})
    met[std::string(other)] = 0;
  for (const std::string_view name : kRefusalNames) EXPECT_TRUE(met.contains(std::string(name))) << name;
  for (const std::string_view name : kHttpErrorNames) EXPECT_TRUE(met.contains(std::string(name))) << name;
}

TEST(Hostile, EachGetsItsStatusAndItsCountedReason) {
  Harness harness;
  for (const HostileRequest& request : requests()) {
    SCOPED_TRACE(request.name);
    const Outcome outcome = play(harness, [&] { harness.send(request.bytes + std::string(kNext)); });
    EXPECT_EQ(outcome.statuses, request.statuses + (request.closes ? "" : " 204"));
    EXPECT_EQ(outcome.reasons, request.reasons);
    EXPECT_EQ(outcome.closed, request.closes);
    const bool next = !outcome.taken.empty() && outcome.taken.back() == "POST /rum?next body={}";
    EXPECT_EQ(next, !request.closes);
    for (const std::string& taken : outcome.taken) EXPECT_FALSE(taken.starts_with("GET /rum?hidden")) << taken;
  }
}

TEST(Hostile, NothingIsLeftForTheNextConnection) {
  Harness harness;
  const Outcome good = play(harness, [&] { harness.send(kNext); });
  EXPECT_EQ(good.statuses, "204");
  for (const HostileRequest& request : requests()) {
    play(harness, [&] { harness.send(request.bytes); });
    EXPECT_EQ(play(harness, [&] { harness.send(kNext); }), good) << request.name;
  }
}

TEST(Hostile, EachGetsTheSameHoweverItIsCut) {
  Harness harness;
  std::mt19937_64 random(7);
  for (const HostileRequest& request : requests()) {
    SCOPED_TRACE(request.name);
    const std::string all = request.bytes + std::string(kNext);
    const Outcome whole = play(harness, [&] { harness.send(all); });
    for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{1'000}}) {
      EXPECT_EQ(play(harness, [&] { harness.send_in_pieces(all, piece); }), whole) << piece;
    }
    const bool small = all.size() < 2'000;
    for (std::size_t i = 0; i < (small ? all.size() : 40); ++i) {
      const std::size_t cut = small ? i : random() % all.size();
      const Outcome halves = play(harness, [&] {
        harness.send(std::string_view(all).substr(0, cut));
        harness.send(std::string_view(all).substr(cut));
      });
      ASSERT_EQ(halves, whole) << "cut at " << cut;
    }
  }
}

}  // namespace
}  // namespace bellrock::server
