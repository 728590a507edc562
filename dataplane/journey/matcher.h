// Turns messages into Events: which steps a message matches, whose visitor it is, and the dimension values and client
// durations it carries. One Matcher per core, used by the core that saw the message; allocates when it is made only.
#pragma once

#include <string_view>

#include "dataplane/base/counters.h"
#include "dataplane/base/siphash.h"
#include "dataplane/flow/beacon.h"
#include "dataplane/flow/event.h"
#include "dataplane/flow/message.h"
#include "dataplane/journey/definition.h"

namespace bellrock::journey {

class Matcher {
 public:
  // Counts kNoIdentity and kTooManyMatches. `definition` outlives the matcher.
  Matcher(const Definition& definition, SipKey session_key, SipKey owner_key, Counters& counters);

  [[nodiscard]] bool is_beacon_path(std::string_view host, std::string_view path) const;
  [[nodiscard]] TemplateId template_of(std::string_view path) const;

  // Each calls emit(Event&) once per identity whose key is present, where there is something to tell. Time, ordinal and
  // index of the event are the caller's to fill.
  template <class Emit>
  void on_request(const HttpRequest& request, RequestTag& tag, Emit&& emit);
  template <class Emit>
  void on_response(const HttpResponse& response, const RequestTag& tag, Emit&& emit);
  template <class Emit>
  void on_transaction(const Transaction& transaction, const RequestTag& tag, Emit&& emit);
  template <class Emit>
  void on_beacon(const Beacon& beacon, const HttpRequest& carrier, const RequestTag& tag, Emit&& emit);
};

}  // namespace bellrock::journey
