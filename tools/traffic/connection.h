// One TCP connection as both ends see it: takes the bytes that each side says and when, and plans the packets that a
// capture beside the server sees (handshake, segments, acknowledgements, close). Times are µs since the epoch.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/flow/segment.h"
#include "tools/traffic/random.h"
#include "tools/traffic/truth.h"

namespace bellrock::traffic {

struct Address {
  bool ipv6 = false;
  std::array<std::uint8_t, 16> bytes{};  // IPv4: the first four
  std::uint16_t port = 0;
};
std::string to_text(const Address& address);  // "192.0.2.1:80", "[2001:db8::1]:80"

// kCopy: sent again, later. kConflict: the same with other bytes.
enum class PacketKind : std::uint8_t { kOriginal, kCopy, kConflict };

struct PlannedPacket {
  std::int64_t time_us = 0;
  std::uint32_t order = 0;            // ties: as planned
  std::uint32_t sequence = 0;         // relative: SYN is 0, the stream's byte n is n + 1
  std::uint32_t acknowledgement = 0;  // relative; set by seal()
  std::uint32_t payload_bytes = 0;
  Direction direction = Direction::kToServer;
  std::uint8_t flags = 0;
  PacketKind kind = PacketKind::kOriginal;
};

struct ConnectionSpec {
  Address client, server;
  std::array<std::uint32_t, 2> first_sequence{};  // by Direction
  std::array<std::uint16_t, 2> vlans{};           // outer, inner; 0: no tag
  std::int64_t rtt_us = 20'000;
  bool timestamps = true;
  std::uint32_t segment_bytes_max = 1'448;
};

// Times at which the first and the last byte of something passed the capture.
struct Times {
  std::int64_t first_us = 0, last_us = 0;
};

class Connection {
 public:
  Connection(ConnectionSpec spec, std::int64_t open_us);

  // Sends bytes not before `at_us`, in segments of at most `segment_bytes` (0: the connection's own maximum).
  Times send(Direction direction, std::string_view bytes, std::int64_t at_us, std::uint32_t segment_bytes = 0);
  // When byte `offset` of a direction passes.
  std::int64_t time_of(Direction direction, std::uint32_t offset) const;
  void send_rst(Direction direction, std::int64_t at_us);
  // FIN of one side, then of the other: an orderly end. The first FIN may ride on the side's last segment.
  void close(Direction first, std::int64_t at_us, bool with_last_segment = false);
  // Neither side says anything any more, and nobody closes.
  void abandon() { closed_ = true; }
  // Cuts what one side has said after `offset`, as if it had never sent it: for a client that leaves in the middle.
  void cut(Direction direction, std::uint32_t offset);

  // After the last call: sorts the packets, fills in acknowledgements and drops those that acknowledge nothing new.
  void seal();

  const ConnectionSpec& spec() const { return spec_; }
  std::uint32_t sent(Direction d) const { return static_cast<std::uint32_t>(streams_[index(d)].size()); }
  std::string_view stream(Direction d) const { return streams_[index(d)]; }
  std::vector<PlannedPacket>& packets() { return packets_; }
  // The client may speak again: it has seen everything so far.
  std::int64_t client_ready_us() const { return client_ready_us_; }
  bool closed() const { return closed_; }

  std::vector<TransactionTruth> transactions;

 private:
  struct Sent {
    std::uint32_t end;
    std::int64_t time_us;
  };
  static std::size_t index(Direction d) { return static_cast<std::size_t>(d); }
  void plan(std::int64_t at_us, Direction direction, std::uint8_t flags, std::uint32_t sequence, std::uint32_t bytes);
  void plan_acks(Direction of, std::size_t first_segment);
  void send_fin(Direction direction, std::int64_t at_us);

  ConnectionSpec spec_;
  std::array<std::string, 2> streams_;
  std::array<std::vector<Sent>, 2> sent_;
  std::array<std::int64_t, 2> last_us_{};
  std::vector<PlannedPacket> packets_;
  std::int64_t client_ready_us_ = 0;
  bool closed_ = false;
};

}  // namespace bellrock::traffic
