#include "dataplane/app/pipeline.h"

#include "dataplane/tcp/flow_hash.h"

namespace bellrock::app {

Pipeline::Pipeline(const journey::Definition& definition, const Keys& keys, Share share, Counters& counters,
                   Router& router, Trace* trace)
    : verify_checksums_(definition.limits.verify_checksums),
      share_(share),
      counters_(counters),
      router_(router),
      trace_(trace),
      matcher_(definition, keys.session, keys.owner, counters),
      templates_(definition.templates),
      reassembler_({.connections = definition.limits.connections_per_core,
                    .idle = definition.limits.connection_idle,
                    .server_ports = definition.limits.server_ports},
                   keys.flows, counters),
      http_({.connections = definition.limits.connections_per_core, .body_bytes_max = definition.limits.body_bytes_max},
            definition.headers, counters),
      reader_(definition.limits.body_bytes_max),
      infos_(trace != nullptr ? definition.limits.connections_per_core : 0) {
  matcher_.set_hint({[](void* to, std::uint32_t hash) { static_cast<Router*>(to)->fetch_session(hash); }, &router});
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
  now_ = packet.time;
  ordinal_ = packet.ordinal;
  event_index_ = 0;
  beacon_index_ = 0;
  counters_.add(PacketCount::kPackets);
  counters_.add(PacketCount::kBytes, packet.wire_bytes);
  if (parsed.drop != Drop::kCount) return counters_.add(parsed.drop);
  const auto status = reassembler_.on_segment(parsed.segment, parsed.key, packet.ordinal, *this);
  if (!status.ok()) return counters_.add(status.error());
  counters_.add(PacketCount::kPassed);
}

void Pipeline::expire(Instant now, std::uint64_t ordinal) {
  if (ordinal == 0) return;
  now_ = now;
  ordinal_ = ordinal - 1;
  expiring_at_ = now;
  expiring_ = true;
  reassembler_.expire(now, *this);
  expiring_ = false;
}

// The capture's end says nothing about the visitors: requests that wait are unanswered here, but no journey learns it.
void Pipeline::finish(Instant now) {
  now_ = now;
  finishing_ = true;
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

void Pipeline::on_end(std::uint32_t c, Direction direction, Instant at) { http_.on_end(c, direction, at, *this); }

void Pipeline::on_reset(std::uint32_t c, Direction sender, Instant at) { http_.on_reset(c, sender, at, *this); }

// An idle connection ended at its last packet plus the limit, whenever that is noticed.
void Pipeline::on_close(std::uint32_t c, tcp::CloseReason reason, Instant at) {
  const Instant noticed = now_;
  const bool waited = reason == tcp::CloseReason::kIdle;
  if (waited || reason == tcp::CloseReason::kIdleOneSided) now_ = at;
  http_.on_close(c, waited, at, *this);
  now_ = noticed;
}

bool Pipeline::wants_body(std::uint32_t, const HttpRequest& head) {
  return head.method == Method::kPost && matcher_.is_beacon_path(head.header(Header::kHost), head.path);
}

void Pipeline::on_request(std::uint32_t c, const HttpRequest& request, RequestTag& tag) {
  tag.method = request.method;
  tag.request_last = request.last;
  tag.path_template = matcher_.template_of(request.path);
  tag.beacon_path = matcher_.is_beacon_path(request.header(Header::kHost), request.path);
  if (trace_ != nullptr) trace_request(c, request, tag);
  if (tag.beacon_path) return read_beacons(request, tag);
  if (!request.last.seen()) return;  // cut before it was complete: never a step
  matcher_.on_request(request, tag, [this](Event& event) { emit(event); });
}

void Pipeline::read_beacons(const HttpRequest& request, RequestTag& tag) {
  const bool carries = request.method == Method::kPost || (request.method == Method::kGet && !request.query.empty());
  if (!carries) return;  // a preflight, or somebody who looks
  reader_.start(request);
  for (auto step = reader_.next(); step != beacon::Reader::Step::kEnd; step = reader_.next()) {
    counters_.add(PacketCount::kBeaconsSeen);
    if (step == beacon::Reader::Step::kReject) {
      counters_.add(reader_.reject());
      if (trace_ != nullptr) trace_beacon(reader_.reject());
      continue;
    }
    const Beacon& beacon = reader_.beacon();
    counters_.add(PacketCount::kBeaconsAccepted);
    counters_.add(beacon.dialect);
    counters_.add(beacon.type);
    if (trace_ != nullptr) trace_beacon(BeaconReject::kCount);
    matcher_.on_beacon(beacon, request, tag, [this](Event& event) { emit(event); });
  }
}

void Pipeline::on_response(std::uint32_t, const HttpResponse& response, const RequestTag& tag) {
  if (!tag.beacon_path) matcher_.on_response(response, tag, [this](Event& event) { emit(event); });
}

void Pipeline::on_transaction(std::uint32_t, const Transaction& transaction, const RequestTag& tag) {
  counters_.add(tag.method);
  counters_.add_id(counter::status(transaction.status));
  counters_.add_id(counter::path_template(tag.path_template.value));
  if (!tag.beacon_path) matcher_.on_transaction(transaction, tag, [this](Event& event) { emit(event); });
  if (trace_ == nullptr || tag.trace == 0) return;
  TransactionTrace& trace = trace_->pending[tag.trace - 1];
  trace.transaction = transaction;
  trace_->transactions.push_back(std::move(trace));
}

void Pipeline::on_error(std::uint32_t, Direction, HttpError) {}

void Pipeline::emit(Event& event) {
  if (finishing_) return;
  event.time = now_;
  event.ordinal = ordinal_;
  event.index = expiring_ ? Order::expiry_index(now_, expiring_at_) : event_index_++;
  counters_.add(EventCount::kEvents);
  router_.route(event);
}

void Pipeline::trace_request(std::uint32_t c, const HttpRequest& request, RequestTag& tag) {
  trace_->pending.push_back({.connection_ordinal = infos_[c].first_ordinal,
                             .number = trace_->pending.size(),
                             .client = infos_[c].client,
                             .server = infos_[c].server,
                             .method = std::string(request.method_text),
                             .target = std::string(request.target),
                             .host = std::string(request.header(Header::kHost)),
                             .transaction = {}});
  tag.trace = trace_->pending.size();
}

void Pipeline::trace_beacon(BeaconReject rejected) {
  const Beacon& beacon = reader_.beacon();
  BeaconTrace trace;
  trace.ordinal = ordinal_;
  trace.index = beacon_index_++;
  trace.dialect = beacon.dialect;
  trace.type = beacon.type;
  trace.name = std::string(beacon.name);
  if (beacon.page.data() != nullptr) trace.page_template = templates_[matcher_.template_of(beacon.page).index()].text;
  if (beacon.has_ok) trace.ok = beacon.ok;
  trace.dur_ms = beacon.dur;
  trace.rejected = rejected;
  trace_->beacons.push_back(std::move(trace));
}

}  // namespace bellrock::app
