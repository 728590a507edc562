#include "dataplane/io/pcap_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "dataplane/io/pcap_writer.h"
#include "tests/support/allocation_guard.h"
#include "tests/unit/dataplane/io/read_capture.h"

namespace bellrock::io {
namespace {

constexpr std::int64_t kAt = 1'790'000'000;

TEST(PcapFile, ReadsMicrosAndNanosInBothByteOrders) {
  for (const bool big : {false, true}) {
    for (const bool nanos : {false, true}) {
      CaptureBytes capture(big);
      capture.pcap_header(nanos, 1)
          .record(kAt, 123'456, "abc", 3)
          .record(kAt + 1, 7, "", 60)
          .record(kAt + 1, 8, "defg", 2);
      const Read read = read_all_ways(capture.bytes());
      const std::int64_t unit = nanos ? 1 : 1'000;
      EXPECT_FALSE(read.error);
      EXPECT_EQ(read.packets, (std::vector<Got>{{"abc", 3, LinkType::kEthernet, kAt * kSecond + 123'456 * unit},
                                                {"", 60, LinkType::kEthernet, (kAt + 1) * kSecond + 7 * unit},
                                                {"defg", 4, LinkType::kEthernet, (kAt + 1) * kSecond + 8 * unit}}));
    }
  }
}

TEST(PcapFile, KnowsItsLinkTypes) {
  const std::pair<std::uint32_t, LinkType> links[] = {{1, LinkType::kEthernet},
                                                      {113, LinkType::kLinuxCooked},
                                                      {276, LinkType::kLinuxCooked2},
                                                      {101, LinkType::kRawIp},
                                                      {12, LinkType::kRawIp},
                                                      {14, LinkType::kRawIp},
                                                      {228, LinkType::kRawIp},
                                                      {229, LinkType::kRawIp},
                                                      {239, LinkType::kNflog},
                                                      {0, LinkType::kNull},
                                                      {108, LinkType::kNull},
                                                      {105, LinkType::kOther},
                                                      {1 | 0x1400'0000u, LinkType::kEthernet}};
  for (const auto& [code, link] : links) {
    const Read read = read_all_ways(CaptureBytes(false).pcap_header(true, code).record(kAt, 0, "a", 1).bytes());
    ASSERT_EQ(read.packets.size(), 1u);
    EXPECT_EQ(read.packets[0].link, link) << code;
  }
}

TEST(PcapFile, ReadsPcapng) {
  for (const bool big : {false, true}) {
    CaptureBytes capture(big);
    capture.section()
        .interface(1, 0, -1)           // 0: Ethernet, microseconds
        .interface(276, 0, 9)          // 1: cooked, nanoseconds
        .interface(101, 4, 0x80 | 10)  // 2: raw IP, 1/1024 s, at most 4 bytes
        .interface(239, 0, 3, kAt)     // 3: NFLOG, milliseconds after kAt
        .interface(1, 0, 12, kAt)      // 4: picoseconds after kAt
        .enhanced(0, kAt * 1'000'000ull + 5, "one", 3)
        .block(0xbad, CaptureBytes(big).text("an unknown block"))
        .enhanced(1, kAt * 1'000'000'000ull + 6'001, "two!", 90)
        .obsolete(2, kAt * 1'024ull + 512, "three", 5)
        .block(5, CaptureBytes(big).u32(0).text("interface statistics"))
        .enhanced(3, 600, "four", 4)
        .enhanced(4, 700'000'000'000ull, "five", 4);
    const Read read = read_all_ways(capture.bytes());
    EXPECT_FALSE(read.error);
    const std::int64_t at = kAt * kSecond;
    EXPECT_EQ(read.packets, (std::vector<Got>{{"one", 3, LinkType::kEthernet, at + 5'000},
                                              {"two!", 90, LinkType::kLinuxCooked2, at + 6'001},
                                              {"three", 5, LinkType::kRawIp, at + kSecond / 2},
                                              {"four", 4, LinkType::kNflog, at + 600 * kMillisecond},
                                              {"five", 4, LinkType::kEthernet, at + 700 * kMillisecond}}));
  }
}

TEST(PcapFile, ReadsSeveralSectionsOfEitherOrder) {
  CaptureBytes capture(false);
  capture.section().interface(1, 0, 9).enhanced(0, 5, "a", 1);
  capture.text(CaptureBytes(true).section().interface(101, 0, 9).enhanced(0, 6, "bc", 2).bytes());
  capture.section().interface(113, 0, -1).enhanced(0, 7, "d", 1);
  const Read read = read_all_ways(capture.bytes());
  EXPECT_FALSE(read.error);
  EXPECT_EQ(read.packets, (std::vector<Got>{{"a", 1, LinkType::kEthernet, 5},
                                            {"bc", 2, LinkType::kRawIp, 6},
                                            {"d", 1, LinkType::kLinuxCooked, 7'000}}));
}

TEST(PcapFile, SimplePacketsHaveTheTimeOfTheirPredecessor) {
  CaptureBytes capture(false);
  capture.section()
      .interface(1, 6, 9)
      .simple("first", 5)
      .enhanced(0, 1'000, "abc", 3)
      .simple("longer", 1'500)
      .simple("xy", 2);
  const Read read = read_all_ways(capture.bytes());
  EXPECT_FALSE(read.error);
  EXPECT_EQ(read.packets, (std::vector<Got>{{"first", 5, LinkType::kEthernet, 1},
                                            {"abc", 3, LinkType::kEthernet, 1'000},
                                            {"longer", 1'500, LinkType::kEthernet, 1'000},
                                            {"xy", 2, LinkType::kEthernet, 1'000}}));
}

TEST(PcapFile, TimesNeverGoBackAndThoseThatDidAreCounted) {
  CaptureBytes capture(false);
  capture.pcap_header(true, 1);
  std::mt19937_64 random(1);
  std::int64_t last = 0;
  std::uint64_t backwards = 0;
  std::vector<std::int64_t> expected;
  for (int i = 0; i < 1'000; ++i) {
    const std::uint64_t second = static_cast<std::uint64_t>(i) / 10 + random() % 4, fraction = random() % 1'000'000'000;
    capture.record(second, fraction, "x", 1);
    const std::int64_t ns = std::max<std::int64_t>(1, static_cast<std::int64_t>(second * 1'000'000'000 + fraction));
    backwards += ns < last;
    last = std::max(last, ns);
    expected.push_back(last);
  }
  const Read read = read_all_ways(capture.bytes());
  ASSERT_EQ(read.packets.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(read.packets[i].ns, expected[i]);
  EXPECT_EQ(read.backwards, backwards);
  EXPECT_GT(backwards, 100u);
}

TEST(PcapFile, ShiftsTimesAndNeverBelowTheEpoch) {
  const TemporaryFile file(
      CaptureBytes(false).pcap_header(true, 1).record(10, 5, "a", 1).record(20, 0, "b", 1).bytes());
  EXPECT_EQ(read_singly(file.path(), 90 * kSecond).packets[0].ns, 100 * kSecond + 5);
  EXPECT_EQ(read_singly(file.path(), -15 * kSecond).packets[0].ns, 1);
  EXPECT_EQ(read_singly(file.path(), -15 * kSecond).packets[1].ns, 5 * kSecond);
  EXPECT_EQ(read_singly(file.path(), -15 * kSecond).backwards, 0u);
  EXPECT_EQ(read_singly(file.path(), std::numeric_limits<Duration>::max()).packets[1].ns, TickScale::kTimeMaxNs);
  EXPECT_EQ(read_singly(file.path(), std::numeric_limits<Duration>::min()).packets[1].ns, 1);
}

TEST(PcapFile, SeekingIsReadingWithoutLooking) {
  CaptureBytes capture(false);
  capture.pcap_header(false, 1);
  for (unsigned i = 0; i < 300; ++i) capture.record(i % 97, i, std::string(i % 50, 'x'), i % 60);
  const TemporaryFile file(capture.bytes());
  const Read all = read_singly(file.path());
  ASSERT_EQ(all.packets.size(), 300u);
  for (const std::uint64_t ordinal : {0u, 1u, 63u, 64u, 65u, 150u, 299u}) {
    auto resumed = PcapFile::open(file.path());
    ASSERT_TRUE(resumed->seek(ordinal).ok());
    EXPECT_EQ(resumed->ordinal(), ordinal);
    EXPECT_EQ(resumed->time_backwards(), 0u);
    const auto burst = resumed->rx_burst({});
    ASSERT_FALSE(burst.empty());
    EXPECT_EQ(burst[0].ordinal, ordinal);
    EXPECT_EQ(copy(burst[0]), all.packets[ordinal]);
  }
  auto past = PcapFile::open(file.path());
  EXPECT_TRUE(past->seek(301).ok());
  EXPECT_TRUE(past->ended());
}

// Every cut of a capture: what lies before it is read, the rest is one error that names where the cut record starts.
void expect_cuts_are_told(const std::string& bytes, std::size_t header_bytes) {
  const TemporaryFile whole_file(bytes);
  const Read whole = read_singly(whole_file.path());
  ASSERT_FALSE(whole.error);
  std::size_t clean = 0;
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    const TemporaryFile file(bytes.substr(0, size));
    const Read read = size % 16 == 0 ? read_all_ways(bytes.substr(0, size)) : read_bursts(file.path());
    if (size < header_bytes) {
      EXPECT_TRUE(read.error) << size;
      continue;
    }
    ASSERT_LE(read.packets.size(), whole.packets.size());
    EXPECT_TRUE(std::equal(read.packets.begin(), read.packets.end(), whole.packets.begin())) << size;
    clean += !read.error;
    if (read.error) {
      EXPECT_STREQ(read.error->what, "the capture ends inside the record at byte");
      EXPECT_LT(static_cast<std::size_t>(read.error->detail), size);
    }
  }
  EXPECT_LE(clean, whole.packets.size() + 8);  // between records, and pcapng has some that are no packets
  EXPECT_GE(clean, whole.packets.size());
}

TEST(PcapFile, SaysWhereACaptureWasCut) {
  CaptureBytes pcap(false);
  pcap.pcap_header(false, 1);
  for (unsigned i = 0; i < 5; ++i) pcap.record(i, i, std::string(i * 7, 'x'), 60);
  expect_cuts_are_told(pcap.bytes(), 24);
  CaptureBytes ng(true);
  ng.section().interface(1, 0, -1).simple("abc", 3).enhanced(0, 5, "defgh", 60).obsolete(0, 6, "i", 1);
  expect_cuts_are_told(ng.bytes(), 28);
}

TEST(PcapFile, RefusesPlainlyWhatIsNoCapture) {
  const auto error_of = [](const std::string& bytes) {
    const Read read = read_all_ways(bytes);
    return read.error ? std::string(read.error->what) + ' ' + std::to_string(read.error->detail) : "none";
  };
  const std::string not_a_capture = "not a capture file (neither pcap nor pcapng), at byte 0";
  EXPECT_EQ(error_of(""), not_a_capture);
  EXPECT_EQ(error_of("abc"), not_a_capture);
  EXPECT_EQ(error_of("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), not_a_capture);
  EXPECT_EQ(error_of(CaptureBytes(false).u32(0xa1b2c3d4).u16(2).bytes()),
            "the capture file's header is cut, at byte 0");
  EXPECT_EQ(error_of(CaptureBytes(false).u32(0xa1b2c3d4).u16(7).u16(4).u64(0).u64(0).bytes()),
            "the capture is of an unknown pcap version 7");
  EXPECT_EQ(
      error_of(
          CaptureBytes(false).pcap_header(false, 1).record(1, 1, "abc", 3).u32(0).u32(0).u32(1u << 30).u32(9).bytes()),
      "the capture has a record of impossible length, at byte 43");
  CaptureBytes ng(false);
  ng.section();
  const std::size_t at = ng.bytes().size();
  const auto after_section = [&](const CaptureBytes& block) { return error_of(ng.bytes() + block.bytes()); };
  const std::string where = ", at byte " + std::to_string(at);
  EXPECT_EQ(after_section(CaptureBytes(false).u32(6).u32(8).u32(8)),
            "the capture has a block of impossible length" + where);
  EXPECT_EQ(after_section(CaptureBytes(false).u32(6).u32(14).u64(0)),
            "the capture has a block of impossible length" + where);
  EXPECT_EQ(after_section(CaptureBytes(false).u32(6).u32(1u << 28).u64(0)),
            "the capture has a block of impossible length" + where);
  EXPECT_EQ(after_section(CaptureBytes(false).u32(9).u32(16).u32(0).u32(12)),
            "the capture has a block whose two lengths differ" + where);
  EXPECT_EQ(after_section(CaptureBytes(false).enhanced(0, 0, "a", 1)),
            "the capture has a packet of an undeclared interface" + where);
  EXPECT_EQ(after_section(CaptureBytes(false).simple("a", 1)),
            "the capture has a packet of an undeclared interface" + where);
  EXPECT_EQ(after_section(CaptureBytes(false).block(6, CaptureBytes(false).u64(0))),
            "the capture has a packet block that is too short" + where);
  EXPECT_EQ(after_section(CaptureBytes(false).interface(1, 0, 64)),
            "the capture has an interface with an impossible clock resolution" + where);
  EXPECT_EQ(after_section(CaptureBytes(false).block(1, CaptureBytes(false).u16(1).u16(0).u32(0).u16(9).u16(40))),
            "the capture has an interface option that is too long" + where);
  EXPECT_EQ(after_section(
                CaptureBytes(false).interface(1, 0, 6).block(6, CaptureBytes(false).u32(0).u64(0).u32(500).u32(500))),
            "the capture has a packet longer than its block, at byte " +
                std::to_string(CaptureBytes(false).section().interface(1, 0, 6).bytes().size()));

  const auto missing = PcapFile::open("/does/not/exist");
  ASSERT_FALSE(missing.ok());
  EXPECT_STREQ(missing.error().what, "cannot open the capture file, errno");
  EXPECT_EQ(missing.error().detail, ENOENT);
  EXPECT_EQ(PcapFile::open("/tmp").error().detail, EISDIR);
}

TEST(PcapFile, MemoryDoesNotGrowWithTheFile) {
  constexpr std::size_t kBytes = 96 << 20;
  const TemporaryFile name("");
  auto writer = PcapWriter::create(name.path());
  const std::vector<std::uint8_t> frame(1'400, 7);
  for (std::size_t i = 0; i < kBytes / 1'416; ++i)
    ASSERT_TRUE(writer->write(Instant{static_cast<std::int64_t>(i)}, frame).ok());
  ASSERT_TRUE(writer->close().ok());
  const auto resident_kib = [] {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
    }
    return 0l;
  };
  auto file = PcapFile::open(name.path());
  const long before = resident_kib();
  long most = 0;
  std::uint64_t sum = 0, bursts = 0;
  while (!file->ended()) {
    for (const Packet& packet : file->rx_burst({})) sum += packet.data[packet.data.size() - 1];
    if (++bursts % 64 == 0) most = std::max(most, resident_kib());
  }
  EXPECT_EQ(sum, 7 * (kBytes / 1'416));
  EXPECT_LT(most - before, 12 * 1'024) << "KiB";
}

TEST(PcapFile, AllocatesNothingForAPacket) {
  CaptureBytes capture(false);
  for (unsigned section = 0; section < 3; ++section) {
    capture.section().interface(1, 0, -1);
    for (unsigned i = 0; i < 2'000; ++i) capture.enhanced(0, i, std::string(i % 1'500, 'x'), 1'500).simple("abc", 3);
  }
  const TemporaryFile name(capture.bytes());
  auto file = PcapFile::open(name.path());
  ASSERT_EQ(file->rx_burst({}).size(), kBurstMax);  // behind the first interface
  const test::AllocationGuard guard;
  std::size_t packets = kBurstMax;
  while (!file->ended()) packets += file->rx_burst({}).size();
  EXPECT_EQ(packets, 12'000u);
  EXPECT_EQ(guard.count(), 0u);
}

TEST(MeasurePcap, TellsWhatACaptureHolds) {
  const TemporaryFile file(
      CaptureBytes(false).pcap_header(true, 1).record(10, 5, "abc", 60).record(20, 0, "b", 1).u8(1).bytes());
  const auto extent = measure_pcap(file.path());
  ASSERT_TRUE(extent.ok());
  EXPECT_EQ(extent->packets, 2u);
  EXPECT_EQ(extent->captured_bytes, 4u);
  EXPECT_EQ(extent->wire_bytes, 61u);
  EXPECT_EQ(extent->first.ns, 10 * kSecond + 5);
  EXPECT_EQ(extent->last.ns, 20 * kSecond);
  EXPECT_FALSE(measure_pcap("/dev/null").ok());
}

}  // namespace
}  // namespace bellrock::io
