#include "dataplane/server/core.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/http/head_lines.h"

namespace bellrock::server {
namespace {

std::vector<std::string> headers_to_read(std::span<const std::string> configured) {
  CHECK(configured.size() <= kConfiguredHeadersMax);
  std::vector<std::string> all(configured.begin(), configured.end());
  all.insert(all.end(), kExtraNames.begin(), kExtraNames.end());
  return all;
}

// The whole address, of IPv6 the network: what one subscriber has.
Bytes source_of(const Flow& flow) {
  const Bytes address(flow.source.address);
  constexpr std::size_t kMappedAt = 12, kNetworkBytes = 8;
  const bool ipv4 = load_le64(address.data()) == 0;
  return ipv4 ? address.subspan(kMappedAt) : address.first(kNetworkBytes);
}

}  // namespace

Core::Core(const Config& config, std::span<const std::string> configured_headers, responder::ReplyTable& table,
           Counters& counters, const http::ScanKernel& kernel)
    : config_(config),
      counters_(counters),
      replies_(config, table, counters),
      connections_(config.connections),
      pool_(config.pool_blocks),
      parser_(kernel, headers_to_read(configured_headers), http::Targets::kAscii),
      kernel_(kernel),
      decoder_(config.body_bytes_max),
      rates_(config.requests_per_second, config.request_burst, config.sources),
      head_scratch_(std::make_unique<std::uint8_t[]>(kHeadBytesMax)),
      body_scratch_(std::make_unique<std::uint8_t[]>(config.body_bytes_max)),
      first_extra_(static_cast<std::size_t>(Header::kCount) + configured_headers.size()) {}

void Core::open(ConnectionIndex c, const Flow& flow) {
  connections_[c] = Connection{};
  if (config_.requests_per_second > 0) connections_[c].source = siphash64(config_.secret, source_of(flow));
}

// RFC 9112 9.3, 9.6. HTTP/1.0 connections are not kept. Several Connection headers: whatever they say, it ends.
bool Core::wants_close() const {
  if (request_.http_1_0 || is_repeated(Extra::kConnection)) return true;
  const std::string_view value = extra(Extra::kConnection);
  return !value.empty() && !http::equals_ignoring_case(value, "keep-alive") && has_token(value, "close");
}

// Two servers could take different ones of them.
bool Core::repeats_what_it_may_not() const {
  if (request_.repeated == 0) [[likely]]
    return false;
  return is_repeated(static_cast<std::size_t>(Header::kContentType)) ||
         is_repeated(static_cast<std::size_t>(Header::kContentEncoding)) ||
         is_repeated(static_cast<std::size_t>(Header::kOrigin)) || is_repeated(Extra::kExpect) ||
         is_repeated(Extra::kRequestMethod) || is_repeated(Extra::kRequestHeaders);
}

void Core::set_refusal(Decision& decision, Refusal refusal, bool at_once) const {
  decision.refusal = refusal;
  decision.beacon = false;
  decision.answer = answer_of(refusal, decision.place);
  // Whoever waits for our word before he sends his body may not send it after a refusal (RFC 9110 10.1.1).
  const bool waits = request_.expects && request_.framing.kind != http::BodyKind::kNone;
  decision.at_once = at_once || waits;
  decision.closes = decision.closes || decision.at_once;
}

Core::Decision Core::admit(Connection& connection, Place place) {
  counters_.add(ServerCount::kRequests);
  counters_.add(request_.message.method);
  connection.closes = wants_close();
  connection.refusal = Refusal::kCount;
  if (++connection.requests == config_.requests_per_connection) {
    connection.closes = true;
    counters_.add(ServerCount::kConnectionsUsedUp);
  }
  Decision decision{.place = place, .closes = connection.closes};
  const Method method = request_.message.method;
  if (method == Method::kOther || method == Method::kConnect) {
    set_refusal(decision, Refusal::kMethodUnknown, true);
  } else if (repeats_what_it_may_not()) {
    set_refusal(decision, Refusal::kRepeatedHeader, true);
  } else if (request_.framing.length > config_.body_bytes_max) {
    route(decision);  // a beacon is a refused one
    const bool beacon = decision.beacon;
    set_refusal(decision, Refusal::kBodyTooLarge, true);
    decision.beacon = beacon;
  } else if (!rates_.take(connection.source, now_)) {
    set_refusal(decision, Refusal::kRateLimited, false);
  } else if (expects_continue() && !http::equals_ignoring_case(extra(Extra::kExpect), "100-continue")) {
    set_refusal(decision, Refusal::kExpectationUnknown, false);
  } else {
    route(decision);
  }
  connection.refusal = decision.refusal;
  connection.closes = decision.closes;
  return decision;
}

Core::Decision Core::again(const Connection& connection, Place place) {
  Decision decision{.place = place, .closes = connection.closes};
  if (connection.refusal != Refusal::kCount) {
    set_refusal(decision, connection.refusal, false);
  } else {
    route(decision);
  }
  return decision;
}

void Core::route(Decision& decision) const {
  switch (decision.place) {
    case Place::kBeacon:
      return route_beacon(decision);
    case Place::kSnippet:
    case Place::kHealth:
      return route_static(decision);
    case Place::kServer:
      decision.answer = Answer::kServerOptions;
      return;
    case Place::kNowhere:
      return set_refusal(decision, Refusal::kNotFound, false);
  }
}

void Core::route_beacon(Decision& decision) const {
  const HttpRequest& message = request_.message;
  switch (message.method) {
    case Method::kPost: {
      const bool framed =
          extra(Extra::kContentLength).data() != nullptr || request_.framing.kind != http::BodyKind::kNone;
      if (!framed) return set_refusal(decision, Refusal::kLengthRequired, true);
      decision.beacon = true;
      break;
    }
    case Method::kGet:
      // Somebody who only looks sends no query.
      decision.beacon = !message.query.empty() && message.path != "/config/v1/rum/agents";
      break;
    case Method::kHead:
      return;
    case Method::kOptions:
      decision.answer = preflight_or_options();
      if (decision.answer != Answer::kPreflight) return;
      if (extra(Extra::kRequestHeaders).size() > kRequestHeadersBytesMax ||
          !is_name_list(extra(Extra::kRequestHeaders)))
        set_refusal(decision, Refusal::kBadPreflight, false);
      return;
    default:
      return set_refusal(decision, Refusal::kMethodNotAllowed, false);
  }
  const bool image = message.method == Method::kGet && extra(Extra::kAccept).starts_with("image/");
  decision.answer = answer_of_beacon(message, extra(Extra::kFaroSession).data() != nullptr, image);
}

Answer Core::preflight_or_options() const {
  const bool asks =
      extra(Extra::kRequestMethod).data() != nullptr && is_origin(request_.message.header(Header::kOrigin));
  return asks ? Answer::kPreflight : Answer::kBeaconOptions;
}

void Core::route_static(Decision& decision) const {
  const bool snippet = decision.place == Place::kSnippet;
  switch (request_.message.method) {
    case Method::kGet:
      decision.answer = snippet ? snippet_answer() : Answer::kHealthy;
      return;
    case Method::kHead:
      decision.answer = snippet ? snippet_answer() : Answer::kHealthyHead;
      return;
    case Method::kOptions:
      decision.answer = Answer::kStaticOptions;
      return;
    default:
      set_refusal(decision, Refusal::kMethodNotAllowed, false);
  }
}

// A validator, or a choice, that is spread over several headers is left aside: the whole script is always right.
Answer Core::snippet_answer() const {
  const bool gzip = !config_.snippet.gzip.empty() && !is_repeated(Extra::kAcceptEncoding) &&
                    accepts_gzip(extra(Extra::kAcceptEncoding));
  const std::string_view condition = extra(Extra::kIfNoneMatch);
  const bool known = condition.data() != nullptr && !is_repeated(Extra::kIfNoneMatch) &&
                     none_match_fails(condition, replies_.etag(gzip));
  if (known) return gzip ? Answer::kNotModifiedGzip : Answer::kNotModified;
  if (request_.message.method == Method::kHead) return gzip ? Answer::kSnippetGzipHead : Answer::kSnippetHead;
  return gzip ? Answer::kSnippetGzip : Answer::kSnippet;
}

// The page that may read the answer, as it calls itself.
std::string_view Core::origin(Place place) const {
  if (place == Place::kSnippet || place == Place::kHealth) return {};
  return is_repeated(static_cast<std::size_t>(Header::kOrigin)) ? std::string_view{}
                                                                : request_.message.header(Header::kOrigin);
}

responder::ReplyId Core::reply_of(const Decision& decision) {
  const std::string_view page = origin(decision.place);
  if (page.data() == nullptr) return replies_.plain(decision.answer, decision.closes);
  if (decision.answer == Answer::kPreflight)
    return replies_.preflight(decision.closes, page, extra(Extra::kRequestHeaders));
  return replies_.for_origin(decision.answer, decision.closes, page);
}

// No page is named: an origin of something that is not HTTP is not believed.
responder::ReplyId Core::error_reply(HttpError error, Bytes head) {
  std::string_view coding;
  if (error == HttpError::kBadTransferEncoding) coding = extra(Extra::kTransferEncoding);
  const Answer answer = answer_of(error, head, request_.http_1_0, coding);
  counters_.add(error);
  counters_.add_id(counter::status(text_of(answer).status));
  return replies_.plain(answer, true);
}

bool Core::is_target_too_long(HttpError error, Bytes head) {
  const std::string_view all = text(head);
  const std::size_t end = std::min(all.find('\r'), all.size());
  const std::size_t before = std::min(all.find(' '), end);
  const std::size_t behind = std::min(all.find(' ', before + 1), end);
  if (behind - before <= config_.target_bytes_max + 1) return false;
  if (end == all.size()) return error == HttpError::kHeadTooLong;
  return parser_.check_first_line(head.first(end)) == http::kNoError;
}

Bytes Core::gather(const Connection& connection, std::size_t bytes) {
  pool_.copy(connection.chain, 0, bytes, head_scratch_.get());
  return {head_scratch_.get(), bytes};
}

Bytes Core::gather_body(const Connection& connection) {
  const std::size_t size = connection.chain.bytes - connection.head_bytes;
  pool_.copy(connection.chain, connection.head_bytes, size, body_scratch_.get());
  return {body_scratch_.get(), size};
}

void Core::decode(Bytes body) {
  const http::ContentDecoder::Decoded decoded =
      decoder_.decode(request_.message.header(Header::kContentEncoding), body);
  request_.message.body = decoded.body;
  request_.message.body_error = decoded.error;
}

Core::Collected Core::collect(Connection& connection, Bytes data) {
  if (connection.body_bytes + data.size() > config_.body_bytes_max) return Collected::kTooLarge;
  connection.body_bytes += static_cast<std::uint32_t>(data.size());
  if (connection.wanted && !pool_.append(connection.chain, data)) return Collected::kNoBlock;
  return Collected::kFine;
}

void Core::forget(Connection& connection) {
  pool_.clear(connection.chain);
  connection.phase = Phase::kIdle;
  connection.blank_bytes = 0;
  connection.beacon = connection.wanted = false;
}

}  // namespace bellrock::server
