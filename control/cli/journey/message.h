// Messages made of text, as a visitor's browser and the server would send them, for the matcher. They own their text.
// One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "control/cli/journey/wanted.h"
#include "control/config/journey_tests.h"
#include "dataplane/base/time.h"
#include "dataplane/flow/beacon.h"
#include "dataplane/flow/message.h"
#include "dataplane/journey/definition.h"

namespace bellrock::cli {

class MadeRequest {
 public:
  // Without `wanted`: a request that no step is likely to ask for.
  MadeRequest(const journey::Definition& definition, const journey::Identity& identity, const Wanted* wanted,
              const config::TestEvent& event, Instant at);
  MadeRequest(const MadeRequest&) = delete;
  MadeRequest& operator=(const MadeRequest&) = delete;

  [[nodiscard]] const HttpRequest& request() const { return request_; }

 private:
  void add_visitor(const journey::Identity& identity, const std::string& value);
  void add_visitors(const journey::Identity& identity, const config::TestEvent& event);

  std::string method_, path_, query_;
  std::map<std::size_t, std::string> texts_;  // of headers, by their index
  HeaderValues headers_{};
  HttpRequest request_;
};

class MadeBeacon {
 public:
  // Without `wanted`: one without a name. A report's carrier alone says whose it is.
  MadeBeacon(const journey::Definition& definition, const journey::Identity& identity, const Wanted* wanted,
             const config::TestEvent& event, Instant at, bool synthetic);

  MadeBeacon(const MadeBeacon&) = delete;
  MadeBeacon& operator=(const MadeBeacon&) = delete;

  [[nodiscard]] const Beacon& beacon() const { return beacon_; }
  [[nodiscard]] const HttpRequest& carrier() const { return carrier_.request(); }

 private:
  void add_visitor(const journey::Identity& identity, const config::TestEvent& event);
  std::string_view keep(std::string text);
  void add_attr(const std::string& name, const journey::Literal& value);
  void set_field(std::string_view name, const std::string& value);

  std::vector<std::unique_ptr<std::string>> texts_;
  Beacon beacon_;
  MadeRequest carrier_;
};

// The raw value of the identity's key that stands for a visitor of a test.
std::string visitor_value(const config::TestEvent& event);

// Whether the identity has a key, of those that such a message can carry, for each of the event's ids.
bool carries_all_ids(const journey::Identity& identity, const config::TestEvent& event);

// A path that the template matches.
std::string path_for(const journey::Definition& definition, TemplateId path);

}  // namespace bellrock::cli
