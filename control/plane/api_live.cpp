#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "control/plane/answers.h"
#include "control/plane/api.h"
#include "control/plane/journal.h"

namespace bellrock::plane {

using net::Request;
using net::Response;

namespace {

std::string_view one_line(std::string_view body) {
  if (body.ends_with('\n')) body.remove_suffix(1);
  return body;
}

}  // namespace

// Begins with the state of things, so that nothing can be missed between that and what comes.
Response Api::live(const Request& request) {
  if (auto refused = refuse_parameters(request, {})) return std::move(*refused);
  auto reader = live_.join();
  if (!reader) {
    Response busy = problem(503, "too_many_readers", "as many follow this already as may; ask for figures instead");
    busy.headers.emplace_back("Retry-After", "60");
    return busy;
  }
  const Response now = status();
  if (now.status != 200) return now;
  reader->push(std::make_shared<const std::string>(net::event_text("status", one_line(now.body))));
  return {200, "text/event-stream", "", {}, std::move(reader)};
}

void Api::tell_status() {
  if (live_.readers() == 0) return;
  const Response now = status();
  live_.publish(now.status == 200 ? "status" : "failed", one_line(now.body));
}

void Api::tell(const KeptIncident& incident) { live_.publish(kIncidentKind, to_json(incident).dump()); }

void Api::tell(const store::JournalEntry& entry) {
  if (const auto marker = change_of(entry)) live_.publish(kChangeKind, to_json(*marker).dump());
  if (const auto correction = correction_of(entry)) live_.publish(kCorrectionKind, to_json(*correction).dump());
}

}  // namespace bellrock::plane
