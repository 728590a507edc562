// One frame for each branch of bpf/xdp_steer.bpf.c, with the verdict that it must get under fixture_rules().
// Not among them, because BPF_PROG_TEST_RUN refuses such input and the kernel never makes it: a frame shorter than an
// Ethernet header; and a counter's index beyond its map.
#pragma once

#include "dataplane/steer/rules.h"
#include "tests/system/bpf/frames.h"

namespace bellrock::steer {

inline constexpr std::uint16_t kIp4 = 0x0800, kIp6 = 0x86dd, kArpType = 0x0806, kVlan = 0x8100, kProvider = 0x88a8;
inline const std::string kShared = "192.0.2.1", kOwned = "192.0.2.2", kOther = "192.0.2.3";
inline const std::string kShared6 = "2001:db8::1", kOwned6 = "2001:db8::2", kOther6 = "2001:db8::3";

struct Fixture {
  std::string name;
  Frame frame;
  steer_verdict verdict;
};

inline std::vector<Rule> fixture_rules() {
  std::vector<std::uint16_t> many;
  for (std::uint16_t i = 0; i < STEER_PORTS_MAX; ++i) many.push_back(static_cast<std::uint16_t>(8'001 + i));
  return {{address(kShared), false, {80, 443}},
          {address(kShared6), false, many},
          {address(kOwned), true, {80}},
          {address(kOwned6), true, {}}};
}

inline Frame over4(const std::string& to, Frame::Ipv4 ip = {}) { return Frame().ethernet(kIp4).ipv4(to, ip); }
inline Frame over6(const std::string& to, std::uint8_t next = 6) { return Frame().ethernet(kIp6).ipv6(to, next); }
inline Frame arp_for(const std::string& to, Frame::Arp arp = {}) { return Frame().ethernet(kArpType).arp(to, arp); }
inline Frame solicitation(const std::string& target) { return over6("ff02::1:ff00:2", 58).icmp(135).append_v6(target); }

// RFC 792 and RFC 1191 4, RFC 4443 3.2: a router says that what the address sent was too big.
inline Frame too_big4(const std::string& to) { return over4(to, {.protocol = 1}).icmp(3, 4); }
inline Frame too_big6(const std::string& to) { return over6(to, 58).icmp(2); }

std::vector<Fixture> fixtures();

}  // namespace bellrock::steer
