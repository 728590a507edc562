// Reads a capture in every way there is, and copies what it gave.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <optional>
#include <thread>

#include "dataplane/io/pcap_file.h"
#include "tests/unit/dataplane/io/capture_bytes.h"

namespace bellrock::io {

struct Got {
  std::string data;
  std::uint32_t wire;
  LinkType link;
  std::int64_t ns;
  friend bool operator==(const Got&, const Got&) = default;
};
inline std::ostream& operator<<(std::ostream& out, const Got& got) {
  return out << got.data.size() << " bytes of " << got.wire << ", link " << static_cast<int>(got.link) << ", "
             << got.ns;
}

struct Read {
  std::vector<Got> packets;
  std::optional<Error> error;
  std::uint64_t backwards = 0;
};

inline Got copy(const Packet& packet) {
  return {std::string(text(packet.data)), packet.wire_bytes, packet.link, packet.time.ns};
}

inline Read read_singly(const std::string& path, Duration shift = 0) {
  Read read;
  auto file = PcapFile::open(path, shift);
  if (!file.ok()) return {{}, file.error(), 0};
  for (;;) {
    Packet packet;
    const auto more = file->next(packet);
    if (!more.ok()) read.error = more.error();
    if (!more.ok() || !*more) break;
    EXPECT_EQ(packet.ordinal, read.packets.size());
    read.packets.push_back(copy(packet));
  }
  EXPECT_TRUE(file->ended());
  read.backwards = file->time_backwards();
  return read;
}

inline Read read_bursts(const std::string& path) {
  Read read;
  auto file = PcapFile::open(path);
  if (!file.ok()) return {{}, file.error(), 0};
  while (!file->ended()) {
    const auto burst = file->rx_burst({});
    EXPECT_LE(burst.size(), kBurstMax);
    for (const Packet& packet : burst) {
      EXPECT_EQ(packet.ordinal, read.packets.size());
      read.packets.push_back(copy(packet));
    }
    file->release(burst);
  }
  EXPECT_TRUE(file->rx_burst({}).empty());
  if (file->error() != nullptr) read.error = *file->error();
  read.backwards = file->time_backwards();
  return read;
}

// The same through a pipe that gives a few bytes at a time.
inline Read read_pipe(const std::string& bytes) {
  const TemporaryFile name("");
  const std::string path = name.path() + ".fifo";
  EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
  std::thread writer([&] {
    const int fd = ::open(path.c_str(), O_WRONLY);
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t n = ::write(fd, bytes.data() + at, std::min<std::size_t>(1 + at % 4'099, bytes.size() - at));
      if (n <= 0) break;
      at += static_cast<std::size_t>(n);
    }
    close(fd);
  });
  const Read read = read_bursts(path);
  writer.join();
  unlink(path.c_str());
  return read;
}

// All ways of reading see the same.
inline Read read_all_ways(const std::string& bytes) {
  const TemporaryFile file(bytes);
  const Read read = read_singly(file.path());
  for (const Read& other : {read_bursts(file.path()), read_pipe(bytes)}) {
    EXPECT_EQ(other.packets, read.packets);
    EXPECT_EQ(other.backwards, read.backwards);
    EXPECT_EQ(other.error.has_value(), read.error.has_value());
    if (!other.error || !read.error) continue;
    EXPECT_STREQ(other.error->what, read.error->what);
    EXPECT_EQ(other.error->detail, read.error->detail);
  }
  return read;
}

}  // namespace bellrock::io
