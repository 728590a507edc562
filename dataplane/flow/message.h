// HTTP messages as the journey engine sees them. Everything is borrowed: from the packet, or from the connection's
// buffers, and only until the callback that got it returns.
#pragma once

#include <array>
#include <string_view>

#include "dataplane/base/bytes.h"
#include "dataplane/base/counters.h"
#include "dataplane/base/ids.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/time.h"
#include "dataplane/flow/visitor.h"

namespace bellrock {

// Headers somebody asked for: the fixed ones below, then those that identities and dimensions name
// (Definition::headers). The first occurrence of a name counts; absent is an empty view with data() == nullptr.
enum class Header : std::uint8_t {
  kHost,
  kContentType,
  kContentEncoding,
  kCookie,
  kUserAgent,
  kChUaMobile,
  kOrigin,
  kChUa,
  kChUaPlatform,
  kDnt,
  kSecGpc,
  kCount  // index of the first configured header
};
using HeaderValues = std::array<std::string_view, kHeaderInterestsMax>;

struct HttpRequest {
  Method method = Method::kOther;
  std::string_view method_text;
  std::string_view target;  // as written
  std::string_view path;    // target without query; an absolute-form target (RFC 9112 3.2.2) is cut to its path
  std::string_view query;   // without '?'; empty when there is none
  const HeaderValues* headers = nullptr;
  std::uint64_t header_block = 0;  // the same number: the same values; 0: nothing is known of other requests
  Bytes body;                      // decoded (chunking and content codings removed); only if the sink wanted it
  BeaconReject body_error = BeaconReject::kCount;  // why `body` could not be had; kCount: no error
  std::uint64_t body_bytes = 0;                    // content bytes on the wire, chunk framing not counted
  Instant first;                                   // first captured copy of the first byte
  Instant last;  // of the last byte; 0 when the request was cut before it was complete

  [[nodiscard]] std::string_view header(Header h) const { return (*headers)[static_cast<std::size_t>(h)]; }
  [[nodiscard]] std::string_view header(std::size_t index) const { return (*headers)[index]; }
};

struct HttpResponse {
  unsigned status = 0;
  Instant first;      // first byte of the final response
  bool html = false;  // it is said to be text/html; only where somebody asks (HttpLimits)
};

// How a request ended.
enum class TransactionEnd : std::uint8_t {
  kAnswered,    // the final response is complete, or was cut after its head
  kAborted,     // the client's FIN or RST came while the request was pending
  kUnanswered,  // the server's FIN or RST came first, or the connection's idle limit, with no response head seen
  kUnknown,     // nor was one seen here, but it may have been missed
};

struct Transaction {
  TransactionEnd end = TransactionEnd::kAnswered;
  unsigned status = 0;                                                 // 0: none seen
  unsigned interim = 0;                                                // 1xx responses before the final one
  bool html = false;                                                   // as HttpResponse says it
  Instant request_first, request_last, response_first, response_last;  // 0: not seen
  std::uint64_t request_body_bytes = 0;
  std::uint64_t response_body_bytes = 0;
  Instant closed;  // kAborted: the client's FIN or RST, which may lie before the moment this could be said; else 0
};

// What the matcher learnt from a request and needs again at its response. Kept by the connection, opaque to HTTP.
struct RequestTag {
  std::array<SessionKey, kIdentitiesMax> keys{};
  std::array<std::uint32_t, kIdentitiesMax> owner_hashes{};
  std::uint8_t key_mask = 0;  // identities whose key was on the request
  std::uint8_t dimension_count = 0;
  std::array<std::uint8_t, 2 * kEventDimensionsMax> dimensions{};  // (DimensionId, value) pairs
  TemplateId path_template;
  Method method = Method::kOther;
  bool beacon_path = false;
  Filter filter : 3 = Filter::kNone;     // why this visitor begins no attempt
  Device device : 4 = Device::kUnknown;  // of a page's visitor, and its browser
  bool may_be_page : 1 = false;          // if the answer is one
  bool is_call : 1 = false;              // whose time is split, once it is answered
  std::uint8_t browser = 0;
  std::array<std::uint64_t, kResponseLeavesMax / 64> response_leaves{};  // Definition::leaves whose request part held
  std::array<std::uint32_t, kCorrelatesMax> correlates{};                // as an Event has them
  Instant request_last;
  std::uint64_t trace = 0;  // number of this request in the traces, 0 without tracing
};

}  // namespace bellrock
