#include "tools/traffic/impair.h"

#include <algorithm>

namespace bellrock::traffic {
namespace {

constexpr std::int64_t kRetransmitUs = 300'000;  // latest second copy
constexpr std::int64_t kBurstUs = 1'000;         // segments closer than this belong together

using Packets = std::vector<PlannedPacket>;

// Indexes of the data segments of one direction, in sending order.
std::vector<std::size_t> data_segments(const Packets& packets, Direction direction) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (packets[i].direction == direction && packets[i].payload_bytes > 0) found.push_back(i);
  }
  return found;
}

// A segment that begins with bytes its predecessor has carried already. A full one becomes two that overlap.
void overlap(Packets& packets, Direction direction, const Options& options, std::uint32_t bytes_max, Random& random,
             Truth& truth) {
  const std::vector<std::size_t> segments = data_segments(packets, direction);
  for (std::size_t i = 1; i < segments.size(); ++i) {
    if (!random.chance(options.overlap)) continue;
    PlannedPacket& packet = packets[segments[i]];
    const std::uint32_t before = packets[segments[i - 1]].payload_bytes;
    ++truth.overlapping_packets;
    if (packet.payload_bytes < bytes_max) {
      const auto extra =
          static_cast<std::uint32_t>(random.between(1, std::min(before, bytes_max - packet.payload_bytes)));
      packet.sequence -= extra;
      packet.payload_bytes += extra;
      continue;
    }
    const std::uint32_t middle = packet.payload_bytes / 2;
    PlannedPacket head = packet;
    head.payload_bytes = middle + 40;
    head.flags = tcp_flag::kAck;
    packet.time_us += 1;
    packet.sequence += middle;
    packet.payload_bytes -= middle;
    packets.push_back(head);
  }
}

void copy_later(Packets& packets, double chance, PacketKind kind, Random& random, std::uint64_t& count) {
  if (chance == 0) return;
  const std::int64_t last = packets.back().time_us;
  const std::size_t originals = packets.size();
  for (std::size_t i = 0; i < originals; ++i) {
    if (packets[i].payload_bytes == 0 || !random.chance(chance)) continue;
    PlannedPacket copy = packets[i];
    if (copy.time_us + 2 >= last) continue;  // a copy behind the connection's end would look like a new one
    copy.time_us = random.between(copy.time_us + 1, std::min(copy.time_us + kRetransmitUs, last - 1));
    copy.kind = kind;
    ++count;
    packets.push_back(copy);
  }
}

void duplicate(Packets& packets, double chance, Random& random, std::uint64_t& count) {
  if (chance == 0) return;
  const std::size_t originals = packets.size();
  for (std::size_t i = 0; i < originals; ++i) {
    if (!random.chance(chance)) continue;
    PlannedPacket copy = packets[i];
    copy.time_us += random.between(0, 40);
    ++count;
    packets.push_back(copy);
  }
}

// The captured order of two neighbours in a burst is swapped.
void reorder(Packets& packets, Direction direction, double chance, Random& random, std::uint64_t& count) {
  if (chance == 0) return;
  const std::vector<std::size_t> segments = data_segments(packets, direction);
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    PlannedPacket& first = packets[segments[i]];
    PlannedPacket& second = packets[segments[i + 1]];
    if (second.time_us - first.time_us > kBurstUs || !random.chance(chance)) continue;
    std::swap(first.time_us, second.time_us);
    ++count;
    ++i;  // each packet moves at most once
  }
}

void sort(Packets& packets) {
  for (std::size_t i = 0; i < packets.size(); ++i) packets[i].order = static_cast<std::uint32_t>(i);
  std::sort(packets.begin(), packets.end(), [](const PlannedPacket& a, const PlannedPacket& b) {
    return a.time_us != b.time_us ? a.time_us < b.time_us : a.order < b.order;
  });
}

}  // namespace

void impair(Connection& connection, const Options& options, Random& random, Truth& truth) {
  Packets& packets = connection.packets();
  constexpr std::array kDirections{Direction::kToServer, Direction::kToClient};
  for (const Direction d : kDirections) {
    if (options.overlap > 0) overlap(packets, d, options, connection.spec().segment_bytes_max, random, truth);
  }
  sort(packets);
  for (const Direction d : kDirections) reorder(packets, d, options.reorder, random, truth.reordered_packets);
  sort(packets);
  copy_later(packets, options.retransmit, PacketKind::kCopy, random, truth.retransmitted_packets);
  copy_later(packets, options.conflict, PacketKind::kConflict, random, truth.conflicting_packets);
  sort(packets);
  duplicate(packets, options.duplicate, random, truth.duplicate_packets);
  sort(packets);
}

}  // namespace bellrock::traffic
