#include "tools/impair/link.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace bellrock::impair {
namespace {

constexpr std::size_t kFrameBytesMax = 65'536 + 64;
constexpr int kReceiveBytes = 32 * 1024 * 1024;

template <typename T>
bool set(int fd, int level, int option, const T& value) {
  return ::setsockopt(fd, level, option, &value, sizeof value) == 0;
}

bool prepare(int fd, unsigned index) {
  packet_mreq promiscuous = {};
  promiscuous.mr_ifindex = static_cast<int>(index);
  promiscuous.mr_type = PACKET_MR_PROMISC;
  (void)set(fd, SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBytes);  // less room means more missed, which is counted
  sockaddr_ll address = {};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(index);
  return set(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, promiscuous) && set(fd, SOL_PACKET, PACKET_AUXDATA, 1) &&
         set(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1) && set(fd, SOL_PACKET, PACKET_QDISC_BYPASS, 1) &&
         ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

void put_back(Frame& frame, const tpacket_auxdata& about) {
  if ((about.tp_status & TP_STATUS_VLAN_VALID) != 0 && frame.size() >= 12) {
    std::uint8_t tag[4];
    store_be16(tag,
               (about.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0 ? about.tp_vlan_tpid : std::uint16_t{ETH_P_8021Q});
    store_be16(tag + 2, about.tp_vlan_tci);
    frame.insert(frame.begin() + 12, tag, tag + 4);
  }
  if ((about.tp_status & TP_STATUS_CSUMNOTREADY) != 0) {
    if (const auto tcp = find_tcp(frame)) write_checksums(frame, *tcp);
  }
}

}  // namespace

Result<Link> Link::open(const std::string& interface) {
  const unsigned index = if_nametoindex(interface.c_str());
  if (index == 0) return Failure{Error{"no such interface, errno", errno}};
  const int fd = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (fd < 0) return Failure{Error{"no raw socket, errno", errno}};
  Link link(fd);
  if (!prepare(fd, index)) return Failure{Error{"the raw socket cannot be set up, errno", errno}};
  return link;
}

Link::Link(Link&& other) noexcept : fd_(std::exchange(other.fd_, -1)), missed_(other.missed_) {}

Link::~Link() {
  if (fd_ >= 0) ::close(fd_);
}

bool Link::receive(Frame& frame) {
  frame.resize(kFrameBytesMax);
  iovec part = {frame.data(), frame.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(tpacket_auxdata))];
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t bytes = ::recvmsg(fd_, &message, MSG_DONTWAIT);
  if (bytes <= 0) return false;
  frame.resize(static_cast<std::size_t>(bytes));
  for (cmsghdr* part_of = CMSG_FIRSTHDR(&message); part_of != nullptr; part_of = CMSG_NXTHDR(&message, part_of)) {
    if (part_of->cmsg_level != SOL_PACKET || part_of->cmsg_type != PACKET_AUXDATA) continue;
    tpacket_auxdata about;
    std::memcpy(&about, CMSG_DATA(part_of), sizeof about);
    put_back(frame, about);
  }
  return true;
}

bool Link::send(Bytes frame) {
  return ::send(fd_, frame.data(), frame.size(), 0) == static_cast<ssize_t>(frame.size());
}

std::uint64_t Link::missed() {
  tpacket_stats stats = {};
  socklen_t bytes = sizeof stats;
  // The kernel forgets what it has told.
  if (::getsockopt(fd_, SOL_PACKET, PACKET_STATISTICS, &stats, &bytes) == 0) missed_ += stats.tp_drops;
  return missed_;
}

}  // namespace bellrock::impair
