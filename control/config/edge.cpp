#include "control/config/documents.h"
#include "dataplane/base/limits.h"

namespace bellrock::config {
namespace {

void read_limits(const Value& value, journey::Limits& limits) {
  constexpr std::uint64_t kOne = 1, kMost = kPerCoreMax;
  Fields fields(value);
  fields.into("connections_per_core", limits.connections_per_core, read_unsigned, kOne, kMost);
  fields.into("sessions_per_core", limits.sessions_per_core, read_unsigned, kOne, kMost);
  fields.into("attempts_per_core", limits.attempts_per_core, read_unsigned, kOne, kMost);
  fields.into("cells_per_core", limits.cells_per_core, read_unsigned, kOne, kMost);
  fields.into("pages_per_bank", limits.pages_per_bank, read_unsigned, kOne, kMost);
  fields.into("connection_idle", limits.connection_idle, read_duration);
  if (const auto body = fields.find("body_bytes_max")) {
    const auto bytes = read_size(*body);
    if (bytes && (*bytes < 1 || *bytes > kBodyBytesMax)) {
      body->error(Code::kRange, shown(body->node->text) + " is outside the range",
                  "write a size from 1B to " + std::to_string(kBodyBytesMax / 1024) + "KiB");
    } else if (bytes) {
      limits.body_bytes_max = static_cast<std::uint32_t>(*bytes);
    }
  }
  fields.finish();
}

void read_port(const Value& value, journey::Port& port) {
  Fields fields(value);
  const auto eal = fields.find("eal");
  const auto pcap = fields.find("pcap");
  fields.finish();
  if (!fields.is_map()) return;
  if (eal.has_value() == pcap.has_value()) {
    value.error(Code::kPort, eal ? "a port is either `eal` or `pcap`, not both" : "a port needs `eal` or `pcap`");
    return;
  }
  if (pcap) {
    port.pcap_file = read_text(*pcap).value_or("");
    return;
  }
  for (const Value& argument : read_list(*eal, kEalArgumentsMax).value_or(std::vector<Value>{})) {
    if (const auto text = read_text(argument)) port.eal.push_back(*text);
  }
}

}  // namespace

void read_edge(Fields& spec, Tables& tables) {
  journey::Limits& limits = tables.definition.limits;
  spec.into("workers", limits.workers, read_unsigned, std::uint64_t{1}, std::uint64_t{kWorkersMax});
  spec.into("verify_checksums", limits.verify_checksums, read_bool);
  if (const auto ports = spec.find("server_ports")) {
    for (const Value& port : read_list(*ports, kServerPortsMax).value_or(std::vector<Value>{})) {
      if (const auto number = read_unsigned(port, 1, 65'535)) {
        limits.server_ports.push_back(static_cast<std::uint16_t>(*number));
      }
    }
  }
  if (const auto value = spec.find("limits")) read_limits(*value, limits);
  if (const auto port = spec.find("port")) read_port(*port, tables.definition.port);
  spec.later({"mode"});
}

}  // namespace bellrock::config
