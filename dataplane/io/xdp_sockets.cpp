#include "dataplane/io/xdp_sockets.h"

#include <dirent.h>
#include <linux/if_xdp.h>
#include <sys/socket.h>

#include <cstdlib>
#include <memory>

namespace bellrock::io {
namespace {

struct Close {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

bool is_xdp(int fd) {
  int family = 0;
  socklen_t bytes = sizeof family;
  return ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &bytes) == 0 && family == AF_XDP;
}

}  // namespace

XdpSockets XdpSockets::find() {
  XdpSockets found;
  const std::unique_ptr<DIR, Close> folder(::opendir("/proc/self/fd"));
  if (folder == nullptr) return found;
  while (const dirent* entry = ::readdir(folder.get())) {
    char* end = nullptr;
    const long fd = std::strtol(entry->d_name, &end, 10);
    if (end != entry->d_name && *end == '\0' && is_xdp(static_cast<int>(fd)))
      found.sockets_.push_back(static_cast<int>(fd));
  }
  return found;
}

std::uint64_t XdpSockets::ring_full() const {
  std::uint64_t sum = 0;
  for (const int fd : sockets_) {
    xdp_statistics statistics = {};
    socklen_t bytes = sizeof statistics;
    if (::getsockopt(fd, SOL_XDP, XDP_STATISTICS, &statistics, &bytes) == 0) sum += statistics.rx_ring_full;
  }
  return sum;
}

}  // namespace bellrock::io
