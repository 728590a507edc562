#include "control/net/url.h"

#include <algorithm>

namespace bellrock::net {
namespace {

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5) return false;
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value > 0 && value < 65'536;
}

// Nothing that could end a request line or a field.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

std::string Url::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (tls ? "443" : "80") ? name : name + ":" + port;
}

std::optional<Url> parse_url(std::string_view text) {
  constexpr std::string_view kPlain = "http://", kTls = "https://";
  Url url;
  url.tls = text.starts_with(kTls);
  if ((!url.tls && !text.starts_with(kPlain)) || !is_plain(text)) return std::nullopt;
  text.remove_prefix((url.tls ? kTls : kPlain).size());
  if (url.tls) url.port = "443";
  const std::size_t slash = std::min(text.find_first_of("/?#"), text.size());
  std::string_view authority = text.substr(0, slash);
  std::string_view target = text.substr(slash);
  target = target.substr(0, target.find('#'));
  url.target.clear();
  if (!target.starts_with('/')) url.target.push_back('/');
  url.target.append(target);
  std::string_view after;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    url.host = authority.substr(1, end - 1);
    after = authority.substr(end + 1);
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, colon);
    after = authority.substr(colon);
  }
  if (!after.empty()) {
    if (after.front() != ':' || !is_port(after.substr(1))) return std::nullopt;
    url.port = after.substr(1);
  }
  if (url.host.empty() || url.host.find('@') != std::string::npos) return std::nullopt;
  return url;
}

}  // namespace bellrock::net
