#include "tests/support/own_namespaces.h"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace bellrock::support {
namespace {

void require(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "own namespaces: %s: %s\n", what, std::strerror(errno));
  std::_Exit(1);
}

}  // namespace

void enter_own_namespaces() {
  require(unshare(CLONE_NEWNS | CLONE_NEWNET) == 0, "unshare (root is needed)");
  require(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "private mounts");
  require(mount("bpf", "/sys/fs/bpf", "bpf", 0, nullptr) == 0, "mounting bpffs");
  const int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request = {};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  require(socket_fd >= 0 && ioctl(socket_fd, SIOCSIFFLAGS, &request) == 0, "loopback up");
  close(socket_fd);
}

}  // namespace bellrock::support
