#include "dataplane/responder/writer.h"

#include <cstring>

#include "dataplane/responder/link_tags.h"
#include "dataplane/wire/checksum.h"
#include "dataplane/wire/ip.h"
#include "dataplane/wire/tcp_header.h"

namespace bellrock::responder {

namespace {

constexpr std::uint8_t kHops = 64;

void store_sum(std::uint8_t* at, std::uint64_t sum) {
  const std::uint16_t field = wire::checksum_of(sum);
  std::memcpy(at, &field, sizeof field);
}

// Version 4, no options, not to be fragmented; without length and addresses (RFC 791; RFC 6864 4.1: no identification).
constexpr std::array<std::uint8_t, 12> kIpv4Start{0x45, 0, 0, 0, 0, 0, 0x40, 0, kHops, wire::kProtocolTcp, 0, 0};
constexpr std::array<std::uint8_t, 8> kIpv6Start{0x60, 0, 0, 0, 0, 0, wire::kProtocolTcp, kHops};

}  // namespace

Writer::Writer(const Config& config, Outbox& outbox) : outbox_(outbox), mac_(config.mac) {
  constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  for (std::size_t i = 0; i < config.addresses.size(); ++i) {
    Local& local = locals_[i];
    local.bytes = config.addresses[i];
    local.ipv4 = std::memcmp(local.bytes.data(), kMapped.data(), kMapped.size()) == 0;
    local.sum = wire::add_to_sum(0, local.ipv4 ? Bytes(local.bytes).subspan(12) : Bytes(local.bytes));
  }
}

std::uint8_t* Writer::begin_frame(const std::uint8_t* mac, std::uint32_t tags, std::uint16_t ether_type) {
  frame_ = outbox_.next();
  if (frame_ == nullptr) return nullptr;
  std::memcpy(frame_, mac, 6);
  std::memcpy(frame_ + 6, mac_.data(), 6);
  std::uint8_t* at = write_tags(frame_ + 12, tags);
  store_be16(at, ether_type);
  network_ = at + 2;
  return network_;
}

void Writer::finish_frame(std::size_t network_bytes) {
  outbox_.filled(static_cast<std::size_t>(network_ - frame_) + network_bytes);
}

std::uint8_t* Writer::begin(const Path& path, const Header& header) {
  const Local& local = locals_[path.address];
  ipv4_ = local.ipv4;
  if (begin_frame(path.mac, path.tags, ipv4_ ? wire::kEtherTypeIpv4 : wire::kEtherTypeIpv6) == nullptr) return nullptr;
  const auto* peer = reinterpret_cast<const std::uint8_t*>(path.peer.data());
  if (ipv4_) {
    std::memcpy(network_, kIpv4Start.data(), kIpv4Start.size());
    std::memcpy(network_ + 12, local.bytes.data() + 12, 4);
    std::memcpy(network_ + 16, peer + 12, 4);
    tcp_ = network_ + wire::kIpv4Bytes;
    addresses_sum_ = local.sum + wire::sum_of<4>(peer + 12);
  } else {
    std::memcpy(network_, kIpv6Start.data(), kIpv6Start.size());
    std::memcpy(network_ + 8, local.bytes.data(), 16);
    std::memcpy(network_ + 24, peer, 16);
    tcp_ = network_ + wire::kIpv6Bytes;
    addresses_sum_ = local.sum + wire::sum_of<16>(peer);
  }
  tcp_header_bytes_ = wire::kTcpBytes + header.options.size();
  store_be16(tcp_, path.local_port);
  store_be16(tcp_ + 2, path.peer_port);
  store_be32(tcp_ + 4, header.sequence);
  store_be32(tcp_ + 8, header.acknowledgement);
  tcp_[12] = static_cast<std::uint8_t>(tcp_header_bytes_ << 2);
  tcp_[13] = header.flags;
  store_be16(tcp_ + 14, header.window);
  std::memset(tcp_ + 16, 0, 4);
  if (!header.options.empty()) std::memcpy(tcp_ + wire::kTcpBytes, header.options.data(), header.options.size());
  return tcp_ + tcp_header_bytes_;
}

void Writer::finish(std::size_t payload_bytes, std::uint64_t payload_sum) {
  const std::size_t segment_bytes = tcp_header_bytes_ + payload_bytes;
  std::uint64_t sum = addresses_sum_ + wire::sum_of_protocol(wire::kProtocolTcp, segment_bytes);
  sum += wire::sum_of<wire::kTcpBytes>(tcp_);
  for (const std::uint8_t* at = tcp_ + wire::kTcpBytes; at != tcp_ + tcp_header_bytes_; at += 4)
    sum += wire::sum_of<4>(at);
  sum += payload_sum;
  sum += sum < payload_sum ? 1 : 0;
  store_sum(tcp_ + 16, sum);
  if (ipv4_) {
    store_be16(network_ + 2, static_cast<std::uint16_t>(wire::kIpv4Bytes + segment_bytes));
    store_sum(network_ + 10, wire::sum_of<wire::kIpv4Bytes>(network_));
    finish_frame(wire::kIpv4Bytes + segment_bytes);
  } else {
    store_be16(network_ + 4, static_cast<std::uint16_t>(segment_bytes));
    finish_frame(wire::kIpv6Bytes + segment_bytes);
  }
}

}  // namespace bellrock::responder
