// edge.yaml, spec.terminate: what an edge serves itself.
#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "control/config/documents.h"
#include "dataplane/base/limits.h"

namespace bellrock::config {
namespace {

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

// Of one machine: neither all of them, nor many at once.
bool is_host(const journey::IpAddress& address) {
  const bool ipv4 = address.high == 0 && address.low >> 32 == 0xffff;
  const auto first = static_cast<std::uint8_t>(address.low >> 24);
  if (ipv4) return first != 0 && first < 224;
  return (address.high | address.low) != 0 && address.high >> 56 != 0xff;
}

void read_addresses(const Value& value, std::vector<journey::IpAddress>& addresses) {
  for (const Value& entry : read_list(value, kServedAddressesMax).value_or(std::vector<Value>{})) {
    const auto text = read_text(entry);
    const auto address = text ? parse_ip(*text) : std::nullopt;
    if (text && (!address || !is_host(*address))) {
      entry.error(Code::kServedAddress, shown(*text) + " is not an address that a machine can have");
    } else if (address && std::find(addresses.begin(), addresses.end(), *address) != addresses.end()) {
      entry.error(Code::kDuplicateName, shown(*text) + " is listed twice");
    } else if (address) {
      addresses.push_back(*address);
    }
  }
}

std::optional<std::string> read_target(const Value& value) {
  const auto text = read_text(value);
  if (!text || (text->starts_with('/') && text->find_first_of("? #") == std::string::npos)) return text;
  value.error(Code::kPath, shown(*text) + " is not a path", "write for example /bellrock.js");
  return std::nullopt;
}

void read_snippet(const Value& value, journey::Serve& serve) {
  Fields fields(value);
  fields.need_into("file", serve.snippet_file, read_text);
  fields.into("path", serve.snippet_path, read_target);
  fields.into("max_age", serve.snippet_max_age, read_duration);
  fields.finish();
}

void read_duration_into(Fields& fields, std::string_view key, Duration& out, Duration most) {
  const Duration before = out;
  if (!fields.into(key, out, read_duration) || out <= most) return;
  fields.find(key)->error(Code::kRange, "a peer may not hold a connection for so long",
                          "write at most " + std::to_string(most / kSecond) + "s");
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

}  // namespace

void read_serve(const Value& value, journey::Serve& serve) {
  constexpr std::uint64_t kMtuMin = 576;
  Fields fields(value);
  if (!fields.is_map()) return;
  if (const auto addresses = fields.need("addresses", "add the addresses that this edge answers on")) {
    read_addresses(*addresses, serve.addresses);
  }
  if (const auto ports = fields.find("ports")) {
    serve.ports.clear();
    for (const Value& port : read_list(*ports, kServedPortsMax).value_or(std::vector<Value>{})) {
      if (const auto number = read_unsigned(port, 1, 65'535)) {
        serve.ports.push_back(static_cast<std::uint16_t>(*number));
      }
    }
  }
  fields.into("owned", serve.owned, read_bool);
  fields.into("mtu", serve.mtu, read_unsigned, kMtuMin, std::uint64_t{kOutMtuMax});
  read_rates(fields, serve);
  read_bytes_into(fields, "pool", 1'024, serve.pool_blocks);
  read_bytes_into(fields, "out_of_order", 1, serve.out_of_order_bytes);
  read_duration_into(fields, "idle", serve.idle, kHour);
  read_duration_into(fields, "head_timeout", serve.head_timeout, journey::kServeDeadlineMax);
  read_duration_into(fields, "body_timeout", serve.body_timeout, journey::kServeDeadlineMax);
  fields.into("health_path", serve.health_path, read_target);
  if (const auto snippet = fields.find("snippet")) read_snippet(*snippet, serve);
  fields.finish();
}

}  // namespace bellrock::config
