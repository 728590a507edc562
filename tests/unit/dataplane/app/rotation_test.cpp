// Session keys rotate with the day of the packets, and no count shows it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "control/cli/replay/run.h"
#include "control/proto/frame_codec.h"
#include "dataplane/app/until_port.h"
#include "tests/unit/dataplane/app/capture.h"
#include "tests/unit/dataplane/app/test_board.h"

namespace bellrock::app {
namespace {

constexpr const char* kShop = BELLROCK_TEST_DATA "/shop.pcap";
constexpr Instant kMidnight{20'000 * 24 * kHour};

class RotationTest : public testing::Test {
 protected:
  RotationTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "bellrock-test-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~RotationTest() override { std::filesystem::remove_all(directory_); }
  // The shop's minute with its beginning at this time.
  std::string shop_from(Instant start, int times = 1, Duration apart = 0) {
    std::string path = (directory_ / std::to_string(start.ns)).string();
    write_shifted(kShop, path, start, times, apart);
    return path;
  }
  static Duration length() {
    const auto extent = io::measure_pcap(kShop);
    return extent->last - extent->first;
  }
  static cli::ReplayResult replayed(const std::string& pcap, std::uint32_t workers, std::vector<std::uint8_t>* frames) {
    cli::ReplayOptions options;
    options.pcap = pcap;
    options.workers = workers;
    if (frames != nullptr) {
      options.on_frame = [frames](const control::DeltaFrame& frame) {
        const auto encoded = proto::encode(frame);
        frames->insert(frames->end(), encoded.begin(), encoded.end());
      };
    }
    auto result = cli::replay(shop_definition(), options);
    CHECK(result.ok());
    return std::move(result).value();
  }

  std::filesystem::path directory_;
};

// In steps of a window, so that only the day differs; somewhere it falls between an attempt's steps.
TEST_F(RotationTest, AMidnightAnywhereInACaptureChangesNoCount) {
  const auto beside = replayed(shop_from(kMidnight + 6 * kHour), 1, nullptr);
  for (Duration into = kWindow; into < length(); into += kWindow) {
    const auto over = replayed(shop_from(kMidnight - into), 1, nullptr);
    EXPECT_EQ(over.counters, beside.counters) << into;
    EXPECT_EQ(over.open, beside.open) << into;
    ASSERT_EQ(over.series.size(), beside.series.size()) << into;
    for (const auto& [key, histogram] : over.series) {
      const auto other = beside.series.find(key);
      ASSERT_NE(other, beside.series.end());
      EXPECT_EQ(histogram.n, other->second.n) << key.journey << ' ' << key.item << ' ' << key.detail << ' ' << into;
      EXPECT_EQ(histogram.sum_ns, other->second.sum_ns) << into;
    }
  }
}

TEST_F(RotationTest, WithRotationsInTheCaptureAnyNumberOfWorkersGivesTheSameFrames) {
  // Three copies, each over another midnight; the same visitors come back on the second day and the third.
  const std::string pcap = shop_from(kMidnight - length() / 2, 3, 24 * kHour);
  std::vector<std::uint8_t> one;
  replayed(pcap, 1, &one);
  ASSERT_GT(one.size(), 100u);
  for (const std::uint32_t workers : {2u, 4u}) {
    std::vector<std::uint8_t> several;
    replayed(pcap, workers, &several);
    EXPECT_EQ(several, one) << workers << " workers";
  }
}

TEST_F(RotationTest, AKillOnEitherSideOfMidnightLosesNoSession) {
  const std::string pcap = shop_from(kMidnight - length() / 2);
  TestBoard test(shop_definition());
  auto file = io::PcapFile::open(pcap);
  std::uint64_t packets = 0, boundary = 0;
  Packet packet;
  for (auto more = file->next(packet); more.ok() && *more; more = file->next(packet), ++packets) {
    if (packet.time < kMidnight) boundary = packet.ordinal;
  }
  for (const std::uint64_t stop : {boundary - 20, boundary, boundary + 1, boundary + 2, boundary + 50, packets}) {
    auto part = io::PcapFile::open(pcap);
    ASSERT_TRUE(part->seek(test.board.core(0).control.position).ok());
    UntilPort port{*part, stop};
    auto worker = std::make_unique<Worker<UntilPort>>(test.setup(), port);
    while (!port.stopped && worker->run_once({})) {
    }
  }
  test.harvest();
  Journal journal = test.board.journal(0);
  const journey::SessionTable table(test.board.core(0).sessions, test.board.sizes().sessions,
                                    test.board.sizes().attempts, journal);
  for (std::size_t j = 0; j < test.definition.journeys.size(); ++j) {
    const journey::JourneyTotals& totals = table.totals(JourneyId{j});
    EXPECT_TRUE(totals.conserved());
    EXPECT_EQ(test.total(CellKind::kStart, test.definition.journeys[j].name), totals.starts);
  }
  const auto& chain = test.board.core(0).control.session_keys;
  EXPECT_EQ(chain.day, journey::key_day_of(kMidnight));
  EXPECT_EQ(test.board.core(0).counters[counter::id(PacketCount::kPackets)], packets);
}

TEST_F(RotationTest, AfterTwoRotationsTheFirstKeyIsNowhereOnTheBoard) {
  const std::string pcap = shop_from(kMidnight - length() / 2, 3, 24 * kHour);
  TestBoard test(shop_definition());
  const SipKey first{0x1357'9bdf'0246'8ace, 0xfdb9'7531'eca8'6420};
  test.board.core(0).control.session_keys.current = first;
  auto file = io::PcapFile::open(pcap);
  auto worker = std::make_unique<Worker<io::PcapFile>>(test.setup(), *file);
  while (worker->run_once({})) {
  }
  const auto& core = test.board.core(0);
  EXPECT_GE(core.control.session_keys.day, journey::key_day_of(kMidnight) + 2);
  for (const auto& entry : core.record.entries) {
    EXPECT_NE(entry.before, first.k0);
    EXPECT_NE(entry.before, first.k1);
  }
  EXPECT_NE(core.control.session_keys.previous.k0, first.k0);
}

}  // namespace
}  // namespace bellrock::app
