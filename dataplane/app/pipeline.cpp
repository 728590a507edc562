#include "dataplane/app/pipeline.h"

#include <bit>

#include "dataplane/tcp/flow_hash.h"

namespace bellrock::app {

Pipeline::Pipeline(const journey::Definition& definition, const Keys& keys, Share share, Counters& counters,
                   Router& router, Trace* trace)
    : verify_checksums_(definition.limits.verify_checksums),
      share_(share),
      counters_(counters),
      trace_(trace),
      intake_(definition, keys, counters, router, trace),
      reassembler_({.connections = definition.limits.connections_per_core,
                    .idle = definition.limits.connection_idle,
                    .server_ports = definition.limits.server_ports},
                   keys.flows, counters),
      http_({.connections = definition.limits.connections_per_core,
             .body_bytes_max = definition.limits.body_bytes_max,
             .response_types = definition.coverage.on},
            definition.headers, counters),
      infos_(trace != nullptr ? definition.limits.connections_per_core : 0) {
  if (const auto packet = router.resumed_in()) reassembler_.deliver_with(*packet);
}

// Three passes over the burst, so that each finds in the cache what the one before has named: headers and buckets,
// connections, and then (on_parsed) bytes.
void Pipeline::parse(std::span<const Packet> burst) {
  for (std::size_t i = 0; i < burst.size(); ++i) {
    // A frame's headers lie in its first line; four ahead is as far as a fetch from memory takes.
    if (i + 4 < burst.size()) __builtin_prefetch(burst[i + 4].data.data());
    Parsed& parsed = parsed_[i];
    const auto status = tcp::parse_segment(burst[i], verify_checksums_, parsed.segment);
    if (!status.ok()) {
      parsed.drop = status.error();
      parsed.mine = burst[i].ordinal % share_.workers == share_.worker;
      continue;
    }
    parsed.drop = Drop::kCount;
    parsed.mine = share_.workers == 1 || tcp::flow_hash(parsed.segment.flow) % share_.workers == share_.worker;
    if (parsed.mine) parsed.key = reassembler_.locate(parsed.segment.flow);
  }
  for (std::size_t i = 0; i < burst.size(); ++i) {
    if (parsed_[i].drop != Drop::kCount || !parsed_[i].mine) continue;
    const tcp::ConnectionIndex c = reassembler_.prefetch(parsed_[i].key);
    if (c != tcp::kNoConnection && !parsed_[i].segment.payload.empty()) http_.prefetch(c);
  }
}

void Pipeline::on_parsed(const Packet& packet, const Parsed& parsed) {
  intake_.at({.time = packet.time, .ordinal = packet.ordinal, .noticed = {}});
  counters_.add(PacketCount::kPackets);
  counters_.add(PacketCount::kBytes, packet.wire_bytes);
  if (parsed.drop != Drop::kCount) return counters_.add(parsed.drop);
  const auto status = reassembler_.on_segment(parsed.segment, parsed.key, packet.ordinal, *this);
  if (!status.ok()) return counters_.add(status.error());
  counters_.add(PacketCount::kPassed);
}

void Pipeline::expire(Instant now, std::uint64_t ordinal) {
  if (ordinal == 0) return;
  for (Instant due = reassembler_.next_deadline(); due < now; due = reassembler_.next_deadline()) {
    intake_.at({.time = due, .ordinal = ordinal - 1, .noticed = now});
    reassembler_.expire({due.ns + 1}, *this);
  }
  intake_.at({.time = now, .ordinal = ordinal - 1, .noticed = now});
  reassembler_.expire(now, *this);
}

// The capture's end says nothing about the visitors: requests that wait are unanswered here, but no journey learns it.
void Pipeline::finish(Instant now) {
  intake_.mute(now);
  reassembler_.close_all(now, *this);
}

void Pipeline::on_open(std::uint32_t c, const tcp::ConnectionInfo& info) {
  http_.on_open(c, info.mid_stream);
  if (trace_ == nullptr) return;
  infos_[c] = info;
  trace_->connections.push_back(info.first_ordinal);
}

void Pipeline::on_data(std::uint32_t c, Direction direction, Bytes data, Instant byte_time) {
  http_.on_data(c, direction, data, byte_time, *this);
}

void Pipeline::on_gap(std::uint32_t c, Direction direction, std::uint64_t gap_bytes) {
  http_.on_gap(c, direction, gap_bytes, *this);
}

void Pipeline::on_end(std::uint32_t c, Direction direction, Instant at) {
  http_.on_end(c, direction, reassembler_.both_captured(c), at, *this);
}

void Pipeline::on_reset(std::uint32_t c, Direction sender, Instant at) { http_.on_reset(c, sender, at, *this); }

// An idle connection ended at its last packet plus the limit, whenever that is noticed.
void Pipeline::on_close(std::uint32_t c, tcp::CloseReason reason, Instant at) {
  const bool waited = reason == tcp::CloseReason::kIdle;
  const bool earlier = waited || reason == tcp::CloseReason::kIdleOneSided;
  const Instant noticed = earlier ? intake_.exchange_time(at) : Instant{};
  http_.on_close(c, waited, at, *this);
  if (earlier) intake_.exchange_time(noticed);
}

bool Pipeline::wants_body(std::uint32_t, const HttpRequest& head) {
  return head.method == Method::kPost && intake_.is_beacon_path(head.header(Header::kHost), head.path);
}

void Pipeline::on_request(std::uint32_t c, const HttpRequest& request, RequestTag& tag) {
  intake_.tag(request, tag);
  if (trace_ != nullptr) trace_request(c, request, tag);
  tag.beacon_path ? intake_.read_beacons(request, tag) : intake_.on_request(request, tag);
  if (tag.trace == 0 || tag.beacon_path || tag.key_mask == 0) return;
  trace_->pending[tag.trace - 1].visitor = tag.keys[static_cast<std::size_t>(std::countr_zero(tag.key_mask))].words[0];
}

void Pipeline::on_response(std::uint32_t, const HttpResponse& response, const RequestTag& tag) {
  if (!tag.beacon_path) intake_.on_response(response, tag);
}

void Pipeline::on_transaction(std::uint32_t, const Transaction& transaction, const RequestTag& tag) {
  counters_.add(tag.method);
  counters_.add_id(counter::status(transaction.status));
  counters_.add_id(counter::path_template(tag.path_template.value));
  if (!tag.beacon_path) intake_.on_transaction(transaction, tag);
  if (trace_ == nullptr || tag.trace == 0) return;
  TransactionTrace& trace = trace_->pending[tag.trace - 1];
  trace.transaction = transaction;
  trace_->transactions.push_back(std::move(trace));
}

void Pipeline::on_error(std::uint32_t, Direction, HttpError) {}

void Pipeline::trace_request(std::uint32_t c, const HttpRequest& request, RequestTag& tag) {
  trace_->pending.push_back({.connection_ordinal = infos_[c].first_ordinal,
                             .number = trace_->pending.size(),
                             .client = infos_[c].client,
                             .server = infos_[c].server,
                             .method = std::string(request.method_text),
                             .target = std::string(request.target),
                             .host = std::string(request.header(Header::kHost)),
                             .cookies = std::string(request.header(Header::kCookie)),
                             .transaction = {}});
  tag.trace = trace_->pending.size();
}

}  // namespace bellrock::app
