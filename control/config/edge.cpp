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
  fields.into("held_events_per_core", limits.held_events_per_core, read_unsigned, kOne, kMost);
  fields.into("click_places_per_core", limits.click_places_per_core, read_unsigned, kOne, kMost);
  fields.into("seen_pages_per_core", limits.seen_pages_per_core, read_unsigned, kOne, kMost);
  fields.into("links_per_core", limits.links_per_core, read_unsigned, kOne, kMost);
  fields.into("trails_per_core", limits.trails_per_core, read_unsigned, kOne, kMost);
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

// As the kernel takes names of interfaces (dev_valid_name), less what separates a driver's arguments.
bool is_interface(std::string_view name) {
  constexpr std::size_t kNameBytesMax = 15;
  constexpr std::string_view kNever = " /:,=[]\xa0";
  return !name.empty() && name.size() <= kNameBytesMax && name != "." && name != ".." &&
         name.find_first_of(kNever) == std::string_view::npos;
}

void refuse_interface(const Value& value, std::string_view name) {
  value.error(Code::kInterface, shown(std::string(name)) + " is not the name of a network interface");
}

std::optional<std::string> read_interface(const Value& value) {
  const auto text = read_text(value);
  if (!text || is_interface(*text)) return text;
  refuse_interface(value, *text);
  return std::nullopt;
}

// `iface=` in the arguments of a driver: it goes as far as the next comma.
void check_interface_in(const Value& value, std::string_view argument) {
  constexpr std::string_view kKey = "iface=";
  for (std::size_t at = argument.find(kKey); at != std::string_view::npos; at = argument.find(kKey)) {
    argument.remove_prefix(at + kKey.size());
    const std::string_view name = argument.substr(0, argument.find(','));
    if (!is_interface(name)) refuse_interface(value, name);
  }
}

void read_xdp(const Value& value, journey::Port& port) {
  constexpr std::uint64_t kFirst = 0, kQueuesMax = 63;
  Fields fields(value);
  fields.need_into("interface", port.xdp_interface, read_interface);
  fields.into("first_queue", port.xdp_first_queue, read_unsigned, kFirst, kQueuesMax);
  fields.finish();
}

void read_port(const Value& value, journey::Port& port) {
  Fields fields(value);
  const auto eal = fields.find("eal");
  const auto pcap = fields.find("pcap");
  const auto xdp = fields.find("xdp");
  fields.finish();
  if (!fields.is_map()) return;
  if (eal.has_value() + pcap.has_value() + xdp.has_value() != 1) {
    value.error(Code::kPort, "a port is one of `eal`, `pcap` and `xdp`");
    return;
  }
  if (xdp) return read_xdp(*xdp, port);
  if (pcap) {
    port.pcap_file = read_text(*pcap).value_or("");
    return;
  }
  for (const Value& argument : read_list(*eal, kEalArgumentsMax).value_or(std::vector<Value>{})) {
    const auto text = read_text(argument);
    if (!text) continue;
    check_interface_in(argument, *text);
    port.eal.push_back(*text);
  }
}

constexpr Choice<bool> kModes[] = {{"observe", false}, {"terminate", true}};

// Which mode, and whether everything else is of that mode.
void read_mode(Fields& spec, Tables& tables) {
  journey::Definition& definition = tables.definition;
  const auto mode = spec.find("mode");
  if (mode) definition.serve.on = read_choice(*mode, kModes).value_or(false);
  const auto terminate = spec.find("terminate");
  if (terminate) read_serve(*terminate, tables);
  const auto port = spec.find("port");
  if (definition.serve.on && !terminate) {
    mode->error(Code::kMode, "nothing says which addresses are served", "add terminate: {addresses: […]}");
  } else if (definition.serve.on && !definition.port.pcap_file.empty()) {
    port->error(Code::kMode, "a capture cannot be answered", "give a live port, `eal` or `xdp`");
  } else if (!definition.serve.on && terminate) {
    terminate->error(Code::kMode, "this edge observes, and serves nothing", "add mode: terminate");
  } else if (!definition.serve.on && !definition.port.xdp_interface.empty()) {
    port->error(Code::kMode, "XDP takes packets away from the kernel, which only an edge that answers them may do",
                "add mode: terminate, or observe by --vdev=net_af_packet0,iface=…");
  }
  if (definition.serve.on && definition.headers.size() > kServedHeadersMax) {
    mode->error(Code::kTooMany,
                "identities and dimensions read " + std::to_string(definition.headers.size()) + " headers",
                "an edge that serves has room for " + std::to_string(kServedHeadersMax));
  }
}

}  // namespace

void read_edge(Fields& spec, Tables& tables) {
  journey::Limits& limits = tables.definition.limits;
  spec.into("workers", limits.workers, read_unsigned, std::uint64_t{1}, std::uint64_t{kWorkersMax});
  spec.into("verify_checksums", limits.verify_checksums, read_bool);
  if (const auto ports = spec.find("server_ports")) {
    for (const Value& port : read_list(*ports, kServerPortsMax).value_or(std::vector<Value>{})) {
      read_port_into(port, limits.server_ports);
    }
  }
  if (const auto value = spec.find("limits")) read_limits(*value, limits);
  if (const auto port = spec.find("port")) read_port(*port, tables.definition.port);
  read_mode(spec, tables);
}

}  // namespace bellrock::config
