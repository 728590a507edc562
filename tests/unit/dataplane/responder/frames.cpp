#include "tests/unit/dataplane/responder/frames.h"

namespace bellrock::responder::test {

namespace {

unsigned get16(const Octets& from, std::size_t at) { return from[at] * 256u + from[at + 1]; }
std::uint32_t get32(const Octets& from, std::size_t at) { return get16(from, at) * 65'536u + get16(from, at + 2); }
Octets part(const Octets& from, std::size_t at, std::size_t bytes) {
  return {from.begin() + static_cast<std::ptrdiff_t>(at), from.begin() + static_cast<std::ptrdiff_t>(at + bytes)};
}
void append(Octets& to, const Octets& more) { to.insert(to.end(), more.begin(), more.end()); }

Octets options_of(const TcpFrame& frame) {
  Octets out;
  if (frame.mss) {
    append(out, {2, 4});
    put16(out, *frame.mss);
  }
  if (frame.sack_permitted) append(out, {4, 2});
  if (frame.timestamps) {
    if (!frame.sack_permitted) append(out, {1, 1});
    append(out, {8, 10});
    put32(out, frame.timestamps->first);
    put32(out, frame.timestamps->second);
  }
  if (frame.window_scale) append(out, {1, 3, 3, static_cast<std::uint8_t>(*frame.window_scale)});
  if (!frame.sack.empty()) {
    append(out, {1, 1, 5, static_cast<std::uint8_t>(2 + 8 * frame.sack.size())});
    for (const auto& [begin, end] : frame.sack) {
      put32(out, begin);
      put32(out, end);
    }
  }
  while (out.size() % 4 != 0) out.push_back(0);
  return out;
}

void read_options(const Octets& options, Read& read) {
  TcpFrame& frame = read.frame;
  for (std::size_t i = 0; i < options.size() && options[i] != 0;) {
    if (options[i] == 1) {
      ++i;
      continue;
    }
    if (i + 1 >= options.size() || options[i + 1] < 2 || i + options[i + 1] > options.size()) {
      read.problem = "broken options";
      return;
    }
    const unsigned kind = options[i], bytes = options[i + 1];
    if (kind == 2) frame.mss = static_cast<std::uint16_t>(get16(options, i + 2));
    if (kind == 3) frame.window_scale = options[i + 2];
    if (kind == 4) frame.sack_permitted = true;
    if (kind == 5) {
      for (std::size_t at = i + 2; at + 8 <= i + bytes; at += 8)
        frame.sack.emplace_back(get32(options, at), get32(options, at + 4));
    }
    if (kind == 8) frame.timestamps = {get32(options, i + 2), get32(options, i + 6)};
    i += bytes;
  }
}

void read_tcp(const Octets& segment, Read& read) {
  TcpFrame& frame = read.frame;
  const std::size_t header_bytes = segment.size() < 20 ? 0 : segment[12] / 16 * 4u;
  if (header_bytes < 20 || header_bytes > segment.size()) {
    read.problem = "broken TCP header";
    return;
  }
  Octets summed = pseudo_header(frame.source, frame.destination, 6, segment.size());
  append(summed, segment);
  if (checksum(summed) != 0) read.problem = "wrong TCP checksum";
  read.tcp = true;
  frame.source_port = static_cast<std::uint16_t>(get16(segment, 0));
  frame.destination_port = static_cast<std::uint16_t>(get16(segment, 2));
  frame.sequence = get32(segment, 4);
  frame.acknowledgement = get32(segment, 8);
  frame.flags = segment[13];
  frame.window = static_cast<std::uint16_t>(get16(segment, 14));
  read_options(part(segment, 20, header_bytes - 20), read);
  frame.payload = part(segment, header_bytes, segment.size() - header_bytes);
}

}  // namespace

void put16(Octets& to, unsigned value) {
  to.push_back(static_cast<std::uint8_t>(value >> 8));
  to.push_back(static_cast<std::uint8_t>(value));
}

void put32(Octets& to, std::uint32_t value) {
  put16(to, value >> 16);
  put16(to, value & 0xffff);
}

std::uint16_t checksum(const Octets& data) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < data.size(); ++i) sum += i % 2 == 0 ? data[i] * 256u : data[i];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

Octets pseudo_header(const Octets& source, const Octets& destination, unsigned protocol, std::size_t bytes) {
  Octets out = source;
  append(out, destination);
  put32(out, static_cast<std::uint32_t>(bytes));
  put32(out, protocol);
  return out;
}

Octets link_header(const TcpFrame& frame, unsigned ether_type) {
  Octets out = frame.to_mac;
  append(out, frame.from_mac);
  for (const auto& [type, vlan] : frame.tags) {
    put16(out, type);
    put16(out, vlan);
  }
  put16(out, ether_type);
  return out;
}

Octets ip_packet(const TcpFrame& frame, unsigned protocol, const Octets& payload) {
  Octets out;
  if (frame.ipv6) {
    put32(out, 0x60000000);
    put16(out, static_cast<unsigned>(payload.size()));
    append(out, {static_cast<std::uint8_t>(protocol), 255});
  } else {
    put16(out, 0x4500);
    put16(out, static_cast<unsigned>(20 + payload.size()));
    put32(out, 0x12344000);
    append(out, {57, static_cast<std::uint8_t>(protocol), 0, 0});
  }
  append(out, frame.source);
  append(out, frame.destination);
  if (!frame.ipv6) {
    const unsigned sum = checksum(out);
    out[10] = static_cast<std::uint8_t>(sum >> 8);
    out[11] = static_cast<std::uint8_t>(sum);
  }
  append(out, payload);
  return out;
}

Octets build(const TcpFrame& frame, const std::optional<Octets>& options) {
  const Octets used = options ? *options : options_of(frame);
  Octets segment;
  put16(segment, frame.source_port);
  put16(segment, frame.destination_port);
  put32(segment, frame.sequence);
  put32(segment, frame.acknowledgement);
  segment.push_back(static_cast<std::uint8_t>((20 + used.size()) * 4));
  segment.push_back(frame.flags);
  put16(segment, frame.window);
  put16(segment, 0);
  put16(segment, frame.urgent);
  append(segment, used);
  append(segment, frame.payload);
  Octets summed = pseudo_header(frame.source, frame.destination, 6, segment.size());
  append(summed, segment);
  const unsigned sum = checksum(summed);
  segment[16] = static_cast<std::uint8_t>(sum >> 8);
  segment[17] = static_cast<std::uint8_t>(sum);
  Octets out = link_header(frame, frame.ipv6 ? 0x86dd : 0x0800);
  append(out, ip_packet(frame, 6, segment));
  return out;
}

Read read(const Octets& bytes) {
  Read out;
  TcpFrame& frame = out.frame;
  frame.to_mac = part(bytes, 0, 6);
  frame.from_mac = part(bytes, 6, 6);
  std::size_t at = 12;
  for (; get16(bytes, at) == 0x8100 || get16(bytes, at) == 0x88a8; at += 4)
    frame.tags.emplace_back(get16(bytes, at), get16(bytes, at + 2));
  out.ether_type = get16(bytes, at);
  out.network = part(bytes, at + 2, bytes.size() - at - 2);
  const Octets& ip = out.network;
  if (out.ether_type == 0x0800) {
    if (ip.size() < 20 || ip[0] != 0x45 || get16(ip, 2) != ip.size() || checksum(part(ip, 0, 20)) != 0) {
      out.problem = "broken IPv4 header";
      return out;
    }
    out.protocol = ip[9];
    if (out.protocol == 6 && ((ip[6] & 0x40) == 0 || ip[8] != 64)) out.problem = "fragmentable, or another TTL";
    frame.source = part(ip, 12, 4);
    frame.destination = part(ip, 16, 4);
    if (out.protocol == 6) read_tcp(part(ip, 20, ip.size() - 20), out);
  } else if (out.ether_type == 0x86dd) {
    if (ip.size() < 40 || ip[0] != 0x60 || get16(ip, 4) + 40u != ip.size()) {
      out.problem = "broken IPv6 header";
      return out;
    }
    frame.ipv6 = true;
    out.protocol = ip[6];
    frame.source = part(ip, 8, 16);
    frame.destination = part(ip, 24, 16);
    if (out.protocol == 6) read_tcp(part(ip, 40, ip.size() - 40), out);
  }
  return out;
}

}  // namespace bellrock::responder::test
