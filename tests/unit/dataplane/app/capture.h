// Captures made by tests: another one moved in time, and single conversations from their text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/io/pcap_file.h"
#include "dataplane/io/pcap_writer.h"

namespace bellrock::app {

// Every packet of `from`, `times` times over, the first copy beginning at `start` and each next one `apart` later.
inline void write_shifted(const std::string& from, const std::string& to, Instant start, int times = 1,
                          Duration apart = 0) {
  auto writer = io::PcapWriter::create(to);
  for (int copy = 0; copy < times; ++copy) {
    auto file = io::PcapFile::open(from);
    Packet packet;
    Instant first;
    for (auto more = file->next(packet); more.ok() && *more; more = file->next(packet)) {
      if (!first.seen()) first = packet.time;
      const Instant at = start + copy * apart + (packet.time - first);
      CHECK(writer->write(at, packet.data, packet.wire_bytes).ok());
    }
  }
  CHECK(writer->close().ok());
}

// One client's TCP over IPv4 and Ethernet, without checksums.
class Talk {
 public:
  Talk(io::PcapWriter& writer, std::uint16_t client_port) : writer_(writer), port_(client_port) {}
  void open(Instant at) {
    send(at, true, kSyn, {});
    send(at, false, kSyn | kAck, {});
    send(at, true, kAck, {});
  }
  void ask(Instant at, std::string_view text) { send(at, true, kAck, text); }
  void answer(Instant at, std::string_view text) { send(at, false, kAck, text); }

 private:
  static constexpr std::uint8_t kSyn = 2, kAck = 16;
  void send(Instant at, bool by_client, std::uint8_t flags, std::string_view payload) {
    std::vector<std::uint8_t> frame(14 + 20 + 20);
    store_be16(&frame[12], 0x0800);
    frame[14] = 0x45;
    store_be16(&frame[16], static_cast<std::uint16_t>(40 + payload.size()));
    frame[22] = 64;
    frame[23] = 6;
    store_be32(&frame[26], by_client ? 0x0a00'0001 : 0x0a00'0002);
    store_be32(&frame[30], by_client ? 0x0a00'0002 : 0x0a00'0001);
    store_be16(&frame[34], by_client ? port_ : 80);
    store_be16(&frame[36], by_client ? 80 : port_);
    store_be32(&frame[38], next_[by_client ? 0 : 1]);
    store_be32(&frame[42], (flags & kAck) != 0 ? next_[by_client ? 1 : 0] : 0);
    frame[46] = 0x50;
    frame[47] = flags;
    store_be16(&frame[48], 65'000);
    frame.insert(frame.end(), payload.begin(), payload.end());
    CHECK(writer_.write(at, frame).ok());
    next_[by_client ? 0 : 1] += static_cast<std::uint32_t>(payload.size()) + ((flags & kSyn) != 0 ? 1U : 0U);
  }

  io::PcapWriter& writer_;
  std::uint16_t port_;
  std::uint32_t next_[2] = {1'000, 5'000};
};

}  // namespace bellrock::app
