// edge.yaml, spec.terminate: what an edge serves itself.
#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "control/config/documents.h"
#include "control/config/path_template.h"
#include "dataplane/base/limits.h"

namespace bellrock::config {
namespace {

constexpr const char* kRemoveOne = "remove one of them";

std::uint64_t half(const std::uint8_t* octets) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | octets[i];
  return value;
}

std::optional<journey::IpAddress> parse_ip(const std::string& text) {
  std::array<std::uint8_t, 16> octets{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (inet_pton(AF_INET, text.c_str(), octets.data() + 12) != 1 &&
      inet_pton(AF_INET6, text.c_str(), octets.data()) != 1) {
    return std::nullopt;
  }
  return journey::IpAddress{half(octets.data()), half(octets.data() + 8)};
}

bool is_ipv4(const journey::IpAddress& address) { return address.high == 0 && address.low >> 32 == 0xffff; }

// Why frames on a link cannot be for this address; empty: they can.
std::string_view unservable(const journey::IpAddress& address) {
  const auto first = static_cast<std::uint8_t>(address.low >> 24);
  const bool ipv4 = is_ipv4(address);
  const bool one = address.high == 0 && address.low == 1;
  if (ipv4 ? first == 127 : one) return " is the loopback address, which never comes over an interface";
  if (ipv4 ? first == 0 : (address.high | address.low) == 0) return " is the unspecified address";
  if (ipv4 && address.low == 0xffff'ffff'ffff) return " is the broadcast address";
  if (ipv4 ? first >= 224 && first < 240 : address.high >> 56 == 0xff) return " is the address of a group";
  return ipv4 && first >= 240 ? " is reserved" : "";
}

// Says what is wrong with it, if anything is.
std::optional<journey::IpAddress> read_address(const Value& value) {
  const auto text = read_text(value);
  if (!text) return std::nullopt;
  const auto address = parse_ip(*text);
  const std::string_view why = address ? unservable(*address) : " is not an address that a machine can have";
  if (!why.empty()) return value.error(Code::kServedAddress, shown(*text) + std::string(why)), std::nullopt;
  if (!is_ipv4(*address) || text->find(':') == std::string::npos) return address;
  std::array<char, INET_ADDRSTRLEN> plain{};
  const std::uint32_t octets = htonl(static_cast<std::uint32_t>(address->low));
  inet_ntop(AF_INET, &octets, plain.data(), plain.size());
  value.error(Code::kServedAddress, shown(*text) + " is an IPv4 address in the clothes of IPv6",
              "write " + std::string(plain.data()));
  return std::nullopt;
}

void read_addresses(const Value& value, std::vector<journey::IpAddress>& addresses) {
  for (const Value& entry : read_list(value, kServedAddressesMax).value_or(std::vector<Value>{})) {
    const auto address = read_address(entry);
    if (address && std::find(addresses.begin(), addresses.end(), *address) != addresses.end()) {
      entry.error(Code::kDuplicateName, shown(entry.node->text) + " is listed twice", kRemoveOne);
    } else if (address) {
      addresses.push_back(*address);
    }
  }
}

struct Unreachable {
  std::string problem, fix;  // empty: it can be asked for
};

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool has_open_percent(std::string_view text) {
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    if (at + 2 >= text.size() || !is_hex(text[at + 1]) || !is_hex(text[at + 2])) return true;
  }
  return false;
}

// `.` and `..`, plain or encoded: clients resolve them before they ask (RFC 3986 5.2.4).
bool is_dot_segment(std::string segment) {
  for (const std::string_view dot : {"%2e", "%2E"}) {
    for (std::size_t at; (at = segment.find(dot)) != std::string::npos;) segment.replace(at, dot.size(), ".");
  }
  return segment == "." || segment == "..";
}

// Requests are compared with it byte by byte.
Unreachable why_unreachable(const std::string& text) {
  if (text.find('?') != std::string::npos)
    return {"a path ends before `?`", "remove the query: the path is answered with any"};
  if (text.find_first_of("{}") != std::string::npos)
    return {"what is served has no placeholders", "write the path in full"};
  ParsedPath parsed = parse_path_template(text);
  if (!parsed.problem.empty()) return {std::move(parsed.problem), std::move(parsed.fix)};
  if (has_open_percent(text)) return {"two hexadecimal digits follow a `%`", "write %25 for a percent sign"};
  const auto& segments = parsed.path.segments;
  if (std::any_of(segments.begin(), segments.end(), is_dot_segment))
    return {"clients resolve `.` and `..` before they ask", "write the path that they come to"};
  return {};
}

std::optional<std::string> read_target(const Value& value) {
  auto text = read_text(value);
  if (!text) return std::nullopt;
  Unreachable found = why_unreachable(*text);
  if (found.problem.empty()) return text;
  value.error(Code::kPath, "nobody can ask for " + shown(*text) + ": " + found.problem, std::move(found.fix));
  return std::nullopt;
}

// Caches are told whole seconds; RFC 9111 1.2.2 takes more than 2^31 for 2^31.
std::optional<Duration> read_max_age(const Value& value) {
  constexpr Duration kMost = 24'855 * 24 * kHour;
  const auto age = read_duration(value);
  if (!age || (*age % kSecond == 0 && *age <= kMost)) return age;
  value.error(Code::kRange,
              shown(value.node->text) + (*age > kMost ? " is too long" : " is not a number of whole seconds"),
              "write whole seconds, from 1s to 24855d");
  return std::nullopt;
}

void read_snippet(const Value& value, Tables& tables) {
  journey::Serve& serve = tables.definition.serve;
  Fields fields(value);
  if (fields.need_into("file", serve.snippet_file, read_text)) {
    const Value file = *fields.find("file");
    tables.places[std::string(kSnippetPlace)] = {file.file, file.node->mark.line, file.node->mark.column, file.path};
  }
  fields.into("path", serve.snippet_path, read_target);
  fields.into("max_age", serve.snippet_max_age, read_max_age);
  fields.finish();
}

void read_duration_into(Fields& fields, std::string_view key, Duration& out, Duration most, Duration least = 0) {
  const Duration before = out;
  if (!fields.into(key, out, read_duration) || (out <= most && out >= least)) return;
  const bool longer = out > most;
  fields.find(key)->error(
      Code::kRange, longer ? "a peer may not hold a connection for so long" : "a lost packet takes longer than that",
      longer ? "write at most " + std::to_string(most / kSecond) + "s"
             : "write at least " + std::to_string(least / kSecond) + "s");
  out = before;
}

void read_bytes_into(Fields& fields, std::string_view key, std::uint64_t unit, std::uint32_t& out) {
  const auto value = fields.find(key);
  const auto bytes = value ? read_size(*value) : std::nullopt;
  if (!bytes) return;
  constexpr std::uint64_t kLeast = 1 << 20, kMost = 1 << 30;
  if (*bytes < kLeast || *bytes > kMost) {
    return value->error(Code::kRange, shown(value->node->text) + " is outside the range", "write from 1MiB to 1GiB");
  }
  out = static_cast<std::uint32_t>(*bytes / unit);
}

void read_rates(Fields& fields, journey::Serve& serve) {
  constexpr std::uint64_t kNone = 0, kMany = 1'000'000'000;
  fields.into("connections_per_source", serve.connections_per_source, read_unsigned, kNone, std::uint64_t{kPerCoreMax});
  fields.into("requests_per_second", serve.requests_per_second, read_unsigned, kNone, kMany);
  fields.into("request_burst", serve.request_burst, read_unsigned, std::uint64_t{1}, std::uint64_t{1'000'000});
  fields.into("requests_per_connection", serve.requests_per_connection, read_unsigned, kNone, kMany);
  fields.into("syn_acks_per_second", serve.syn_acks_per_second, read_unsigned, kNone, kMany);
  fields.into("resets_per_second", serve.resets_per_second, read_unsigned, kNone, kMany);
}

// What a request names first: beacons, then the snippet, then health. The others would never be seen.
void check_paths(Fields& fields, const Value& terminate, const journey::Definition& definition) {
  const journey::Serve& serve = definition.serve;
  const auto snippet = fields.find("snippet");
  auto snippet_path = snippet && snippet->is_map() ? Fields(*snippet).find("path") : std::nullopt;
  if (!snippet_path) snippet_path = snippet;
  const Value health = fields.find("health_path").value_or(terminate);
  if (snippet && serve.health_path == serve.snippet_path) {
    health.error(Code::kServedPath, shown(serve.health_path) + " is the snippet's path as well");
  }
  for (const journey::Site& site : definition.sites) {
    for (const std::string& path : site.beacon_paths) {
      const std::string taken = shown(path) + " is a beacon path of site `" + site.name + "` as well";
      if (path == serve.health_path) health.error(Code::kServedPath, "`health_path` " + taken);
      if (snippet && path == serve.snippet_path) snippet_path->error(Code::kServedPath, "the snippet's path " + taken);
    }
  }
}

}  // namespace

void read_port_into(const Value& value, std::vector<std::uint16_t>& ports) {
  const auto number = read_unsigned(value, 1, 65'535);
  if (!number) return;
  const auto port = static_cast<std::uint16_t>(*number);
  if (std::find(ports.begin(), ports.end(), port) != ports.end()) {
    return value.error(Code::kDuplicateName, "port " + std::to_string(port) + " is listed twice", kRemoveOne);
  }
  ports.push_back(port);
}

void read_serve(const Value& value, Tables& tables) {
  constexpr std::uint64_t kMtuMin = 576;
  journey::Serve& serve = tables.definition.serve;
  Fields fields(value);
  if (!fields.is_map()) return;
  if (const auto addresses = fields.need("addresses", "add the addresses that this edge answers on")) {
    read_addresses(*addresses, serve.addresses);
  }
  if (const auto ports = fields.find("ports")) {
    serve.ports.clear();
    for (const Value& port : read_list(*ports, kServedPortsMax).value_or(std::vector<Value>{})) {
      read_port_into(port, serve.ports);
    }
  }
  if (fields.into("owned", serve.owned, read_bool) && !serve.owned && !tables.definition.port.eal.empty()) {
    fields.find("owned")->error(Code::kMode,
                                "these addresses stay the kernel's only where a program in it steers the packets",
                                "give `port: {xdp: {interface: …}}`, or leave `owned` out");
  }
  fields.into("mtu", serve.mtu, read_unsigned, kMtuMin, std::uint64_t{kOutMtuMax});
  read_rates(fields, serve);
  read_bytes_into(fields, "pool", 1'024, serve.pool_blocks);
  read_bytes_into(fields, "out_of_order", 1, serve.out_of_order_bytes);
  read_duration_into(fields, "idle", serve.idle, kHour);
  read_duration_into(fields, "head_timeout", serve.head_timeout, journey::kServeDeadlineMax);
  read_duration_into(fields, "body_timeout", serve.body_timeout, journey::kServeDeadlineMax);
  read_duration_into(fields, "reply_timeout", serve.reply_timeout, journey::kServeDeadlineMax, kSecond);
  fields.into("health_path", serve.health_path, read_target);
  if (const auto snippet = fields.find("snippet")) read_snippet(*snippet, tables);
  check_paths(fields, value, tables.definition);
  fields.finish();
}

}  // namespace bellrock::config
