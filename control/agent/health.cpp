#include "control/agent/health.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "control/net/openmetrics.h"

namespace bellrock::agent {

namespace {

using net::OpenMetrics;

struct Family {
  std::string_view prefix, name, label, help;
};
constexpr Family kFamilies[] = {
    {"drops.", "bellrock_packets_dropped", "reason", "Packets that ended before TCP reassembly."},
    {"stream.", "bellrock_stream", "what", "What reassembly and HTTP met inside passed packets."},
    {"http_error.", "bellrock_http_errors", "reason", "Streams given up."},
    {"beacon_reject.", "bellrock_beacons_rejected", "reason", "Beacons refused."},
    {"event.", "bellrock_events", "what", "What became of events."},
    {"method.", "bellrock_requests_by_method", "method", "Requests."},
    {"status.", "bellrock_responses_by_status", "status", "Responses."},
    {"template.", "bellrock_requests_by_template", "template", "Requests by path template."},
    {"dialect.", "bellrock_beacons_by_dialect", "dialect", "Beacons accepted."},
    {"beacon_type.", "bellrock_beacons_by_type", "type", "Beacons accepted."},
    {"frame.", "bellrock_frames_by_verdict", "verdict", "Frames to an edge that serves, each with one verdict."},
    {"responder.", "bellrock_responder", "what", "What the TCP responder did."},
    {"steer.", "bellrock_steered_packets", "verdict", "An interface's packets: to Bellrock, or passed to the kernel."},
    {"server.", "bellrock_server", "what", "What the HTTP server did."},
    {"refused.", "bellrock_requests_refused", "reason", "HTTP requests refused, or ended before they were complete."},
};

void add_counters(OpenMetrics& page, const AgentStatus& status) {
  for (const auto& [name, value] : status.counters) {
    if (name.find('.') == std::string::npos) page.counter("bellrock_" + name, "Since the board was made.", value);
  }
  for (const Family& family : kFamilies) {
    page.family(family.name, "counter", family.help);
    for (auto at = status.counters.lower_bound(std::string(family.prefix)); at != status.counters.end(); ++at) {
      if (!at->first.starts_with(family.prefix)) break;
      page.sample({{family.label, std::string_view(at->first).substr(family.prefix.size())}}, at->second);
    }
  }
}

void add_conservation(OpenMetrics& page, const AgentStatus& status) {
  const auto sums = conservation(status);
  page.family("bellrock_conservation_in", "gauge", "What came in, of a sum that has to hold.");
  for (const auto& sum : sums) page.sample({{"sum", sum.name}, {"journey", sum.journey}}, sum.in);
  page.family("bellrock_conservation_out", "gauge", "What it became, or is still: equal to what came in.");
  for (const auto& sum : sums) page.sample({{"sum", sum.name}, {"journey", sum.journey}}, sum.out);
  page.family("bellrock_conservation_broken", "gauge", "1 where the two differ.");
  for (const auto& sum : sums) page.sample({{"sum", sum.name}, {"journey", sum.journey}}, std::uint64_t{sum.broken()});
  page.gauge("bellrock_recorded_live", "Values in banks that are not harvested yet.", status.recorded_live);
  page.family("bellrock_attempts_open", "gauge", "Attempts under way.");
  for (const auto& [journey, totals] : status.ledger.journeys) page.sample({{"journey", journey}}, totals.open);
}

void add_spool(OpenMetrics& page, const AgentStatus& status, std::int64_t now_unix_ms) {
  const SpoolStatus& spool = status.spool;
  page.gauge("bellrock_spool_bytes", "On disk.", spool.bytes);
  page.gauge("bellrock_spool_bytes_max", "Its bound.", spool.bytes_max);
  page.gauge("bellrock_spool_frames", "Frames that the centre does not have yet.", spool.pending);
  const std::int64_t age_ms =
      spool.oldest_unix_ms == 0 ? 0 : std::max<std::int64_t>(0, now_unix_ms - spool.oldest_unix_ms);
  page.gauge("bellrock_spool_oldest_seconds", "Age of the oldest of them.", static_cast<std::uint64_t>(age_ms) / 1'000);
  page.counter("bellrock_frames_spooled", "Frames made.", spool.appended);
  page.counter("bellrock_frames_lost", "Frames given up by a full spool or damaged on disk; declared to the centre.",
               spool.lost_frames);
  page.counter("bellrock_frames_refused", "Frames the centre refused; kept in quarantine.", spool.refused_frames);
  page.counter("bellrock_spool_damaged_segments", "Files of the spool that ended in a torn record.",
               spool.damaged_segments);
  const UplinkStatus& uplink = status.uplink;
  page.family("bellrock_uplink_replies", "counter", "Answers of the centre.");
  page.sample({{"result", "applied"}}, uplink.applied);
  page.sample({{"result", "repeated"}}, uplink.repeated);
  page.sample({{"result", "refused"}}, uplink.refused);
  page.sample({{"result", "conflict"}}, uplink.conflicts);
  page.counter("bellrock_uplink_errors", "Tries that brought no answer.", uplink.errors);
  page.gauge("bellrock_uplink_last_contact_seconds", "Unix time of the last answer; 0: never.",
             static_cast<std::uint64_t>(uplink.last_contact_unix_ms) / 1'000);
  page.counter("bellrock_clock_samples_refused", "Answers whose times cannot be, or between which a clock stepped.",
               uplink.clock_refused);
  if (!uplink.clock) return;
  page.family("bellrock_clock_offset_seconds", "gauge",
              "The centre's time less this machine's, by its answers: positive where this clock is behind.");
  page.sample({}, static_cast<double>(uplink.clock->offset_ms) / 1e3);
  page.family("bellrock_clock_uncertain_seconds", "gauge", "How far from that the truth may be.");
  page.sample({}, static_cast<double>(uplink.clock->uncertain_ms) / 1e3);
}

void add_agent(OpenMetrics& page, const AgentStatus& status) {
  page.gauge("bellrock_board_open", "The agent has its board.", status.board_open);
  page.gauge("bellrock_edge_running", "An edge holds the board.", status.edge_running);
  page.gauge("bellrock_edge_since_seconds", "Unix time from which on it has been seen running, or not running.",
             static_cast<std::uint64_t>(status.edge_since_unix_ms) / 1'000);
  page.family("bellrock_reloads", "counter", "Configurations read again at SIGHUP.");
  page.sample({{"result", "applied"}}, status.reloads);
  page.sample({{"result", "refused"}}, status.reloads_refused);
  page.gauge("bellrock_configuration_pending", "The edge runs under an older configuration.",
             status.configuration_pending);
  page.family("bellrock_core_stalled", "gauge", "1: the core's worker has not polled for seconds.");
  for (std::size_t core = 0; core < status.core_stalled.size(); ++core) {
    page.sample({{"core", std::to_string(core)}}, std::uint64_t{status.core_stalled[core]});
  }
  page.counter("bellrock_damaged_cells", "Cells left out because they made no sense.", status.damaged_cells);
  page.counter("bellrock_damaged_banks", "Banks left out because they made no sense.", status.damaged_banks);
  page.counter("bellrock_boards_torn", "Boards given up because their file was cut.", status.boards_torn);
  page.gauge("bellrock_last_harvest_seconds", "Unix time of the last frame; 0: never.",
             static_cast<std::uint64_t>(status.harvest_unix_ms) / 1'000);
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + '"';
}

net::Response verdict(const std::vector<std::string>& reasons) {
  std::string body = reasons.empty() ? "{\"ok\":true,\"reasons\":[" : "{\"ok\":false,\"reasons\":[";
  for (std::size_t i = 0; i < reasons.size(); ++i) body += (i == 0 ? "" : ",") + json_string(reasons[i]);
  return {reasons.empty() ? 200u : 503u, "application/json", body + "]}\n", {}};
}

}  // namespace

std::string metrics_text(const AgentStatus& status, std::int64_t now_unix_ms) {
  OpenMetrics page;
  add_counters(page, status);
  add_conservation(page, status);
  add_spool(page, status, now_unix_ms);
  add_agent(page, status);
  return std::move(page).end();
}

net::Response answer(const net::Request& request, const AgentStatus& status, std::int64_t now_unix_ms) {
  if (request.method != "GET" && request.method != "HEAD") return {405, "text/plain", "only GET here\n", {}};
  if (request.path == "/healthz") return verdict(not_alive(status, now_unix_ms));
  if (request.path == "/readyz") return verdict(not_ready(status, now_unix_ms));
  if (request.path == "/metrics") {
    return {200, std::string(net::kOpenMetricsType), metrics_text(status, now_unix_ms), {}};
  }
  return {404, "text/plain", "/healthz, /readyz and /metrics are here\n", {}};
}

}  // namespace bellrock::agent
