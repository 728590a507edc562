// The steering program in the kernel, frame by frame through BPF_PROG_TEST_RUN: verdict, action, and the frame as it
// was. Needs root.
#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "dataplane/steer/maps.h"
#include "dataplane/steer/object.h"
#include "tests/support/own_namespaces.h"
#include "tests/system/bpf/fixtures.h"

namespace bellrock::steer {
namespace {

class XdpSteer : public testing::Test {
 protected:
  static void SetUpTestSuite() { support::enter_own_namespaces(); }

  void SetUp() override {
    auto object = Object::load();
    ASSERT_TRUE(object.ok()) << object.error().what << ' ' << object.error().detail;
    object_.emplace(std::move(object).value());
    ASSERT_TRUE(object_->pin_maps(kBpffs).ok());
    auto maps = Maps::open();
    ASSERT_TRUE(maps.ok()) << maps.error().what << ' ' << maps.error().detail;
    maps_.emplace(std::move(maps).value());
    ASSERT_TRUE(maps_->apply(fixture_rules()).ok());
  }
  void TearDown() override {
    for (const char* name : {STEER_RULES_MAP, STEER_COUNTS_MAP, STEER_ABOUT_MAP}) {
      ::unlink((std::string(kBpffs) + '/' + name).c_str());
    }
  }

  void listen_on(std::uint32_t queue) {
    socket_ = File(::socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0));
    ASSERT_TRUE(socket_.is_open()) << errno;
    const int fd = socket_.fd();
    ASSERT_EQ(bpf_map_update_elem(object_->sockets_fd(), &queue, &fd, BPF_ANY), 0) << errno;
  }

  struct Run {
    std::uint32_t action = 0;
    bool unchanged = false;
    std::uint32_t ns = 0;
  };
  Run run(const Frame& frame, int repeat = 1) { return run_program(object_->program_fd(), frame, repeat); }
  static Run run_program(int program, const Frame& frame, int repeat) {
    const auto& in = frame.bytes();
    std::vector<std::uint8_t> out(4'096);
    bpf_test_run_opts options = {};
    options.sz = sizeof options;
    options.data_in = in.data();
    options.data_size_in = static_cast<std::uint32_t>(in.size());
    options.data_out = out.data();
    options.data_size_out = static_cast<std::uint32_t>(out.size());
    options.repeat = repeat;
    EXPECT_EQ(bpf_prog_test_run_opts(program, &options), 0) << errno;
    out.resize(options.data_size_out);
    return {options.retval, out == in, options.duration};
  }

  // What the counters gained, as one verdict; STEER_VERDICTS if it is not exactly one packet.
  std::uint32_t gained() {
    const auto now = maps_->counts();
    EXPECT_TRUE(now.ok());
    std::uint32_t verdict = STEER_VERDICTS;
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < STEER_VERDICTS; ++i) {
      if ((*now)[i] == last_[i]) continue;
      verdict = i;
      sum += (*now)[i] - last_[i];
    }
    last_ = *now;
    return sum == 1 ? verdict : static_cast<std::uint32_t>(STEER_VERDICTS);
  }

  std::optional<Object> object_;
  std::optional<Maps> maps_;
  File socket_;
  Counts last_{};
};

const char* name_of(std::uint32_t verdict) { return verdict < STEER_VERDICTS ? kVerdictNames[verdict] : "not one"; }

TEST_F(XdpSteer, GivesEachFixtureItsVerdictAndLeavesItAsItWas) {
  listen_on(0);
  for (const Fixture& fixture : fixtures()) {
    const Run result = run(fixture.frame);
    EXPECT_STREQ(name_of(gained()), name_of(fixture.verdict)) << fixture.name;
    EXPECT_EQ(result.action, fixture.verdict < STEER_TO_BELLROCK ? XDP_REDIRECT : XDP_PASS) << fixture.name;
    EXPECT_TRUE(result.unchanged) << fixture.name;
  }
}

TEST_F(XdpSteer, PassesEverythingWhileNobodyListens) {
  listen_on(1);  // on another queue than the one the packets come from
  for (const Fixture& fixture : fixtures()) {
    const Run result = run(fixture.frame);
    const auto expected = fixture.verdict < STEER_TO_BELLROCK ? STEER_PASS_NO_SOCKET : fixture.verdict;
    EXPECT_STREQ(name_of(gained()), name_of(expected)) << fixture.name;
    EXPECT_EQ(result.action, XDP_PASS) << fixture.name;
  }
}

TEST_F(XdpSteer, FailsOpenAsSoonAsTheSocketIsClosed) {
  const Frame frame = over4(kShared).tcp(80);
  listen_on(0);
  EXPECT_EQ(run(frame).action, XDP_REDIRECT);
  socket_ = File();
  EXPECT_EQ(run(frame).action, XDP_PASS);
}

TEST_F(XdpSteer, FixturesCoverEveryVerdict) {
  std::array<bool, STEER_VERDICTS> covered{};
  covered[STEER_PASS_NO_SOCKET] = true;  // PassesEverythingWhileNobodyListens
  for (const Fixture& fixture : fixtures()) covered[fixture.verdict] = true;
  for (std::uint32_t i = 0; i < STEER_VERDICTS; ++i) EXPECT_TRUE(covered[i]) << kVerdictNames[i];
}

// At every length each packet has an outcome, and what is cut never reaches Bellrock.
TEST_F(XdpSteer, NeverTakesAPacketThatEndsInsideAHeader) {
  listen_on(0);
  for (const Fixture& fixture : fixtures()) {
    if (fixture.verdict >= STEER_TO_BELLROCK) continue;
    const std::size_t whole = fixture.frame.bytes().size();
    bool taken = false;
    for (std::size_t length = 14; length <= whole; ++length) {
      const bool now = run(fixture.frame.cut_to(length)).action == XDP_REDIRECT;
      EXPECT_TRUE(now || !taken) << fixture.name << " at " << length;
      taken = now;
      ASSERT_NE(gained(), STEER_VERDICTS);
    }
    EXPECT_TRUE(taken) << fixture.name;
  }
}

TEST_F(XdpSteer, FollowsRulesAsTheyChange) {
  listen_on(0);
  const Frame frame = over4(kOther).tcp(8'080);
  EXPECT_EQ(run(frame).action, XDP_PASS);
  std::vector<Rule> rules = fixture_rules();
  rules.push_back({address(kOther), false, {8'080}});
  ASSERT_TRUE(maps_->apply(rules).ok());
  EXPECT_EQ(run(frame).action, XDP_REDIRECT);
  ASSERT_TRUE(maps_->apply({}).ok());
  for (const Fixture& fixture : fixtures()) EXPECT_EQ(run(fixture.frame).action, XDP_PASS) << fixture.name;
}

TEST_F(XdpSteer, TakesAsManyAddressesAsItPromises) {
  listen_on(0);
  std::vector<Rule> rules;
  for (unsigned i = 0; i < STEER_ADDRESSES_MAX; ++i) {
    rules.push_back({address("198.51.100." + std::to_string(i)), false, {80}});
  }
  ASSERT_TRUE(maps_->apply(rules).ok());
  for (unsigned i = 0; i < STEER_ADDRESSES_MAX; ++i) {
    EXPECT_EQ(run(over4("198.51.100." + std::to_string(i)).tcp(80)).action, XDP_REDIRECT) << i;
  }
  // As many others at once: room is made first.
  for (unsigned i = 0; i < STEER_ADDRESSES_MAX; ++i) rules[i].address = address("203.0.113." + std::to_string(i));
  ASSERT_TRUE(maps_->apply(rules).ok());
  EXPECT_EQ(run(over4("198.51.100.1").tcp(80)).action, XDP_PASS);
  EXPECT_EQ(run(over4("203.0.113.255").tcp(80)).action, XDP_REDIRECT);
}

// No bound here: neighbours on the machine change times. Figures and the denominator of the same second are printed for
// whoever wants them.
TEST_F(XdpSteer, SaysWhatAPacketCosts) {
  listen_on(0);
  const bpf_insn drop[] = {{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, XDP_DROP}, {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
  const File bare(bpf_prog_load(BPF_PROG_TYPE_XDP, "bare_drop", "Apache-2.0", drop, 2, nullptr));
  ASSERT_TRUE(bare.is_open());
  const Frame steered = over4(kShared).tcp(443);
  std::printf("bare drop: %u ns\n", run_program(bare.fd(), steered, 1'000'000).ns);
  for (const auto& [name, frame] : {std::pair{"steered", steered},
                                    {"passed", over4(kOther).tcp(443)},
                                    {"not IP", Frame().ethernet(0x88cc).payload(40)}}) {
    std::printf("%s: %u ns\n", name, run(frame, 1'000'000).ns);
  }
}

}  // namespace
}  // namespace bellrock::steer
