// http://host[:port]/path or https://, taken apart. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bellrock::net {

struct Url {
  bool tls = false;                             // https
  std::string host;                             // an IPv6 address without its brackets
  std::string port = "80";                      // 443 of https
  std::string target = "/";                     // path and query
  [[nodiscard]] std::string authority() const;  // as the Host field writes it
};

std::optional<Url> parse_url(std::string_view text);

}  // namespace bellrock::net
