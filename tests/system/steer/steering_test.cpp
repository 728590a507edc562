// The life cycle of the steering program on a veth interface: what is ours is cleaned, what is foreign is left alone.
// The driver that attaches the program in production is played by attach(). Needs root.
#include "dataplane/steer/steering.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cstdlib>

#include "tests/support/own_namespaces.h"

namespace bellrock::steer {
namespace {

const std::vector<Rule> kRules{{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1}, false, {80}}};

std::string said(const Error& error) { return std::string(error.what) + ' ' + std::to_string(error.detail); }

bool contains(const Error& error, const char* text) { return said(error).find(text) != std::string::npos; }

class SteeringLife : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    support::enter_own_namespaces();
    ASSERT_EQ(std::system("ip link add sta type veth peer name stb && ip link add stc type veth peer name std && "
                          "ip link set sta up && ip link set stb up"),
              0);
  }
  void SetUp() override {
    index_ = if_nametoindex("sta");
    other_index_ = if_nametoindex("stc");
  }
  void TearDown() override {
    bpf_xdp_detach(static_cast<int>(index_), 0, nullptr);
    bpf_xdp_detach(static_cast<int>(other_index_), 0, nullptr);
    for (const char* pin : {STEER_RULES_MAP, STEER_COUNTS_MAP, STEER_ABOUT_MAP}) ::unlink(path(pin).c_str());
  }

  static std::string path(const char* pin) { return std::string(kBpffs) + '/' + pin; }
  static bool pinned(const char* pin) { return ::access(path(pin).c_str(), F_OK) == 0; }
  static Result<Steering> start(const char* interface = "sta") {
    return Steering::start({.interface = interface, .rules = kRules});
  }

  // As the driver does: the object from its path, its first program, by netlink.
  static void attach(std::uint32_t index, const char* object_path) {
    bpf_object* object = bpf_object__open_file(object_path, nullptr);
    ASSERT_NE(object, nullptr);
    ASSERT_EQ(bpf_object__load(object), 0);
    const int fd = bpf_program__fd(bpf_object__next_program(object, nullptr));
    ASSERT_EQ(bpf_xdp_attach(static_cast<int>(index), fd, XDP_FLAGS_UPDATE_IF_NOEXIST, nullptr), 0);
    bpf_object__close(object);
  }
  static std::string object_of(const Steering& steering) {
    const std::string device = steering.device(0, 1);
    return device.substr(device.find("xdp_prog=") + 9);
  }
  // A program that is not this build's, under any name.
  static Tag attach_foreign(std::uint32_t index, const char* name, std::uint32_t flags = 0) {
    const bpf_insn pass[] = {{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, XDP_PASS}, {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
    const File program(bpf_prog_load(BPF_PROG_TYPE_XDP, name, "Apache-2.0", pass, 2, nullptr));
    EXPECT_TRUE(program.is_open());
    EXPECT_EQ(bpf_xdp_attach(static_cast<int>(index), program.fd(), flags, nullptr), 0);
    return attached_to(index)->tag;
  }
  static std::uint32_t id_on(std::uint32_t index) { return attached_to(index)->id; }

  // A run that is killed after `attaching`: nothing of it cleans up.
  template <typename Attaching>
  static void start_and_be_killed(const char* interface, Attaching attaching) {
    start_and_be_killed(Settings{.interface = interface, .rules = kRules}, attaching);
  }
  template <typename Attaching>
  static void start_and_be_killed(const Settings& settings, Attaching attaching) {
    const pid_t child = fork();
    if (child == 0) {
      auto steering = Steering::start(settings);
      if (!steering.ok()) std::_Exit(1);
      attaching(*steering);
      ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
  }
  static void run_and_be_killed(const char* interface = "sta") {
    start_and_be_killed(interface,
                        [&](Steering& steering) { attach(if_nametoindex(interface), object_of(steering).c_str()); });
  }

  std::uint32_t index_ = 0, other_index_ = 0;
};

TEST_F(SteeringLife, StartsEndsAndLeavesNothing) {
  {
    auto steering = start();
    ASSERT_TRUE(steering.ok()) << said(steering.error());
    EXPECT_FALSE(steering->cleaned().program);
    EXPECT_EQ(steering->cleaned().pins, 0U);
    EXPECT_TRUE(pinned(STEER_RULES_MAP));
    EXPECT_FALSE(steering->confirm().ok()) << "nothing is attached yet";
    attach(index_, object_of(*steering).c_str());
    EXPECT_TRUE(steering->confirm().ok());
    // The attached program counts into the maps that were made before it.
    const auto counts = Maps::open()->counts();
    ASSERT_TRUE(counts.ok());
    EXPECT_EQ(steering->maps().about()->interface, index_);
  }
  EXPECT_EQ(id_on(index_), 0U);
  EXPECT_FALSE(pinned(STEER_RULES_MAP) || pinned(STEER_COUNTS_MAP) || pinned(STEER_ABOUT_MAP));
}

TEST_F(SteeringLife, SharesItsMapsWithTheProgramThatTheDriverLoads) {
  auto steering = start();
  ASSERT_TRUE(steering.ok()) << said(steering.error());
  attach(index_, object_of(*steering).c_str());
  ASSERT_EQ(std::system("ip address add 192.0.2.7/24 dev stb && ping -c 1 -W 1 192.0.2.1 >/dev/null; true"), 0);
  const auto counts = steering->maps().counts();
  ASSERT_TRUE(counts.ok());
  EXPECT_GT((*counts)[STEER_PASS_ARP], 0U) << "the ping asks who has 192.0.2.1";
}

TEST_F(SteeringLife, CleansWhatAKilledRunLeft) {
  run_and_be_killed();
  ASSERT_NE(id_on(index_), 0U);
  ASSERT_TRUE(pinned(STEER_COUNTS_MAP));
  const auto steering = start();
  ASSERT_TRUE(steering.ok()) << said(steering.error());
  EXPECT_TRUE(steering->cleaned().program);
  EXPECT_EQ(steering->cleaned().pins, 3U);
  EXPECT_EQ(id_on(index_), 0U);
}

TEST_F(SteeringLife, CountsOnFromWhatAKilledRunOfTheSameCounterCounted) {
  Settings settings{.interface = "sta", .rules = kRules, .counter = {1, 2, 3}};
  settings.counted[STEER_TCP] = 1'000;
  start_and_be_killed(settings, [&](Steering& steering) { attach(index_, object_of(steering).c_str()); });
  ASSERT_EQ(std::system("ip address replace 192.0.2.7/24 dev stb && ping -c 2 -W 1 192.0.2.1 >/dev/null; true"), 0);
  bpf_xdp_detach(static_cast<int>(index_), 0, nullptr);
  const Counts left = *Maps::open()->counts();
  EXPECT_EQ(left[STEER_TCP], 1'000U);
  EXPECT_GT(left[STEER_PASS_ARP], 0U);
  // Starts that are killed at once change nothing either, nor does what the counter has by now, unless it is more.
  for (int i = 0; i < 3; ++i) start_and_be_killed(settings, [](Steering&) {});
  settings.counted = left;
  settings.counted[STEER_ECHO] += 5;
  Counts expected = left;
  expected[STEER_ECHO] += 5;
  auto steering = Steering::start(settings);
  ASSERT_TRUE(steering.ok()) << said(steering.error());
  EXPECT_EQ(*steering->maps().counts(), expected);
  EXPECT_EQ(*Maps::open()->counts(), expected);
}

TEST_F(SteeringLife, CountsNothingOfAnotherCounter) {
  Settings settings{.interface = "sta", .rules = kRules, .counter = {1}};
  settings.counted[STEER_TCP] = 1'000;
  start_and_be_killed(settings, [](Steering&) {});
  settings.counter = {2};
  settings.counted = {};
  settings.counted[STEER_ARP] = 7;
  auto steering = Steering::start(settings);
  ASSERT_TRUE(steering.ok()) << said(steering.error());
  EXPECT_EQ(*steering->maps().counts(), settings.counted);
}

TEST_F(SteeringLife, CleansTheInterfaceThatTheKilledRunUsed) {
  run_and_be_killed("stc");
  ASSERT_NE(id_on(other_index_), 0U);
  const auto steering = start("sta");
  ASSERT_TRUE(steering.ok()) << said(steering.error());
  EXPECT_TRUE(steering->cleaned().program);
  EXPECT_EQ(id_on(other_index_), 0U);
}

TEST_F(SteeringLife, KnowsTheProgramOfAnotherBuildByTheTagThatWasWrittenDown) {
  start_and_be_killed("sta", [&](Steering& steering) {
    const Tag tag = attach_foreign(index_, STEER_PROGRAM);
    steer_about about = {.abi = STEER_ABI, .interface = index_, .tag = {}, .counter = {}};
    std::copy(tag.begin(), tag.end(), about.tag);
    (void)steering.maps().set_about(about);
  });
  ASSERT_EQ(attached_to(index_)->name, STEER_PROGRAM);
  const auto steering = start();
  ASSERT_TRUE(steering.ok()) << said(steering.error());
  EXPECT_TRUE(steering->cleaned().program);
  EXPECT_EQ(id_on(index_), 0U);
}

TEST_F(SteeringLife, NeverTouchesAForeignProgram) {
  for (const std::uint32_t mode : {XDP_FLAGS_DRV_MODE, XDP_FLAGS_SKB_MODE}) {
    for (const char* name : {"somebody", STEER_PROGRAM}) {  // our name alone makes nothing ours
      attach_foreign(index_, name, mode);
      const std::uint32_t id = id_on(index_);
      const auto steering = start();
      ASSERT_FALSE(steering.ok());
      EXPECT_TRUE(contains(steering.error(), "somebody else")) << said(steering.error());
      EXPECT_EQ(steering.error().detail, id);
      EXPECT_EQ(id_on(index_), id);
      EXPECT_FALSE(pinned(STEER_RULES_MAP));
      bpf_xdp_detach(static_cast<int>(index_), mode, nullptr);
    }
  }
}

TEST_F(SteeringLife, LeavesAForeignProgramOnTheInterfaceOfTheKilledRun) {
  run_and_be_killed("stc");
  bpf_xdp_detach(static_cast<int>(other_index_), 0, nullptr);
  attach_foreign(other_index_, "somebody");
  const std::uint32_t id = id_on(other_index_);
  const auto steering = start("sta");
  ASSERT_TRUE(steering.ok()) << said(steering.error());
  EXPECT_FALSE(steering->cleaned().program);
  EXPECT_EQ(id_on(other_index_), id);
}

TEST_F(SteeringLife, EndsWithoutTouchingAProgramThatReplacedOurs) {
  std::uint32_t id = 0;
  {
    const auto steering = start();
    ASSERT_TRUE(steering.ok());
    attach(index_, object_of(*steering).c_str());
    attach_foreign(index_, "somebody");
    id = id_on(index_);
    EXPECT_FALSE(steering->confirm().ok());
  }
  EXPECT_EQ(id_on(index_), id);
}

TEST_F(SteeringLife, DetachesOnlyTheProgramThatItLookedAt) {
  attach_foreign(index_, "first");
  const auto seen = attached_to(index_);
  ASSERT_TRUE(seen.ok());
  bpf_xdp_detach(static_cast<int>(index_), 0, nullptr);
  attach_foreign(index_, "second");
  EXPECT_FALSE(detach(index_, *seen).ok());
  EXPECT_EQ(attached_to(index_)->name, "second");
}

TEST_F(SteeringLife, IsAloneInItsBpffs) {
  const auto first = start();
  ASSERT_TRUE(first.ok());
  const auto second = start("stc");
  ASSERT_FALSE(second.ok());
  EXPECT_TRUE(contains(second.error(), "another Bellrock")) << said(second.error());
  EXPECT_TRUE(pinned(STEER_RULES_MAP)) << "the first one's pins stay";
}

TEST_F(SteeringLife, ReplacesMapsOfAnotherShape) {
  const File map(bpf_map_create(BPF_MAP_TYPE_ARRAY, STEER_COUNTS_MAP, 4, 8, 3, nullptr));
  ASSERT_EQ(bpf_obj_pin(map.fd(), path(STEER_COUNTS_MAP).c_str()), 0);
  const auto steering = start();
  ASSERT_TRUE(steering.ok()) << said(steering.error());
  EXPECT_EQ(steering->cleaned().pins, 1U);
  attach(index_, object_of(*steering).c_str());
  EXPECT_TRUE(steering->confirm().ok());
}

TEST_F(SteeringLife, SaysPlainlyWhatIsMissing) {
  EXPECT_TRUE(contains(start("nosuch").error(), "no such interface"));
  EXPECT_TRUE(contains(Steering::start({.interface = "sta", .rules = kRules, .bpffs = "/does/not/exist"}).error(),
                       "no folder"));
  EXPECT_TRUE(
      contains(Steering::start({.interface = "sta", .rules = kRules, .bpffs = "/tmp"}).error(), "no bpffs is mounted"));
  EXPECT_EQ(Maps::open().error().detail, ENOENT);
}

TEST_F(SteeringLife, RefusesRulesThatCannotHold) {
  auto steering = start();
  ASSERT_TRUE(steering.ok());
  const auto refusal = [&](std::vector<Rule> rules) { return said(steering->maps().apply(rules).error()); };
  EXPECT_NE(refusal(std::vector<Rule>(STEER_ADDRESSES_MAX + 1)).find("more addresses"), std::string::npos);
  EXPECT_NE(refusal({{{}, false, std::vector<std::uint16_t>(STEER_PORTS_MAX + 1, 80)}}).find("more ports"),
            std::string::npos);
  EXPECT_NE(refusal({{{}, false, {80, 0}}}).find("port 0"), std::string::npos);
  EXPECT_NE(refusal({{{}, false, {80}}, {{}, true, {}}}).find("twice"), std::string::npos);
}

}  // namespace
}  // namespace bellrock::steer
