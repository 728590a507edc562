#include "control/plane/answers.h"
#include "control/plane/api.h"
#include "control/plane/journal.h"
#include "control/plane/writes.h"

namespace bellrock::plane {

using net::Request;
using net::Response;

// A page of another site may send forms and plain text without asking, JSON not: so only JSON is taken.
void Api::write(const Request& request, const net::Respond& respond) {
  const bool change = request.path == "/api/v1/changes";
  if (!change && request.path != "/api/v1/corrections") {
    return respond(not_allowed("GET, HEAD", "only GET here"));
  }
  if (!is_media_type(request.content_type, "application/json")) {
    return respond(problem(415, "not_json", "send application/json"));
  }
  if (auto refused = refuse_parameters(request, {})) return respond(std::move(*refused));
  const std::int64_t now = clock_() / 1'000;
  auto entry = change ? parse_change(request.body, catalog_, now) : parse_correction(request.body, catalog_, now);
  if (!entry.ok()) return respond(problem(400, "bad_request", entry.error().message));
  intake_.run_between([this, respond, entry = std::move(*entry)]() mutable {
    if (auto refused = refuse_one_more(entry)) return respond(std::move(*refused));
    const auto id = store_.write_journal(entry);
    if (!id.ok()) return respond(store_failed(id.error()));
    respond({201, "application/json", dump({{"id", *id}}), {}});
    entry.id = *id;
    tell(entry);
  });
}

// A correction that nobody would look at must not seem to be in force.
std::optional<Response> Api::refuse_one_more(const store::JournalEntry& entry) {
  if (entry.kind != kCorrectionKind) return std::nullopt;
  const auto snapshot = store_.snapshot();
  if (!snapshot.ok()) return store_failed(snapshot.error());
  const auto corrections = read_corrections(**snapshot);
  if (!corrections.ok()) return store_failed(corrections.error());
  const auto revocable = check_revocation(entry, *corrections);
  if (!revocable.ok()) return problem(400, "bad_request", revocable.error().message);
  if (corrections->size() < kCorrectionsMax) return std::nullopt;
  return problem(409, "too_many_corrections",
                 "there are as many corrections as may be; the oldest leave with `retention` of the Central document");
}

}  // namespace bellrock::plane
