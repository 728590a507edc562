#include "control/net/own_host.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <optional>

namespace bellrock::net {
namespace {

namespace ip = boost::asio::ip;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

bool is_port(std::string_view text) {
  return text.size() <= 5 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// What is before the port, in lower case; none where there is no host, or something else is behind it.
std::optional<std::string> name_of(std::string_view authority) {
  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  if (bracket == std::string_view::npos) return std::nullopt;
  const std::size_t colon = authority.find(':', bracket);
  const std::string_view name = authority.substr(0, colon);
  if (name.empty() || (colon != std::string_view::npos && !is_port(authority.substr(colon + 1)))) return std::nullopt;
  return lower(name);
}

// An IPv4 address is the same one when it comes in at an IPv6 socket (RFC 4291 2.5.5.2).
std::optional<ip::address> address_of(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  boost::system::error_code error;
  const auto address = ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  if (address.is_v6() && address.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  return address;
}

bool among(std::span<const std::string> names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool is_own_host(std::string_view host, std::string_view local_address, std::span<const std::string> names) {
  const auto name = name_of(host);
  if (!name) return false;
  if (*name == "localhost" || among(names, *name)) return true;
  const auto asked = address_of(*name), local = address_of(local_address);
  return asked && local && *asked == *local;
}

bool is_own_origin(std::string_view origin, std::string_view host, std::span<const std::string> names) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!origin.starts_with(scheme)) continue;
    const std::string_view authority = origin.substr(scheme.size());
    const auto name = name_of(authority);
    return name && (lower(authority) == lower(host) || among(names, *name));
  }
  return false;  // `null`, or what is no page
}

}  // namespace bellrock::net
