// From HTTP messages to events, whoever read them: the pipeline that listens to other people's connections, or the
// endpoint that serves its own. Reads beacons, asks the matcher, and hands events to the router. Owns the counts of
// beacons. Used by its worker's thread only; allocates only when it is made.
#pragma once

#include <string_view>
#include <utility>

#include "dataplane/app/router.h"
#include "dataplane/app/trace.h"
#include "dataplane/base/counters.h"
#include "dataplane/beacon/reader.h"
#include "dataplane/journey/definition.h"
#include "dataplane/journey/matcher.h"

namespace bellrock::app {

// Keyed hashes of one board: session keys rotate, owners never move while the board lives.
struct Keys {
  journey::SessionKeys session;
  SipKey owner;
  SipKey flows;
};

// Where the events of a message stand: its packet's time and place in the capture.
struct Standing {
  Instant time;
  std::uint64_t ordinal = 0;
  Instant noticed;  // seen: the message ended by a deadline, which was noticed then
};

class Intake {
 public:
  Intake(const journey::Definition& definition, const Keys& keys, Counters& counters, Router& router, Trace* trace);

  // Before the messages of another packet, or of deadlines.
  void at(const Standing& standing) {
    if (standing.ordinal != standing_.ordinal) event_index_ = beacon_index_ = ends_index_ = 0;
    standing_ = standing;
  }
  // The connection's own time, while something that ended at another one is told.
  Instant exchange_time(Instant time) { return std::exchange(standing_.time, time); }
  // From here on nothing becomes an event: the capture's end says nothing about the visitors.
  void mute(Instant now) {
    standing_ = {.time = now, .ordinal = standing_.ordinal, .noticed = {}};
    muted_ = true;
  }

  void set_session_keys(const journey::SessionKeys& keys) { matcher_.set_session_keys(keys); }
  [[nodiscard]] bool is_beacon_path(std::string_view host, std::string_view path) const {
    return matcher_.is_beacon_path(host, path);
  }

  // What the matcher has to know of a request before anything else. Fills the tag's own part.
  void tag(const HttpRequest& request, RequestTag& tag) const;
  // The same, for one whose path is known to be a beacon's.
  void tag_beacon(const HttpRequest& request, RequestTag& tag) const;
  // A request to a beacon's path; others make nothing of it.
  void read_beacons(const HttpRequest& request, RequestTag& tag);
  // Those to other paths.
  void on_request(const HttpRequest& request, RequestTag& tag);
  void on_response(const HttpResponse& response, const RequestTag& tag);
  void on_transaction(const Transaction& transaction, const RequestTag& tag);

 private:
  void emit(Event& event);
  void trace_beacon(BeaconReject rejected);
  std::uint32_t index_of_end();

  Counters& counters_;
  Router& router_;
  Trace* trace_;
  journey::Matcher matcher_;
  const std::vector<journey::PathTemplate>& templates_;
  beacon::Reader reader_;
  Standing standing_;
  std::uint32_t event_index_ = 0;
  std::uint32_t ends_index_ = 0;  // of what deadlines behind that packet cause
  std::uint32_t beacon_index_ = 0;
  bool muted_ = false;
};

}  // namespace bellrock::app
