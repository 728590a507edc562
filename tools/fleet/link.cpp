#include "tools/fleet/link.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "control/net/url.h"

namespace bellrock::fleet {
namespace {

// A connection to an IPv4 address, or -1.
int connect_to(const net::Url& url) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  std::uint16_t port = 0;
  std::from_chars(url.port.data(), url.port.data() + url.port.size(), port);
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, url.host.c_str(), &address.sin_addr) != 1) return -1;
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

std::optional<proto::Reply> Link::ask(Bytes frame) const {
  const auto reply = post_(frame);
  return reply.ok() ? agent::verdict_of(*reply) : std::nullopt;
}

// So much of a request, and the end of the connection.
void Link::send_part(Bytes frame, double part) const {
  const auto url = net::parse_url(url_);
  const int fd = url ? connect_to(*url) : -1;
  if (fd < 0) return;
  std::string request = fmt::format(
      "POST /v1/frames HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-protobuf\r\nContent-Length: {}\r\n\r\n",
      url->authority(), frame.size());
  request.append(text(frame));
  request.resize(static_cast<std::size_t>(part * static_cast<double>(request.size())));
  write_all(fd, request);
  ::shutdown(fd, SHUT_WR);  // what was written is read; nobody reads what is answered
  ::close(fd);
}

std::optional<proto::Reply> Link::send(Bytes frame, Trouble trouble, double chance) const {
  switch (trouble) {
    case Trouble::kNone:
      return ask(frame);
    case Trouble::kLost:
      return std::nullopt;
    case Trouble::kCut:
      send_part(frame, std::min(chance, 0.999));
      return std::nullopt;
    case Trouble::kNoAnswer:
      send_part(frame, 1);
      return std::nullopt;
    case Trouble::kDuplicate:
      send_part(frame, 1);
      return ask(frame);
  }
  return std::nullopt;
}

}  // namespace bellrock::fleet
