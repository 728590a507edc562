#include "dataplane/io/pcap_writer.h"

#include <gtest/gtest.h>

#include <random>

#include "dataplane/io/memory_port.h"
#include "tests/unit/dataplane/io/read_capture.h"

namespace bellrock::io {
namespace {

TEST(PcapWriter, WhatItWritesReadsBack) {
  std::mt19937_64 random(2);
  for (const LinkType link : {LinkType::kEthernet, LinkType::kLinuxCooked, LinkType::kLinuxCooked2, LinkType::kRawIp,
                              LinkType::kNflog, LinkType::kNull, LinkType::kOther}) {
    const TemporaryFile name("");
    std::vector<Got> written;
    MemoryPort memory(link);
    auto writer = PcapWriter::create(name.path(), link);
    std::int64_t ns = 1'790'000'000 * kSecond;
    for (int i = 0; i < 500; ++i) {
      ns += static_cast<std::int64_t>(random() % 1'000'000'000);
      const std::string data(random() % 9'000, static_cast<char>(random()));
      const auto wire = static_cast<std::uint32_t>(data.size() + random() % 3);
      ASSERT_TRUE(writer->write(Instant{ns}, bytes(data), wire).ok());
      memory.add(Instant{ns}, bytes(data), wire);
      written.push_back({data, wire, link, ns});
    }
    EXPECT_EQ(writer->packets(), 500u);
    ASSERT_TRUE(writer->close().ok());
    EXPECT_EQ(read_bursts(name.path()).packets, written);
    std::vector<Got> remembered;
    while (!memory.ended()) {
      for (const Packet& packet : memory.rx_burst({})) remembered.push_back(copy(packet));
    }
    EXPECT_EQ(remembered, written);
  }
  EXPECT_FALSE(PcapWriter::create("/does/not/exist/x.pcap").ok());
  auto full = PcapWriter::create("/dev/full");
  ASSERT_TRUE(full.ok());
  EXPECT_EQ(full->close().error().detail, ENOSPC);
}

}  // namespace
}  // namespace bellrock::io
