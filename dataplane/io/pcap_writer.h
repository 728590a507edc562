// Writes captures: pcap, nanoseconds, this machine's byte order. One thread. Buffers 1 MiB; `close` writes what is left
// and says whether everything reached the file, which a destructor cannot.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "dataplane/base/result.h"
#include "dataplane/flow/packet.h"

namespace bellrock::io {

class PcapWriter {
 public:
  static Result<PcapWriter> create(const std::string& path, LinkType link = LinkType::kEthernet);
  PcapWriter(PcapWriter&& other) noexcept;
  PcapWriter& operator=(PcapWriter&&) = delete;
  ~PcapWriter();

  // `wire_bytes` 0: the packet is whole. Seconds beyond 32 bits (the year 2106) cannot be written.
  Status<> write(Instant time, Bytes data, std::uint32_t wire_bytes = 0);
  Status<> write(const Packet& packet) { return write(packet.time, packet.data, packet.wire_bytes); }
  Status<> close();
  [[nodiscard]] std::uint64_t packets() const { return packets_; }

 private:
  explicit PcapWriter(int fd) : fd_(fd) {}
  Status<> flush();
  void put(std::uint32_t value);

  int fd_ = -1;
  std::vector<std::uint8_t> buffer_;
  std::uint64_t packets_ = 0;
};

}  // namespace bellrock::io
