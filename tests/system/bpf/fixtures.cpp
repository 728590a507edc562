#include "tests/system/bpf/fixtures.h"

namespace bellrock::steer {
namespace {

using Fixtures = std::vector<Fixture>;

void tcp(Fixtures& to) {
  to.push_back({"IPv4, first port", over4(kShared).tcp(80).payload(100), STEER_TCP});
  to.push_back({"IPv4, second port, padded", over4(kShared).tcp(443).payload(6), STEER_TCP});
  to.push_back({"IPv4, another port", over4(kShared).tcp(81), STEER_PASS_PORT});
  to.push_back({"IPv4, port in the other byte order", over4(kShared).tcp(80 << 8), STEER_PASS_PORT});
  to.push_back({"IPv4, another address", over4(kOther).tcp(80), STEER_PASS_ADDRESS});
  to.push_back({"IPv4, options of TCP", over4(kShared).tcp(80, 10).payload(20), STEER_TCP});
  to.push_back({"IPv4, TCP header too short", over4(kShared).tcp(80, 4), STEER_PASS_TRUNCATED});
  to.push_back({"IPv4, not to be fragmented", over4(kShared, {.fragment = 0x4000}).tcp(80), STEER_TCP});
  to.push_back({"IPv6, first of 16 ports", over6(kShared6).tcp(8'001), STEER_TCP});
  to.push_back({"IPv6, last of 16 ports", over6(kShared6).tcp(8'016), STEER_TCP});
  to.push_back({"IPv6, behind the last port", over6(kShared6).tcp(8'017), STEER_PASS_PORT});
  to.push_back({"IPv4, port 0, as the unused rest of the list", over4(kShared).tcp(0), STEER_PASS_PORT});
  to.push_back({"IPv6, another address", over6(kOther6).tcp(80), STEER_PASS_ADDRESS});
  to.push_back({"IPv6, an IPv4 address mapped", over6("::ffff:" + kShared).tcp(80), STEER_TCP});
  to.push_back({"owned IPv4, configured port", over4(kOwned).tcp(80), STEER_TCP});
  to.push_back({"owned IPv4, another port", over4(kOwned).tcp(22), STEER_OWNED_TCP});
  to.push_back({"owned IPv6, any port", over6(kOwned6).tcp(22), STEER_OWNED_TCP});
}

void headers(Fixtures& to) {
  to.push_back({"IPv4, wrong version", over4(kShared, {.version_and_words = 0x65}).tcp(80), STEER_PASS_TRUNCATED});
  to.push_back({"IPv4, header too short", over4(kShared, {.version_and_words = 0x44}).tcp(80), STEER_PASS_TRUNCATED});
  to.push_back({"IPv4, options", over4(kShared, {.version_and_words = 0x46}).tcp(80), STEER_PASS_OPTIONS});
  to.push_back({"IPv4, first fragment", over4(kShared, {.fragment = 0x2000}).tcp(80), STEER_PASS_FRAGMENT});
  to.push_back({"IPv4, last fragment", over4(kShared, {.fragment = 185}).tcp(80), STEER_PASS_FRAGMENT});
  to.push_back({"IPv4, fragment of an owned address", over4(kOwned, {.fragment = 1}).tcp(80), STEER_PASS_FRAGMENT});
  to.push_back({"IPv4, UDP", over4(kShared, {.protocol = 17}).payload(20), STEER_PASS_PROTOCOL});
  to.push_back({"IPv6, wrong version", Frame().ethernet(kIp6).ipv6(kShared6, 6, 0x40).tcp(80), STEER_PASS_TRUNCATED});
  to.push_back({"IPv6, UDP", over6(kShared6, 17).payload(20), STEER_PASS_PROTOCOL});
  to.push_back({"IPv6, fragment", over6(kShared6, 44).payload(8).tcp(80), STEER_PASS_FRAGMENT});
  for (const std::uint8_t next : std::initializer_list<std::uint8_t>{0, 43, 51, 60, 135, 139, 140}) {
    to.push_back({"IPv6, extension header " + std::to_string(next), over6(kShared6, next).payload(8).tcp(80),
                  STEER_PASS_OPTIONS});
  }
  to.push_back({"LLDP", Frame().ethernet(0x88cc).payload(40), STEER_PASS_NOT_IP});
}

void tags(Fixtures& to) {
  for (const std::uint16_t type : std::initializer_list<std::uint16_t>{0x8100, 0x88a8, 0x9100, 0x9200}) {
    to.push_back(
        {"tag " + std::to_string(type), Frame().ethernet(type).tag(kIp4).ipv4(kShared, {}).tcp(80), STEER_TCP});
  }
  const Frame two = Frame().ethernet(kProvider).tag(kVlan);
  to.push_back({"QinQ, IPv4", Frame(two).tag(kIp4, 7).ipv4(kShared, {}).tcp(80), STEER_TCP});
  to.push_back({"QinQ, IPv6", Frame(two).tag(kIp6, 7).ipv6(kShared6).tcp(8'001), STEER_TCP});
  to.push_back({"QinQ, ARP", Frame(two).tag(kArpType).arp(kOwned, {}), STEER_ARP});
  to.push_back({"three tags", Frame(two).tag(kVlan).tag(kIp4).ipv4(kShared, {}).tcp(80), STEER_PASS_VLAN_DEPTH});
  to.push_back({"tagged, not IP", Frame().ethernet(kVlan).tag(0x88cc).payload(40), STEER_PASS_NOT_IP});
  to.push_back({"a tag that is cut", Frame().ethernet(kVlan).payload(3), STEER_PASS_TRUNCATED});
  to.push_back({"a second tag that is cut", Frame(two).payload(3), STEER_PASS_TRUNCATED});
}

void neighbours(Fixtures& to) {
  to.push_back({"ARP for an owned address", arp_for(kOwned), STEER_ARP});
  to.push_back({"ARP for a shared address", arp_for(kShared), STEER_PASS_ARP});
  to.push_back({"ARP for another address", arp_for(kOther), STEER_PASS_ARP});
  to.push_back({"ARP, not Ethernet", arp_for(kOwned, {.hardware = 6}), STEER_PASS_ARP});
  to.push_back({"ARP, not IPv4", arp_for(kOwned, {.protocol = kIp6}), STEER_PASS_ARP});
  to.push_back({"ARP, other hardware length", arp_for(kOwned, {.hardware_bytes = 8}), STEER_PASS_ARP});
  to.push_back({"ARP, other protocol length", arp_for(kOwned, {.protocol_bytes = 16}), STEER_PASS_ARP});
  to.push_back({"ARP reply", arp_for(kOwned, {.operation = 2}), STEER_PASS_ARP});
  to.push_back({"solicitation, owned", solicitation(kOwned6), STEER_NEIGHBOUR});
  to.push_back({"solicitation, shared", solicitation(kShared6), STEER_PASS_ICMP});
  to.push_back({"solicitation, other", solicitation(kOther6), STEER_PASS_ICMP});
  // Neighbours in number, which name an owned address as well.
  to.push_back({"advertisement", over6(kShared6, 58).icmp(136).append_v6(kOwned6), STEER_PASS_ICMP});
  to.push_back({"router's advertisement", over6(kShared6, 58).icmp(134).append_v6(kOwned6), STEER_PASS_ICMP});
}

void icmp(Fixtures& to) {
  to.push_back({"echo, owned", over4(kOwned, {.protocol = 1}).icmp(8).payload(56), STEER_ECHO});
  to.push_back({"echo, shared", over4(kShared, {.protocol = 1}).icmp(8), STEER_PASS_ICMP});
  to.push_back({"echo, other", over4(kOther, {.protocol = 1}).icmp(8), STEER_PASS_ICMP});
  to.push_back({"echo reply", over4(kOwned, {.protocol = 1}).icmp(0), STEER_PASS_ICMP});
  to.push_back({"unreachable", over4(kOwned, {.protocol = 1}).icmp(3).payload(28), STEER_PASS_ICMP});
  to.push_back({"ICMPv6 echo, owned", over6(kOwned6, 58).icmp(128), STEER_ECHO});
  to.push_back({"ICMPv6 echo, shared", over6(kShared6, 58).icmp(128), STEER_PASS_ICMP});
  to.push_back({"ICMPv6 unreachable", over6(kOwned6, 58).icmp(1).quote6(kOwned6, 80, {}), STEER_PASS_ICMP});
}

void errors(Fixtures& to) {
  to.push_back({"too big, owned", too_big4(kOwned).quote4(kOwned, 80, {}), STEER_ICMP_ERROR});
  to.push_back({"too big, owned, quotes nothing", too_big4(kOwned), STEER_ICMP_ERROR});
  to.push_back({"too big, shared", too_big4(kShared).quote4(kShared, 443, {}), STEER_ICMP_ERROR});
  to.push_back({"too big, shared, another port", too_big4(kShared).quote4(kShared, 22, {}), STEER_PASS_ICMP});
  to.push_back({"too big, shared, port 0", too_big4(kShared).quote4(kShared, 0, {}), STEER_PASS_ICMP});
  to.push_back({"too big, shared, of another's", too_big4(kShared).quote4(kOther, 80, {}), STEER_PASS_ICMP});
  to.push_back({"too big, shared, UDP", too_big4(kShared).quote4(kShared, 80, {.protocol = 17}), STEER_PASS_ICMP});
  to.push_back({"too big, shared, options", too_big4(kShared).quote4(kShared, 80, {.first = 0x46}), STEER_PASS_ICMP});
  to.push_back({"too big, shared, version", too_big4(kShared).quote4(kShared, 80, {.first = 0x65}), STEER_PASS_ICMP});
  to.push_back({"too big, other", too_big4(kOther).quote4(kOther, 80, {}), STEER_PASS_ICMP});
  to.push_back({"port unreachable, shared", over4(kShared, {.protocol = 1}).icmp(3, 3).quote4(kShared, 80, {}),
                STEER_PASS_ICMP});
  to.push_back({"ICMPv6 too big, owned", too_big6(kOwned6).quote6(kOwned6, 80, {}), STEER_ICMP_ERROR});
  to.push_back({"ICMPv6 too big, owned, quotes nothing", too_big6(kOwned6), STEER_ICMP_ERROR});
  to.push_back({"ICMPv6 too big, shared", too_big6(kShared6).quote6(kShared6, 8'016, {}), STEER_ICMP_ERROR});
  to.push_back({"ICMPv6 too big, another port", too_big6(kShared6).quote6(kShared6, 22, {}), STEER_PASS_ICMP});
  to.push_back({"ICMPv6 too big, of another's", too_big6(kShared6).quote6(kOther6, 8'001, {}), STEER_PASS_ICMP});
  to.push_back({"ICMPv6 too big, UDP", too_big6(kShared6).quote6(kShared6, 8'001, {.protocol = 17}), STEER_PASS_ICMP});
  to.push_back(
      {"ICMPv6 too big, version", too_big6(kShared6).quote6(kShared6, 8'001, {.first = 0x40}), STEER_PASS_ICMP});
  to.push_back({"ICMPv6 too big, other", too_big6(kOther6).quote6(kOther6, 80, {}), STEER_PASS_ICMP});
  // A quote that is cut says too little about a shared address.
  for (const std::size_t end : {43U, 61U, 62U, 69U}) {
    to.push_back({"too big cut to " + std::to_string(end), too_big4(kShared).quote4(kShared, 80, {}).cut_to(end),
                  STEER_PASS_ICMP});
  }
  for (const std::size_t end : {63U, 101U, 102U, 109U}) {
    to.push_back({"ICMPv6 too big cut to " + std::to_string(end),
                  too_big6(kShared6).quote6(kShared6, 8'001, {}).cut_to(end), STEER_PASS_ICMP});
  }
}

// Each header of each kind of packet ends too early by one byte, and by all but one.
void cuts(Fixtures& to) {
  struct Whole {
    std::string name;
    Frame frame;
    std::vector<std::size_t> header_ends;
  };
  const std::vector<Whole> wholes{
      {"IPv4 TCP", over4(kShared).tcp(80), {14, 34, 54}},
      {"IPv4 echo", over4(kOwned, {.protocol = 1}).icmp(8), {34, 42}},
      {"too big", too_big4(kOwned), {34, 42}},
      {"ICMPv6 too big", too_big6(kOwned6), {54, 62}},
      {"IPv6 TCP", over6(kShared6).tcp(8'001), {14, 54, 74}},
      {"IPv6 echo", over6(kOwned6, 58).icmp(128), {54, 62}},
      {"solicitation", solicitation(kOwned6), {62, 78}},
      {"ARP", arp_for(kOwned), {14, 42}},
  };
  for (const Whole& whole : wholes) {
    for (std::size_t i = 1; i < whole.header_ends.size(); ++i) {
      for (const std::size_t end : {whole.header_ends[i - 1] + 1, whole.header_ends[i] - 1}) {
        to.push_back({whole.name + " cut to " + std::to_string(end), whole.frame.cut_to(end), STEER_PASS_TRUNCATED});
      }
    }
  }
}

}  // namespace

std::vector<Fixture> fixtures() {
  Fixtures all;
  tcp(all);
  headers(all);
  tags(all);
  neighbours(all);
  icmp(all);
  errors(all);
  cuts(all);
  return all;
}

}  // namespace bellrock::steer
