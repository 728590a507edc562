#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <map>
#include <tuple>

#include "dataplane/io/pcap_file.h"
#include "dataplane/tcp/segment_parser.h"
#include "tools/traffic/traffic.h"
#include "tools/traffic/truth_json.h"

namespace bellrock::traffic {
namespace {

struct Generated {
  Options options;
  Truth truth;
};

// A capture in a file of this test's own, removed at its end.
class TrafficGenerate : public testing::Test {
 protected:
  Generated generated(Options options) {
    options.out = path_;
    options.transactions = 1'500;
    Generated g{.options = options, .truth = {}};
    EXPECT_TRUE(generate(options, g.truth));
    return g;
  }
  std::string bytes() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void TearDown() override { unlink(path_.c_str()); }

  const std::string path_ = testing::TempDir() + "bellrock-traffic-" + std::to_string(getpid()) + ".pcap";
};

// What identifies a transaction whatever the capture shows of it.
auto told(const TransactionTruth& t) {
  return std::tuple(t.client, t.method, t.target, t.status, t.request_begin, t.response_begin, t.interim);
}
template <typename Of>
std::map<std::remove_cvref_t<Of>, int> counted(const std::vector<Of>& items) {
  std::map<std::remove_cvref_t<Of>, int> counts;
  for (const Of& item : items) ++counts[item];
  return counts;
}
auto all_told(const Truth& truth) {
  std::vector<decltype(told(truth.transactions[0]))> items;
  for (const TransactionTruth& t : truth.transactions) items.push_back(told(t));
  return counted(items);
}

TEST_F(TrafficGenerate, TheSameSeedGivesTheSameBytes) {
  const Truth first = generated({}).truth;
  const std::string bytes_of_first = bytes();
  const Truth second = generated({}).truth;
  EXPECT_EQ(bytes_of_first, bytes());
  EXPECT_EQ(first.attempts.size(), second.attempts.size());
  Options other;
  other.seed = 2;
  generated(other);
  EXPECT_NE(bytes_of_first, bytes());
}

TEST_F(TrafficGenerate, ACleanCaptureShowsEverything) {
  const Truth truth = generated({}).truth;
  EXPECT_GE(truth.transactions.size(), 1'500u);
  EXPECT_EQ(truth.loss_packets, 0u);
  for (const TransactionTruth& t : truth.transactions) {
    EXPECT_TRUE(t.visible && !t.after_gap) << t.client << t.target;
    EXPECT_LE(t.request_first_ns, t.request_last_ns + (t.request_cut ? INT64_MAX / 2 : 0));
    if (t.end != TransactionEnd::kAnswered) continue;
    EXPECT_LT(t.request_last_ns, t.response_first_ns);
    EXPECT_LE(t.response_first_ns, t.response_last_ns);
    EXPECT_GE(t.status, 200u);
  }
}

TEST_F(TrafficGenerate, EveryKindOfEndAndOutcomeHappens) {
  Options options;
  options.duration_s = 7'200;
  options.transactions = 1'500;
  std::map<Outcome, int> outcomes;
  std::map<TransactionEnd, int> ends;
  for (options.seed = 1; options.seed <= 12; ++options.seed) {
    const Truth truth = generated(options).truth;
    for (const AttemptTruth& a : truth.attempts) ++outcomes[a.outcome];
    for (const TransactionTruth& t : truth.transactions) ++ends[t.end];
  }
  for (const Outcome o : {Outcome::kSuccess, Outcome::kFailedUser, Outcome::kFailedSystem, Outcome::kAbandoned,
                          Outcome::kAbandonedWaiting, Outcome::kCancelled, Outcome::kSuperseded, Outcome::kUnknown}) {
    EXPECT_GT(outcomes[o], 0) << kOutcomeNames[static_cast<std::size_t>(o)];
  }
  EXPECT_GT(ends[TransactionEnd::kAborted], 0);
  EXPECT_GT(ends[TransactionEnd::kUnanswered], 0);
}

TEST_F(TrafficGenerate, EveryPacketParsesWithRightChecksumsInOrderOfTime) {
  Options shapes;
  shapes.vlan = 0.3;
  shapes.qinq = 0.3;
  shapes.ipv6 = 0.5;
  shapes.noise = 0.05;
  for (const Link link : {Link::kEthernet, Link::kCooked, Link::kRaw}) {
    shapes.link = link;
    const Truth truth = generated(shapes).truth;
    auto file = io::PcapFile::open(path_);
    ASSERT_TRUE(file.ok());
    Packet packet{};
    std::uint64_t packets = 0, bytes = 0;
    std::map<std::string, std::uint64_t> drops;
    for (auto more = file->next(packet); more.ok() && *more; more = file->next(packet)) {
      ++packets;
      bytes += packet.data.size();
      const auto segment = tcp::parse_segment(packet, true);
      if (!segment.ok()) ++drops[std::string(kDropNames[static_cast<std::size_t>(segment.error())])];
    }
    EXPECT_EQ(file->time_backwards(), 0u);
    EXPECT_EQ(packets, truth.packets);
    EXPECT_EQ(bytes, truth.bytes);
    EXPECT_EQ(drops, truth.noise);
  }
}

TEST_F(TrafficGenerate, ImpairmentsChangeTheCaptureAndNotWhatHappened) {
  const Truth clean = generated({}).truth;
  Options options;
  options.loss = 0.05;
  options.duplicate = options.retransmit = options.reorder = options.overlap = 0.1;
  options.mid_stream = 0.2;
  options.gaps = 50;
  const Truth impaired = generated(options).truth;
  EXPECT_EQ(all_told(clean), all_told(impaired));
  EXPECT_GT(impaired.loss_packets, 0u);
  const auto visible = [](const TransactionTruth& t) { return t.visible; };
  const auto seen = std::count_if(impaired.transactions.begin(), impaired.transactions.end(), visible);
  EXPECT_GT(seen, 0);
  EXPECT_LT(static_cast<std::size_t>(seen), impaired.transactions.size());
}

TEST_F(TrafficGenerate, CopiesHideNothingAndMoveNoTime) {
  const auto times = [](const Truth& truth) {
    std::map<decltype(told(truth.transactions[0])), std::tuple<std::int64_t, std::int64_t, std::int64_t>> all;
    for (const TransactionTruth& t : truth.transactions) {
      all[told(t)] = {t.request_last_ns, t.response_first_ns, t.response_last_ns};
    }
    return all;
  };
  const auto clean = times(generated({}).truth);
  Options options;
  options.duplicate = options.retransmit = options.conflict = 0.3;
  const Truth copied = generated(options).truth;
  EXPECT_GT(copied.duplicate_packets, 0u);
  EXPECT_GT(copied.conflicting_packets, 0u);
  EXPECT_EQ(clean, times(copied));
  for (const TransactionTruth& t : copied.transactions) EXPECT_TRUE(t.visible && !t.after_gap);
}

TEST_F(TrafficGenerate, OneWayCapturesShowNoWholeTransactionThatWasAnswered) {
  Options options;
  options.one_way = OneWay::kClient;
  for (const TransactionTruth& t : generated(options).truth.transactions) {
    EXPECT_TRUE(t.request_visible);
    EXPECT_EQ(t.visible, t.end != TransactionEnd::kAnswered);
  }
}

TEST_F(TrafficGenerate, AWrongPathIsAnError) {
  Options options;
  options.out = "/nonexistent/capture.pcap";
  Truth truth;
  EXPECT_FALSE(generate(options, truth));
}

}  // namespace
}  // namespace bellrock::traffic
