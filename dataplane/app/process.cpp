#include "dataplane/app/process.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>

#include "dataplane/app/edge.h"

namespace bellrock::app {
namespace {

std::atomic<bool> stop_requested{false};

Instant read_clock(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return {time.tv_sec * kSecond + time.tv_nsec};
}

}  // namespace

void request_stop() { stop_requested.store(true, std::memory_order_relaxed); }
bool stop_is_requested() { return stop_requested.load(std::memory_order_relaxed); }

Instant read(LiveClock& clock) { return clock.at(read_clock(CLOCK_REALTIME), read_clock(CLOCK_MONOTONIC)); }

int fail(int code, const char* what, const std::string& detail) {
  std::fprintf(stderr, "bellrock-edge: %s: %s\n", what, detail.c_str());
  return code;
}

std::string describe(const Error& error) { return std::string(error.what) + " (" + std::to_string(error.detail) + ")"; }

void pause_ns(long ns) {
  const timespec time{ns / kSecond, ns % kSecond};
  nanosleep(&time, nullptr);
}

void wait_for_agent() {
  if (stop_is_requested()) _exit(kDone);
  pause_ns(200 * kMicrosecond);
}

int exit_code(board::BoardFault fault) {
  switch (fault) {
    case board::BoardFault::kMissing:
      return kUnreachable;
    case board::BoardFault::kNoRights:
      return kNoRights;
    case board::BoardFault::kWorkers:
    case board::BoardFault::kInUse:
    case board::BoardFault::kForeign:
      return kConflict;
    default:
      return kUnusable;
  }
}

bool may_open_packet_sockets() {
  const int probe = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (probe < 0) return errno != EPERM;
  close(probe);
  return true;
}

bool drop_privileges(const std::string& user) {
  prctl(PR_SET_DUMPABLE, 0);
  if (!user.empty()) {
    const passwd* entry = getpwnam(user.c_str());
    if (entry == nullptr) return false;
    if (setgroups(0, nullptr) != 0 || setgid(entry->pw_gid) != 0 || setuid(entry->pw_uid) != 0) return false;
  }
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

}  // namespace bellrock::app
