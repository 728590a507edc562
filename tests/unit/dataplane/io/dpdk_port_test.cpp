// The DPDK port over net_pcap, without root and without huge pages. The EAL starts once a process: one device, one test
// program.
#include "dataplane/io/dpdk_port.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "dataplane/io/pcap_file.h"
#include "dataplane/io/pcap_writer.h"

namespace bellrock::io {
namespace {

constexpr std::size_t kFrames = 5'000;

std::vector<std::uint8_t> frame(std::size_t i) {
  // Sizes on both sides of one buffer's room, and one that takes many.
  constexpr std::size_t kSizes[] = {60, 1'427, 2'048, 2'049, 9'000, 60, 60, 61'000};
  std::vector<std::uint8_t> bytes(kSizes[i % std::size(kSizes)]);
  for (std::size_t at = 0; at < bytes.size(); ++at) bytes[at] = static_cast<std::uint8_t>(i + at * 7);
  return bytes;
}

std::string write_capture() {
  const std::string path = testing::TempDir() + "dpdk_port_test." + std::to_string(getpid()) + ".pcap";
  auto writer = PcapWriter::create(path);
  for (std::size_t i = 0; i < kFrames; ++i) {
    // Nanoseconds that the device cannot give, and every 100th time one that goes back.
    const auto at = Instant{1'790'000'000 * kSecond + static_cast<Duration>(i) * 1'234'567};
    EXPECT_TRUE(writer->write(i % 100 == 50 ? at - 3 * kMillisecond : at, frame(i)).ok());
  }
  EXPECT_TRUE(writer->close().ok());
  return path;
}

std::vector<std::string> arguments(const std::string& device) {
  return {"--no-huge", "-m", "128", "--no-pci", "--no-shconf", "--no-telemetry", "--vdev=" + device};
}

TEST(DpdkEnv, SaysPlainlyWhatDoesNotStart) {
  // In a process of its own, since the EAL does not start twice.
  const auto try_start = [](const std::vector<std::string>& eal, std::uint16_t device, const char* expected) {
    const auto env = DpdkEnv::start({.eal_arguments = eal, .device = device});
    const bool as_expected = !env.ok() && std::string(env.error().what).find(expected) != std::string::npos;
    if (!env.ok()) std::fprintf(stderr, "%s %ld\n", env.error().what, static_cast<long>(env.error().detail));
    std::_Exit(as_expected ? 0 : 1);
  };
  EXPECT_EXIT(try_start(arguments("net_pcap0,rx_pcap=/does/not/exist"), 0, "no device"), testing::ExitedWithCode(0),
              "/does/not/exist: No such file(.|\n)*no device.* 0");
  EXPECT_EXIT(try_start({"--no-such-argument"}, 0, "EAL did not start"), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(try_start(arguments("net_null0"), 7, "no device"), testing::ExitedWithCode(0), "no device.* 7");
}

TEST(DpdkEnv, UsesQueuesThatTheDeviceSpreadsInItsOwnWayOnlyForOneDirection) {
  const std::string path = write_capture();
  const auto eal = arguments("net_pcap0,rx_pcap=" + path + ",rx_pcap=" + path);  // two queues, no RSS
  const auto try_queues = [&](bool one_direction, std::uint16_t expected) {
    auto env = DpdkEnv::start({.eal_arguments = eal, .queues = 2, .one_direction = one_direction});
    if (!env.ok() || env->queues() != expected || env->symmetric_rss()) std::_Exit(1);
    for (std::uint16_t queue = 0; queue < env->queues(); ++queue) {
      DpdkPort port(*env, queue);
      std::size_t seen = 0;
      while (!port.ended()) {
        const auto burst = port.rx_burst(Instant{1});
        seen += burst.size();
        port.release(burst);
      }
      if (seen != kFrames) std::_Exit(2);
    }
    std::_Exit(0);
  };
  EXPECT_EXIT(try_queues(false, 1), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(try_queues(true, 2), testing::ExitedWithCode(0), "");
  std::remove(path.c_str());
}

TEST(DpdkPort, GivesEveryFrameOfAFileOnceAndEnds) {
  const std::string path = write_capture();
  cpu_set_t before, after;
  ASSERT_EQ(pthread_getaffinity_np(pthread_self(), sizeof before, &before), 0);
  const auto eal = arguments("net_pcap0,rx_pcap=" + path);
  auto env = DpdkEnv::start({.eal_arguments = eal, .queues = 4});
  ASSERT_TRUE(env.ok()) << env.error().what << ' ' << env.error().detail;
  ASSERT_EQ(pthread_getaffinity_np(pthread_self(), sizeof after, &after), 0);
  EXPECT_TRUE(CPU_EQUAL(&before, &after));
  EXPECT_STREQ(env->driver(), "net_pcap");
  EXPECT_TRUE(env->finite());
  EXPECT_TRUE(env->capture_times());
  EXPECT_EQ(env->queues(), 1) << "the device cannot keep connections together over several";
  EXPECT_FALSE(env->symmetric_rss());

  auto oracle = PcapFile::open(path);
  ASSERT_TRUE(oracle.ok());
  // A thread that the EAL did not make, as workers are.
  std::thread worker([&] {
    DpdkPort port(*env, 0);
    std::size_t seen = 0;
    std::vector<Packet> held;  // past their burst, as distribution in software does
    while (!port.ended()) {
      for (const Packet& packet : port.rx_burst(Instant{1})) {
        held.push_back(packet);
        EXPECT_EQ(packet.ordinal, seen++);
      }
      if (held.size() < 200 && !port.ended()) continue;
      for (const Packet& packet : held) {
        Packet expected;
        const auto got = oracle->next(expected);
        ASSERT_TRUE(got.ok() && *got);
        ASSERT_EQ(packet.data.size(), expected.data.size()) << packet.ordinal;
        ASSERT_TRUE(std::equal(packet.data.begin(), packet.data.end(), expected.data.begin())) << packet.ordinal;
        ASSERT_EQ(packet.wire_bytes, expected.wire_bytes);
        ASSERT_EQ(packet.time.ns, expected.time.ns / kMicrosecond * kMicrosecond) << packet.ordinal;
      }
      port.release(held);
      held.clear();
    }
    EXPECT_EQ(seen, kFrames);
    EXPECT_EQ(port.time_backwards(), kFrames / 100);
    EXPECT_EQ(port.cut_chains(), 0u);
    EXPECT_TRUE(port.rx_burst(Instant{1}).empty());
    EXPECT_TRUE(port.ended());
  });
  worker.join();
  EXPECT_EQ(env->stats().received, kFrames);
  EXPECT_EQ(env->stats().no_buffer, 0u);
  std::remove(path.c_str());

  EXPECT_FALSE(DpdkEnv::start({.eal_arguments = eal}).ok()) << "once a process";
}

}  // namespace
}  // namespace bellrock::io
