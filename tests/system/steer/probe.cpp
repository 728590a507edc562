// A worker in small: steers an interface, opens it as an AF_XDP port, and says ten times a second what arrived there
// and what the program counted, as a line of JSON. For steer_test.py.
//
//   steer_probe INTERFACE QUEUES ADDRESS[=PORT,PORT…][!] …      "!": the address is owned as a whole
//
// Ends on SIGTERM. Exit codes: 0, 2 usage, 10 with a line on stderr.
#include <arpa/inet.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <memory>
#include <string>

#include "dataplane/io/dpdk_env.h"
#include "dataplane/io/dpdk_port.h"
#include "dataplane/steer/steering.h"
#include "dataplane/wire/ethernet.h"
#include "dataplane/wire/ip.h"

namespace {

using namespace bellrock;

volatile sig_atomic_t stopped = 0;

bool read_rule(std::string text, steer::Rule& rule) {
  rule.owned = text.ends_with('!');
  if (rule.owned) text.pop_back();
  const std::size_t equals = text.find('=');
  std::string ports = equals == std::string::npos ? "" : text.substr(equals + 1);
  const std::string address = text.substr(0, equals);
  while (!ports.empty()) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(ports.data(), ports.data() + ports.size(), port);
    if (error != std::errc()) return false;
    rule.ports.push_back(port);
    ports.erase(0, static_cast<std::size_t>(end - ports.data()));
    if (ports.starts_with(',')) ports.erase(0, 1);
  }
  if (address.find(':') != std::string::npos) return inet_pton(AF_INET6, address.c_str(), rule.address.data()) == 1;
  rule.address[10] = rule.address[11] = 0xff;
  return inet_pton(AF_INET, address.c_str(), rule.address.data() + 12) == 1;
}

// "arp", "icmp", "icmp6", a TCP port, or "other".
std::string kind_of(Bytes frame) {
  const auto link = wire::parse_ethernet(frame);
  if (!link.ok()) return "other";
  if (link->ether_type == 0x0806) return "arp";
  const bool v6 = link->ether_type == wire::kEtherTypeIpv6;
  if (!v6 && link->ether_type != wire::kEtherTypeIpv4) return "other";
  const auto ip = v6 ? wire::parse_ipv6(link->data) : wire::parse_ipv4(link->data, true);
  if (!ip.ok()) return "other";
  if (ip->protocol == 1) return "icmp";
  if (ip->protocol == 58) return "icmp6";
  return ip->protocol == 6 && ip->payload.size() >= 20 ? std::to_string(load_be16(ip->payload.data() + 2)) : "other";
}

using Seen = std::map<std::string, std::uint64_t>;

void say(const Seen& seen, steer::Steering& steering) {
  std::printf("{\"cleaned\":%s,\"seen\":{", steering.cleaned().program ? "true" : "false");
  const char* comma = "";
  for (const auto& [kind, count] : seen) {
    std::printf("%s\"%s\":%lu", comma, kind.c_str(), static_cast<unsigned long>(count));
    comma = ",";
  }
  std::printf("},\"counts\":{");
  const auto counts = steering.maps().counts();
  for (std::size_t i = 0; counts.ok() && i < counts->size(); ++i) {
    std::printf("%s\"%s\":%lu", i == 0 ? "" : ",", steer::kVerdictNames[i], static_cast<unsigned long>((*counts)[i]));
  }
  std::printf("}}\n");
  std::fflush(stdout);
}

int fail(const char* step, const Error& error) {
  std::fprintf(stderr, "steer_probe: %s: %s %ld\n", step, error.what, static_cast<long>(error.detail));
  return 10;
}

std::int64_t now_ms() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000 + now.tv_nsec / 1'000'000;
}

int run(const char* interface, std::uint16_t queues, const std::vector<steer::Rule>& rules) {
  auto steering = steer::Steering::start({.interface = interface, .rules = rules});
  if (!steering.ok()) return fail("steering", steering.error());
  const std::vector<std::string> eal{
      "--no-huge", "-m", "128", "--no-pci", "--no-shconf", "--no-telemetry", steering->device(0, queues)};
  auto env = io::DpdkEnv::start({.eal_arguments = eal, .queues = queues, .one_direction = true});
  if (!env.ok()) return fail("port", env.error());
  if (const auto confirmed = steering->confirm(); !confirmed.ok()) return fail("steering", confirmed.error());
  std::vector<std::unique_ptr<io::DpdkPort>> ports;
  for (std::uint16_t queue = 0; queue < env->queues(); ++queue) {
    ports.push_back(std::make_unique<io::DpdkPort>(*env, queue));
  }
  Seen seen;
  for (std::int64_t next = 0; stopped == 0;) {
    std::size_t received = 0;
    for (const auto& port : ports) {
      const auto burst = port->rx_burst({});
      for (const Packet& packet : burst) ++seen[kind_of(packet.data)];
      port->release(burst);
      received += burst.size();
    }
    if (received == 0) usleep(500);
    if (now_ms() < next) continue;
    next = now_ms() + 100;
    say(seen, *steering);
  }
  say(seen, *steering);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<steer::Rule> rules(static_cast<std::size_t>(std::max(argc - 3, 0)));
  for (int i = 3; i < argc; ++i) {
    if (!read_rule(argv[i], rules[static_cast<std::size_t>(i) - 3])) return 2;
  }
  if (rules.empty()) return 2;
  struct sigaction action = {};
  action.sa_handler = [](int) { stopped = 1; };
  sigaction(SIGTERM, &action, nullptr);
  return run(argv[1], static_cast<std::uint16_t>(std::atoi(argv[2])), rules);
}
