// Any bytes as a capture file. Reading by bursts and one by one must give the same packets and the same end; times
// never go back; ordinals count; and every packet lies within the file.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "dataplane/base/check.h"
#include "dataplane/io/pcap_file.h"

using namespace bellrock;

namespace {

const std::string& file_of(const std::uint8_t* data, std::size_t size) {
  static const int fd = memfd_create("capture", 0);
  CHECK(fd >= 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(fd);
  CHECK(ftruncate(fd, 0) == 0);
  CHECK(pwrite(fd, data, size, 0) == static_cast<ssize_t>(size));
  return path;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 1 << 20) return 0;
  const std::string& path = file_of(data, size);
  auto bursts = io::PcapFile::open(path);
  auto singly = io::PcapFile::open(path);
  CHECK(bursts.ok() == singly.ok());
  if (!bursts.ok()) {
    CHECK(bursts.error().detail == singly.error().detail);
    return 0;
  }
  std::uint64_t count = 0;
  std::size_t bytes_seen = 0;
  Instant last{1};
  while (!bursts->ended()) {
    for (const Packet& packet : bursts->rx_burst({})) {
      Packet same;
      const auto got = singly->next(same);
      CHECK(got.ok() && *got);
      CHECK(packet.ordinal == count && same.ordinal == count);
      CHECK(packet.time >= last && packet.time == same.time);
      CHECK(packet.data.size() == same.data.size() && packet.wire_bytes >= packet.data.size());
      CHECK(packet.data.empty() || std::memcmp(packet.data.data(), same.data.data(), same.data.size()) == 0);
      last = packet.time;
      bytes_seen += packet.data.size();
      ++count;
    }
  }
  CHECK(bytes_seen <= size);
  Packet none;
  const auto end = singly->next(none);
  CHECK(end.ok() ? !*end && bursts->error() == nullptr : bursts->error() != nullptr);
  if (!end.ok()) CHECK(end.error().detail == bursts->error()->detail);
  CHECK(bursts->time_backwards() == singly->time_backwards());
  return 0;
}
