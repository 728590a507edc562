// Answers for our addresses on the link and below TCP: ARP (RFC 826), neighbour discovery (RFC 4861), echo (RFC 1122
// 3.2.2.6, RFC 4443 4.2). It keeps no neighbours of its own: segments go back to where they came from.
// One thread; one frame out at most for one in.
#pragma once

#include <optional>

#include "dataplane/responder/inbound.h"
#include "dataplane/responder/limits.h"
#include "dataplane/responder/writer.h"

namespace bellrock::responder {

class Neighbour {
 public:
  Neighbour(const Config& config, const Reader& reader, Writer& writer)
      : reader_(reader), writer_(writer), echoes_(config.echoes_per_second), mtu_(config.mtu) {}

  // Of kArp, kIcmp4 and kIcmp6. An ICMP error is the stack's to judge: kIcmpErrorTaken means "ask it".
  [[nodiscard]] FrameVerdict answer(const Inbound& in, std::uint32_t now_ms);

 private:
  FrameVerdict answer_arp(const Inbound& in);
  FrameVerdict answer_icmp4(const Inbound& in, std::uint32_t now_ms);
  FrameVerdict answer_icmp6(const Inbound& in, std::uint32_t now_ms);
  FrameVerdict answer_solicitation(const Inbound& in);
  FrameVerdict answer_echo6(const Inbound& in, std::uint32_t now_ms);

  const Reader& reader_;
  Writer& writer_;
  RateLimit echoes_;
  std::uint16_t mtu_;
};

// The segment that an ICMP error quotes.
struct Quoted {
  bool too_big = false;   // it did not fit the path
  std::uint32_t mtu = 0;  // of the next link, when too_big; 0: not said
  std::uint32_t sequence = 0;
  Inbound flow;  // address, peer, ports, tags: as if the peer had sent
};
[[nodiscard]] std::optional<Quoted> quoted_segment(const Inbound& error, const Reader& reader);

}  // namespace bellrock::responder
