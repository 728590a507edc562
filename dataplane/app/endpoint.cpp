#include "dataplane/app/endpoint.h"

#include <bit>

namespace bellrock::app {
namespace {

static_assert(journey::kServeDeadlineMax <= responder::kDeadlineMax);
static_assert(kServedHeadersMax <= server::kConfiguredHeadersMax);
static_assert(kServedAddressesMax <= responder::kAddressesMax);

std::vector<responder::Address> octets_of(const std::vector<journey::IpAddress>& addresses) {
  std::vector<responder::Address> all;
  for (const journey::IpAddress& address : addresses) all.push_back(octets_of(address));
  return all;
}

SipKey derived(SipKey secret, std::uint8_t purpose) {
  const Hash128 hash = siphash128(secret, {&purpose, 1});
  return {hash.low, hash.high};
}

responder::Config stack_config(const journey::Definition& definition, const EndpointSetup& setup,
                               std::span<const responder::Address> addresses) {
  const journey::Serve& serve = definition.serve;
  responder::Config config;
  config.mac = setup.mac;
  config.addresses = addresses;
  config.ports = serve.ports;
  config.mtu = serve.mtu != 0 ? std::min(serve.mtu, setup.mtu) : setup.mtu;
  config.secret = derived(setup.secret, 1);
  config.connections = definition.limits.connections_per_core;
  // Connections that ended within a minute; as many as there can be, up to where a stub is forgotten early.
  config.time_wait_stubs = std::max(std::bit_ceil(std::min(config.connections, 1u << 20)), 1u << 16);
  config.connections_per_source = serve.connections_per_source;
  config.out_of_order_bytes = serve.out_of_order_bytes;
  config.idle = serve.idle;
  config.reply_timeout = serve.reply_timeout;
  config.resets_per_second = serve.resets_per_second;
  config.syn_acks_per_second = serve.syn_acks_per_second;
  return config;
}

server::Config server_config(const journey::Definition& definition, const EndpointSetup& setup) {
  const journey::Serve& serve = definition.serve;
  server::Config config;
  config.connections = definition.limits.connections_per_core;
  config.body_bytes_max = definition.limits.body_bytes_max;
  config.pool_blocks = serve.pool_blocks;
  config.head_timeout = serve.head_timeout;
  config.body_timeout = serve.body_timeout;
  config.requests_per_connection = serve.requests_per_connection;
  config.requests_per_second = serve.requests_per_second;
  config.request_burst = serve.request_burst;
  config.health_path = serve.health_path;
  config.snippet = {.path = serve.snippet_path,
                    .plain = setup.snippet,
                    .gzip = setup.snippet_gzip,
                    .max_age_s = static_cast<std::uint32_t>(serve.snippet_max_age / kSecond)};
  config.secret = derived(setup.secret, 2);
  return config;
}

}  // namespace

Endpoint::Endpoint(const journey::Definition& definition, const Keys& keys, const EndpointSetup& setup,
                   Counters& counters, Router& router)
    : counters_(counters),
      intake_(definition, keys, counters, router, nullptr),
      requests_(counters, intake_, static_cast<std::size_t>(Header::kCount) + definition.headers.size()),
      addresses_(octets_of(definition.serve.addresses)),
      blocks_(definition.serve.pool_blocks),
      limit_(definition.limits.connections_per_core),
      server_(server_config(definition, setup), definition.headers, replies_, counters, requests_),
      responder_(stack_config(definition, setup, addresses_), replies_, outbox_, counters, server_) {}

void Endpoint::on_frames(std::span<const Packet> frames) {
  const Instant now = frames.back().time;
  intake_.at({.time = now, .ordinal = frames.front().ordinal, .noticed = {}});
  server_.set_time(now);
  responder_.set_window(window());
  std::uint64_t bytes = 0;
  for (const Packet& frame : frames) bytes += frame.wire_bytes;
  counters_.add(PacketCount::kPackets, frames.size());
  counters_.add(PacketCount::kBytes, bytes);
  counters_.add(PacketCount::kPassed, frames.size());  // each has a FrameVerdict
  requests_.begin_burst(frames);
  responder_.on_burst(frames, now, verdicts_);
  requests_.end_burst();
}

void Endpoint::expire(Instant now, std::uint64_t ordinal) {
  if (!now.seen()) return;
  intake_.at({.time = now, .ordinal = ordinal == 0 ? 0 : ordinal - 1, .noticed = now});
  server_.set_time(now);
  responder_.advance(now);
}

// What all peers together may still send before the fuller of the two stores is: for requests in pieces, and for bytes
// out of order. Two segments are always allowed, so that what is half here can become whole; deadlines end the rest.
std::uint16_t Endpoint::window() const {
  constexpr std::uint64_t kFull = 0xffff, kLeast = 2 * 1'460;
  const std::uint64_t pool = server_.free_blocks() * kFull * 2 / std::max(blocks_, 1u);
  const std::uint64_t kept =
      responder_.out_of_order_blocks_free() * kFull * 2 / std::max(responder_.out_of_order_blocks(), 1u);
  return static_cast<std::uint16_t>(std::clamp(std::min(pool, kept), kLeast, kFull));
}

}  // namespace bellrock::app
