#include "tools/traffic/options.h"

#include <CLI/CLI.hpp>
#include <map>

namespace bellrock::traffic {
namespace {

void add_chance(CLI::App& app, const std::string& name, double& value, const std::string& help) {
  app.add_option(name, value, help)->check(CLI::Range(0.0, 1.0))->capture_default_str();
}

void add_output(CLI::App& app, Options& o) {
  app.add_option("--out", o.out, "Capture to write")->required();
  app.add_option("--truth", o.truth, "JSON document with totals");
  app.add_option("--truth-transactions", o.truth_transactions, "One JSON line for each transaction");
  app.add_option("--truth-outcomes", o.truth_outcomes, "One JSON line for each attempt");
  app.add_option("--truth-beacons", o.truth_beacons, "One JSON line for each beacon");
  app.add_option("--seed", o.seed, "Same seed and options: same bytes")->capture_default_str();
  auto* transactions = app.add_option("--transactions", o.transactions, "At least so many")->capture_default_str();
  app.add_option("--packets", o.packets, "At least so many packets instead")->excludes(transactions);
  app.add_option("--duration", o.duration_s, "Seconds over which shoppers arrive")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--start", o.start_s, "Unix time of the first shopper")->capture_default_str();
  app.add_option("--host", o.host, "Host header")->capture_default_str();
  app.add_flag("--microseconds", o.microseconds, "Write a pcap with µs instead of ns times");
  const std::map<std::string, Link> links{
      {"ethernet", Link::kEthernet}, {"cooked", Link::kCooked}, {"raw", Link::kRaw}};
  app.add_option("--link", o.link, "ethernet, cooked or raw")->transform(CLI::CheckedTransformer(links));
}

void add_shape(CLI::App& app, Options& o) {
  add_chance(app, "--chunked", o.chunked, "Responses and beacons that are chunked");
  add_chance(app, "--gzip", o.gzip, "Compressed beacons (gzip, deflate, br) and responses");
  add_chance(app, "--pipeline", o.pipeline, "Groups of static files that are asked for at once");
  add_chance(app, "--invalid-beacons", o.invalid_beacons, "Beacons that must be refused");
  add_chance(app, "--ipv6", o.ipv6, "Shoppers on IPv6");
  add_chance(app, "--vlan", o.vlan, "Connections with one VLAN tag");
  add_chance(app, "--qinq", o.qinq, "Connections with two VLAN tags");
  add_chance(app, "--one-byte", o.one_byte, "Short messages sent in segments of one byte");
  add_chance(app, "--wrap", o.wrap, "Connections whose sequence numbers wrap around");
  add_chance(app, "--noise", o.noise, "Other packets (ARP, UDP, fragments) for each packet");
  add_chance(app, "--hang", o.hang, "Payments that are never answered while their connection stays");
  app.add_option("--clock-skew", o.clock_skew_s, "Seconds by which browsers' clocks are wrong, at most, either way")
      ->check(CLI::Range(0, 1'000'000'000))
      ->capture_default_str();
}

void add_impairments(CLI::App& app, Options& o) {
  add_chance(app, "--retransmit", o.retransmit, "Data segments captured again, later");
  add_chance(app, "--duplicate", o.duplicate, "Packets captured twice");
  add_chance(app, "--reorder", o.reorder, "Data segments captured after their successor");
  add_chance(app, "--overlap", o.overlap, "Data segments that repeat bytes of their predecessor");
  add_chance(app, "--conflict", o.conflict, "Data segments captured again with other bytes");
  add_chance(app, "--loss", o.loss, "Packets not captured");
  app.add_option("--gaps", o.gaps, "Moments in which nothing is captured");
  add_chance(app, "--mid-stream", o.mid_stream, "Connections whose beginning is not captured");
  const std::map<std::string, OneWay> sides{
      {"none", OneWay::kNone}, {"client", OneWay::kClient}, {"server", OneWay::kServer}};
  app.add_option("--one-way", o.one_way, "Capture only packets from the client, or the server")
      ->transform(CLI::CheckedTransformer(sides));
}

}  // namespace

int read_options(int argc, char** argv, Options& options) {
  CLI::App app{"Writes a capture of shoppers on a web shop, with the exact truth about it."};
  add_output(app, options);
  add_shape(app, options);
  add_impairments(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return -1;
}

}  // namespace bellrock::traffic
