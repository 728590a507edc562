#include "dataplane/app/intake.h"

namespace bellrock::app {

Intake::Intake(const journey::Definition& definition, const Keys& keys, Counters& counters, Router& router,
               Trace* trace)
    : counters_(counters),
      router_(router),
      trace_(trace),
      matcher_(definition, keys.session, keys.owner, counters),
      templates_(definition.templates),
      reader_(definition.limits.body_bytes_max) {
  matcher_.set_hint({[](void* to, std::uint32_t hash) { static_cast<Router*>(to)->fetch_soon(hash); }, &router});
}

void Intake::tag(const HttpRequest& request, RequestTag& tag) const {
  tag_beacon(request, tag);
  tag.beacon_path = matcher_.is_beacon_path(request.header(Header::kHost), request.path);
}

void Intake::tag_beacon(const HttpRequest& request, RequestTag& tag) const {
  tag.method = request.method;
  tag.request_last = request.last;
  tag.path_template = matcher_.template_of(request.path);
  tag.beacon_path = true;
}

void Intake::read_beacons(const HttpRequest& request, RequestTag& tag) {
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

void Intake::on_request(const HttpRequest& request, RequestTag& tag) {
  if (!request.last.seen()) return;  // cut before it was complete: never a step
  matcher_.on_request(request, tag, [this](Event& event) { emit(event); });
}

void Intake::on_response(const HttpResponse& response, const RequestTag& tag) {
  matcher_.on_response(response, tag, [this](Event& event) { emit(event); });
}

void Intake::on_transaction(const Transaction& transaction, const RequestTag& tag) {
  matcher_.on_transaction(transaction, tag, [this](Event& event) { emit(event); });
}

void Intake::emit(Event& event) {
  if (muted_) return;
  event.time = standing_.time;
  event.ordinal = standing_.ordinal;
  event.index = standing_.noticed.seen() ? index_of_end() : event_index_++;
  counters_.add(EventCount::kEvents);
  router_.route(event);
}

// Where several workers notice ends, their times are what orders them; one worker's can be counted.
std::uint32_t Intake::index_of_end() {
  if (!router_.direct()) return Order::expiry_index(standing_.time, standing_.noticed);
  return Order::kExpiryBase + ends_index_++;
}

void Intake::trace_beacon(BeaconReject rejected) {
  const Beacon& beacon = reader_.beacon();
  BeaconTrace trace;
  trace.ordinal = standing_.ordinal;
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
