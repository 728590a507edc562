// The peer of serve_cost.py: an HTTP/1.1 server for beacons on the kernel's TCP, as lean as one is written by hand. One
// thread, level-triggered epoll, one recv and one send for each request, no allocation for it.
//
//   epoll_server PORT      listens on all addresses until SIGTERM, then prints what it counted
//   epoll_server cycles    prints how many cycles of the time stamp counter make a second
//
// Compiled for AVX2, so that simdjson is as fast as it gets here.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "bench/serve/epoll_beacon.h"
#include "dataplane/base/cycles.h"

namespace {

using bellrock::bench::EpollBeacons;

constexpr std::size_t kRequestBytesMax = 64 * 1024;
constexpr int kWaitMs = 200;  // a signal between two waits is noticed then
constexpr std::string_view kAnswer =
    "HTTP/1.1 204 No Content\r\nAccess-Control-Allow-Origin: *\r\nCache-Control: no-store\r\n\r\n";
constexpr std::string_view kBadRequest = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

volatile sig_atomic_t stopped = 0;

struct Connection {
  std::size_t bytes = 0;
  std::array<char, kRequestBytesMax + simdjson::SIMDJSON_PADDING> buffer;
};

struct Head {
  std::size_t bytes = 0, body_bytes = 0;
  bool closes = false;
};

bool is_field(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line[name.size()] == ':' &&
         strncasecmp(line.data(), name.data(), name.size()) == 0;
}

std::string_view value_of(std::string_view line, std::size_t name_bytes) {
  const std::size_t at = line.find_first_not_of(' ', name_bytes + 1);
  return at == std::string_view::npos ? std::string_view{} : line.substr(at);
}

// A whole head: 1. More is needed: 0. Neither: -1.
int read_head(std::string_view text, Head& head) {
  const std::size_t end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return text.size() < 16'384 ? 0 : -1;
  if (!text.starts_with("POST /rum")) return -1;
  head.bytes = end + 4;
  for (std::size_t at = text.find("\r\n") + 2; at < end; at = text.find("\r\n", at) + 2) {
    const std::string_view line = text.substr(at, text.find("\r\n", at) - at);
    if (is_field(line, "content-length")) {
      const std::string_view value = value_of(line, 14);
      if (std::from_chars(value.data(), value.data() + value.size(), head.body_bytes).ec != std::errc{}) return -1;
    } else if (is_field(line, "connection")) {
      head.closes = value_of(line, 10) == "close";
    }
  }
  return head.bytes + head.body_bytes <= kRequestBytesMax ? 1 : -1;
}

class Server {
 public:
  bool listen_on(std::uint16_t port) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    epoll_ = epoll_create1(0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return false;
    return listen(listener_, 1'024) == 0 && watch(listener_);
  }

  void run() {
    std::array<epoll_event, 256> events;
    while (stopped == 0) {
      const int count = epoll_wait(epoll_, events.data(), events.size(), kWaitMs);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == listener_)
          accept_all();
        else if (!on_readable(fd))
          close_connection(fd);
      }
    }
  }
  [[nodiscard]] const EpollBeacons& beacons() const { return beacons_; }
  [[nodiscard]] std::uint64_t answers() const { return answers_; }

 private:
  bool watch(int fd) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    return epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0;
  }
  void accept_all() {
    for (int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK); fd >= 0;
         fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) {
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      const auto place = static_cast<std::size_t>(fd);
      if (connections_.size() <= place) connections_.resize(place + 1);
      if (connections_[place] == nullptr) connections_[place] = std::make_unique<Connection>();
      connections_[place]->bytes = 0;
      watch(fd);
    }
  }
  static void close_connection(int fd) { close(fd); }

  bool on_readable(int fd) {
    Connection& c = *connections_[static_cast<std::size_t>(fd)];
    const ssize_t got = recv(fd, c.buffer.data() + c.bytes, kRequestBytesMax - c.bytes, 0);
    if (got <= 0) return got < 0 && errno == EAGAIN;
    c.bytes += static_cast<std::size_t>(got);
    std::size_t done = 0;
    bool open = true;
    while (open && done < c.bytes) {
      Head head;
      const std::string_view text(c.buffer.data() + done, c.bytes - done);
      const int state = read_head(text, head);
      if (state == 0 || (state > 0 && text.size() < head.bytes + head.body_bytes)) break;
      const bool good = state > 0 && beacons_.take(text.substr(head.bytes, head.body_bytes));
      open = good && !head.closes;
      if (!answer(fd, good ? kAnswer : kBadRequest)) return false;
      done += head.bytes + head.body_bytes;
    }
    if (!open) return false;
    std::memmove(c.buffer.data(), c.buffer.data() + done, c.bytes - done);
    c.bytes -= done;
    return true;
  }
  bool answer(int fd, std::string_view text) {
    ++answers_;
    return send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }

  int listener_ = -1, epoll_ = -1;
  std::vector<std::unique_ptr<Connection>> connections_;  // by descriptor
  EpollBeacons beacons_;
  std::uint64_t answers_ = 0;
};

double seconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

int print_cycles() {
  const double began = seconds();
  const std::uint64_t cycles = bellrock::cycles_now();
  usleep(200'000);
  std::printf("%.0f\n", static_cast<double>(bellrock::cycles_now() - cycles) / (seconds() - began));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "cycles") == 0) return print_cycles();
  const int port = argc == 2 ? std::atoi(argv[1]) : 0;
  if (port <= 0 || port > 65'535) return std::fprintf(stderr, "epoll_server: needs a port\n"), 2;
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi2"))
    return std::fprintf(stderr, "epoll_server: is compiled for AVX2, which this processor lacks\n"), 10;
  struct sigaction action {};
  action.sa_handler = [](int) { stopped = 1; };  // without SA_RESTART: it ends the wait
  sigaction(SIGTERM, &action, nullptr);
  Server server;
  if (!server.listen_on(static_cast<std::uint16_t>(port))) return std::perror("epoll_server"), 10;
  server.run();
  std::printf("{\"answers\": %llu, \"beacons\": %llu, \"shown\": %llu, \"latency_us\": %llu}\n",
              static_cast<unsigned long long>(server.answers()),
              static_cast<unsigned long long>(server.beacons().beacons()),
              static_cast<unsigned long long>(server.beacons().latencies().count()),
              static_cast<unsigned long long>(server.beacons().latencies().sum()));
  return 0;
}
