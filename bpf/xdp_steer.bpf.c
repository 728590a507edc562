// XDP: configured addresses and ports go to Bellrock's AF_XDP sockets, everything else to the kernel. See README.md.
//
// Runs for every packet of the interface, so it does little: headers, one look-up, one counter. Whatever it does not
// understand passes: a mistake here, or nobody behind the sockets, leaves the machine as it is without Bellrock.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/abi/steer.h"

// The driver of the sockets finds this map by its name and fills it. It is not pinned: each load has its own.
struct {
  __uint(type, BPF_MAP_TYPE_XSKMAP);
  __uint(max_entries, STEER_QUEUES_MAX);
  __type(key, __u32);
  __type(value, __u32);
} xsks_map SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, STEER_ADDRESSES_MAX);
  __type(key, struct steer_address);
  __type(value, struct steer_rule);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} bellrock_rules SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, STEER_VERDICTS);
  __type(key, __u32);
  __type(value, __u64);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} bellrock_counts SEC(".maps");

// Written and read by user space only.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct steer_about);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} bellrock_about SEC(".maps");

// What is left of a packet.
struct cursor {
  void *at;
  void *end;
};

// A header of constant length at the cursor, which moves behind it; none if the packet ends before.
#define TAKE(cursor, type)                                                            \
  ({                                                                                  \
    type *header_ = (cursor)->at;                                                     \
    (void *)(header_ + 1) > (cursor)->end ? NULL : ((cursor)->at = header_ + 1, header_); \
  })

#ifndef NULL
#define NULL ((void *)0)
#endif

struct vlan_tag {
  __be16 control;
  __be16 type;
};

// RFC 826 for Ethernet and IPv4. Addresses are not aligned to their size.
struct arp_packet {
  __be16 hardware;
  __be16 protocol;
  __u8 hardware_bytes;
  __u8 protocol_bytes;
  __be16 operation;
  __u8 sender_mac[ETH_ALEN];
  __u8 sender[4];
  __u8 target_mac[ETH_ALEN];
  __u8 target[4];
} __attribute__((packed));

// RFC 792, RFC 4443 2.1.
struct icmp_packet {
  __u8 type;
  __u8 code;
  __be16 checksum;
  __u32 rest;
};
enum { ICMP4_ECHO_REQUEST = 8, ICMP6_ECHO_REQUEST = 128, ICMP6_NEIGHBOUR_SOLICITATION = 135 };
enum { ICMP4_UNREACHABLE = 3, ICMP4_FRAGMENTATION_NEEDED = 4, ICMP6_PACKET_TOO_BIG = 2 };

// As much of a TCP header as every error quotes (RFC 792).
struct quoted_tcp {
  __be16 source;
  __be16 destination;
  __be32 sequence;
};

// Whom a packet is for.
struct target {
  struct steer_address address;
  __be16 port;
};

static __always_inline void set_ipv4(struct target *target, const void *address) {
  __u32 *words = (__u32 *)target->address.bytes;
  words[0] = words[1] = 0;
  words[2] = bpf_htonl(0xffff);
  __builtin_memcpy(&words[3], address, 4);
}

static __always_inline void set_ipv6(struct target *target, const void *address) {
  __builtin_memcpy(target->address.bytes, address, sizeof target->address.bytes);
}

static __always_inline int is_vlan(__be16 type) {
  return type == bpf_htons(ETH_P_8021Q) || type == bpf_htons(ETH_P_8021AD) || type == bpf_htons(0x9100) ||
         type == bpf_htons(0x9200);
}

// The functions on_… return why the packet passes whatever the rules say, or what it is if they want it.

static __always_inline enum steer_verdict on_arp(struct cursor *packet, struct target *target) {
  struct arp_packet *arp = TAKE(packet, struct arp_packet);
  if (!arp) return STEER_PASS_TRUNCATED;
  if (arp->hardware != bpf_htons(1) || arp->protocol != bpf_htons(ETH_P_IP) || arp->hardware_bytes != ETH_ALEN ||
      arp->protocol_bytes != 4 || arp->operation != bpf_htons(1))
    return STEER_PASS_ARP;
  set_ipv4(target, arp->target);
  return STEER_ARP;
}

static __always_inline enum steer_verdict on_tcp(struct cursor *packet, struct target *target) {
  struct tcphdr *tcp = TAKE(packet, struct tcphdr);
  if (!tcp || tcp->doff < 5) return STEER_PASS_TRUNCATED;
  target->port = tcp->dest;
  return STEER_TCP;
}

// Which port of the target's address sent the packet that an error quotes; 0, which no rule has, when none did.
static __always_inline __be16 sent_from(struct cursor *packet) {
  struct quoted_tcp *tcp = TAKE(packet, struct quoted_tcp);
  return tcp ? tcp->source : 0;
}

// We send neither options nor extension headers, so what has them is not ours.
static __always_inline enum steer_verdict on_error4(struct cursor *packet, struct target *target, __be32 to) {
  struct iphdr *ip = TAKE(packet, struct iphdr);
  if (ip && ip->version == 4 && ip->ihl == 5 && ip->protocol == IPPROTO_TCP && ip->saddr == to)
    target->port = sent_from(packet);
  return STEER_ICMP_ERROR;
}

static __always_inline enum steer_verdict on_error6(struct cursor *packet, struct target *target) {
  struct ipv6hdr *ip = TAKE(packet, struct ipv6hdr);
  if (!ip || ip->version != 6 || ip->nexthdr != IPPROTO_TCP) return STEER_ICMP_ERROR;
  struct target quoted = {};
  set_ipv6(&quoted, &ip->saddr);
  const __u64 *one = (const __u64 *)quoted.address.bytes, *other = (const __u64 *)target->address.bytes;
  if (one[0] == other[0] && one[1] == other[1]) target->port = sent_from(packet);
  return STEER_ICMP_ERROR;
}

static __always_inline enum steer_verdict on_ipv4(struct cursor *packet, struct target *target) {
  struct iphdr *ip = TAKE(packet, struct iphdr);
  if (!ip || ip->version != 4 || ip->ihl < 5) return STEER_PASS_TRUNCATED;
  if (ip->frag_off & bpf_htons(0x3fff)) return STEER_PASS_FRAGMENT;  // more to come, or an offset
  if (ip->ihl != 5) return STEER_PASS_OPTIONS;
  set_ipv4(target, &ip->daddr);
  if (ip->protocol == IPPROTO_TCP) return on_tcp(packet, target);
  if (ip->protocol != IPPROTO_ICMP) return STEER_PASS_PROTOCOL;
  struct icmp_packet *icmp = TAKE(packet, struct icmp_packet);
  if (!icmp) return STEER_PASS_TRUNCATED;
  if (icmp->type == ICMP4_UNREACHABLE && icmp->code == ICMP4_FRAGMENTATION_NEEDED)
    return on_error4(packet, target, ip->daddr);
  return icmp->type == ICMP4_ECHO_REQUEST ? STEER_ECHO : STEER_PASS_ICMP;
}

static __always_inline enum steer_verdict on_icmpv6(struct cursor *packet, struct target *target) {
  struct icmp_packet *icmp = TAKE(packet, struct icmp_packet);
  if (!icmp) return STEER_PASS_TRUNCATED;
  if (icmp->type == ICMP6_ECHO_REQUEST) return STEER_ECHO;
  if (icmp->type == ICMP6_PACKET_TOO_BIG) return on_error6(packet, target);
  if (icmp->type != ICMP6_NEIGHBOUR_SOLICITATION) return STEER_PASS_ICMP;
  struct in6_addr *wanted = TAKE(packet, struct in6_addr);
  if (!wanted) return STEER_PASS_TRUNCATED;
  set_ipv6(target, wanted);
  return STEER_NEIGHBOUR;
}

static __always_inline int is_extension(__u8 next) {
  return next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS || next == IPPROTO_AH ||
         next == IPPROTO_MH || next == 139 || next == 140;  // host identity, shim6
}

static __always_inline enum steer_verdict on_ipv6(struct cursor *packet, struct target *target) {
  struct ipv6hdr *ip = TAKE(packet, struct ipv6hdr);
  if (!ip || ip->version != 6) return STEER_PASS_TRUNCATED;
  set_ipv6(target, &ip->daddr);
  if (ip->nexthdr == IPPROTO_TCP) return on_tcp(packet, target);
  if (ip->nexthdr == IPPROTO_ICMPV6) return on_icmpv6(packet, target);
  if (ip->nexthdr == IPPROTO_FRAGMENT) return STEER_PASS_FRAGMENT;
  return is_extension(ip->nexthdr) ? STEER_PASS_OPTIONS : STEER_PASS_PROTOCOL;
}

static __always_inline enum steer_verdict on_frame(struct cursor *packet, struct target *target) {
  struct ethhdr *ethernet = TAKE(packet, struct ethhdr);
  if (!ethernet) return STEER_PASS_TRUNCATED;
  __be16 type = ethernet->h_proto;
#pragma unroll
  for (int tags = 0; tags < STEER_VLAN_TAGS_MAX; ++tags) {
    if (!is_vlan(type)) break;
    struct vlan_tag *tag = TAKE(packet, struct vlan_tag);
    if (!tag) return STEER_PASS_TRUNCATED;
    type = tag->type;
  }
  if (type == bpf_htons(ETH_P_IP)) return on_ipv4(packet, target);
  if (type == bpf_htons(ETH_P_IPV6)) return on_ipv6(packet, target);
  if (type == bpf_htons(ETH_P_ARP)) return on_arp(packet, target);
  return is_vlan(type) ? STEER_PASS_VLAN_DEPTH : STEER_PASS_NOT_IP;
}

static __always_inline enum steer_verdict by_rule(enum steer_verdict kind, const struct target *target) {
  const struct steer_rule *rule = bpf_map_lookup_elem(&bellrock_rules, &target->address);
  const int owned = rule && (rule->flags & STEER_OWNED);
  if (kind == STEER_ARP) return owned ? STEER_ARP : STEER_PASS_ARP;
  if (kind != STEER_TCP && owned) return kind;
  if (kind != STEER_TCP && (kind != STEER_ICMP_ERROR || !rule)) return STEER_PASS_ICMP;
  if (!rule) return STEER_PASS_ADDRESS;
  for (__u32 i = 0; i < STEER_PORTS_MAX && i < rule->port_count; ++i)
    if (rule->ports[i] == target->port) return kind;
  if (kind == STEER_ICMP_ERROR) return STEER_PASS_ICMP;
  return owned ? STEER_OWNED_TCP : STEER_PASS_PORT;
}

static __always_inline void count(enum steer_verdict verdict) {
  __u32 key = verdict;
  __u64 *packets = bpf_map_lookup_elem(&bellrock_counts, &key);
  if (packets) ++*packets;  // this CPU's own
}

SEC("xdp")
int xdp_steer(struct xdp_md *context) {
  struct cursor packet = {(void *)(long)context->data, (void *)(long)context->data_end};
  struct target target = {};
  enum steer_verdict verdict = on_frame(&packet, &target);
  if (verdict < STEER_TO_BELLROCK) verdict = by_rule(verdict, &target);
  int action = XDP_PASS;
  if (verdict < STEER_TO_BELLROCK) {
    // XDP_PASS where the queue has no socket, which is what makes it fail open.
    action = (int)bpf_redirect_map(&xsks_map, context->rx_queue_index, XDP_PASS);
    if (action != XDP_REDIRECT) verdict = STEER_PASS_NO_SOCKET;
  }
  count(verdict);
  return action;
}

char steer_license[] SEC("license") = "Apache-2.0";
