/* What bpf/xdp_steer.bpf.c and user space agree on: maps, their keys and values, and the closed list of verdicts.
 * Plain C, because the program is; included by the program and by dataplane/steer only. Bounds: STEER_ADDRESSES_MAX
 * addresses with STEER_PORTS_MAX ports each. Whoever changes a size, an order or a meaning raises STEER_ABI.
 */
#pragma once

#include <linux/types.h>

#define STEER_ABI 2

/* Names of maps are names of files in bpffs, and at most 15 characters, which is what the kernel keeps. */
#define STEER_RULES_MAP "bellrock_rules"
#define STEER_COUNTS_MAP "bellrock_counts"
#define STEER_ABOUT_MAP "bellrock_about"
#define STEER_PROGRAM "xdp_steer"

#define STEER_ADDRESSES_MAX 256
#define STEER_PORTS_MAX 16
/* More receive queues than any interface that is steered has; the sockets' map has an entry for each. */
#define STEER_QUEUES_MAX 64
/* A provider's and a customer's tag (QinQ). */
#define STEER_VLAN_TAGS_MAX 2

/* Key of bellrock_rules. IPv4 addresses are written as ::ffff:a.b.c.d (RFC 4291 2.5.5.2). */
struct steer_address {
  __u8 bytes[16];
} __attribute__((aligned(4)));

/* Bellrock owns the whole address: ARP, neighbour solicitation, echo requests, errors about what was too big, and every
 * TCP port are its own. */
#define STEER_OWNED 1U

/* Value of bellrock_rules. Replaced as a whole, so a packet sees the old rule or the new one. */
struct steer_rule {
  __u32 flags;
  __u32 port_count;
  __be16 ports[STEER_PORTS_MAX]; /* in network byte order */
};

/* The value of bellrock_about, for whoever comes after a kill: what was attached, and where. */
struct steer_about {
  __u32 abi;
  __u32 interface;  /* its index */
  __u8 tag[8];      /* of the program, as the kernel computes it */
  __u8 counter[16]; /* who counts what bellrock_counts has, so that the next start of the same one goes on; 0: nobody */
};

/* Why a packet went where it went: exactly one for each packet. X(symbol, name). Those that go to Bellrock come first;
 * STEER_TO_BELLROCK says how many they are.
 */
#define STEER_VERDICT_LIST(X)                                                                                    \
  X(STEER_TCP, "tcp")                         /* TCP to a configured address and port */                         \
  X(STEER_OWNED_TCP, "owned_tcp")             /* TCP to another port of an owned address */                      \
  X(STEER_ARP, "arp")                         /* ARP request for an owned address (RFC 826) */                   \
  X(STEER_NEIGHBOUR, "neighbour")             /* neighbour solicitation for an owned address (RFC 4861 4.3) */   \
  X(STEER_ECHO, "echo")                       /* echo request to an owned address (RFC 792, RFC 4443 4.1) */     \
  X(STEER_ICMP_ERROR, "icmp_error")           /* that a packet of ours was too big (RFC 1191 4, RFC 4443 3.2) */ \
  X(STEER_PASS_NO_SOCKET, "pass_no_socket")   /* ours, but nobody polls its queue: fails open */                 \
  X(STEER_PASS_TRUNCATED, "pass_truncated")   /* ends inside a header, or a header contradicts itself */         \
  X(STEER_PASS_VLAN_DEPTH, "pass_vlan_depth") /* more than STEER_VLAN_TAGS_MAX tags */                           \
  X(STEER_PASS_NOT_IP, "pass_not_ip")         /* neither IP nor ARP */                                           \
  X(STEER_PASS_ARP, "pass_arp")               /* replies, and requests for addresses that are not owned */       \
  X(STEER_PASS_OPTIONS, "pass_options")       /* IPv4 options or IPv6 extension headers */                       \
  X(STEER_PASS_FRAGMENT, "pass_fragment")     /* any fragment, the first one too */                              \
  X(STEER_PASS_PROTOCOL, "pass_protocol")     /* neither TCP nor ICMP */                                         \
  X(STEER_PASS_ICMP, "pass_icmp")             /* other errors, others' errors, echo to a shared address */       \
  X(STEER_PASS_ADDRESS, "pass_address")       /* TCP to an address that is not configured */                     \
  X(STEER_PASS_PORT, "pass_port")             /* TCP to a configured address, but another port */

#define STEER_VERDICT_SYMBOL(symbol, name) symbol,
enum steer_verdict { STEER_VERDICT_LIST(STEER_VERDICT_SYMBOL) STEER_VERDICTS };
#define STEER_TO_BELLROCK STEER_PASS_NO_SOCKET
