#include "dataplane/server/answers.h"

#include <algorithm>

#include "dataplane/http/char_class.h"
#include "dataplane/http/head_lines.h"

namespace bellrock::server {
namespace {

constexpr std::string_view kEmpty = "Content-Length: 0\r\n";
constexpr std::string_view kLater = "Retry-After: 5\r\nContent-Length: 0\r\n";

// 43 bytes: one transparent pixel, GIF89a.
constexpr std::string_view kGif{
    "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\x21\xf9\x04\x01\x00\x00\x00\x00\x2c\x00\x00\x00\x00"
    "\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b",
    43};

constexpr std::array<AnswerText, kAnswers> kTexts{{
    {100, "100 Continue", "", ""},
    {204, "204 No Content", "", ""},
    {202, "202 Accepted", kEmpty, ""},
    {200, "200 OK", "Content-Type: application/json\r\nContent-Length: 2\r\n", "{}"},
    {200, "200 OK", "Content-Type: image/gif\r\nCache-Control: no-cache\r\nContent-Length: 43\r\n", kGif},
    {204, "204 No Content", "Access-Control-Allow-Methods: POST, GET, OPTIONS\r\n", ""},
    {204, "204 No Content", "Allow: POST, GET, HEAD, OPTIONS\r\n", ""},
    {204, "204 No Content", "Allow: GET, HEAD, OPTIONS\r\n", ""},
    {204, "204 No Content", "Allow: POST, GET, HEAD, OPTIONS\r\n", ""},
    {200, "200 OK", "Content-Type: text/plain\r\nCache-Control: no-cache\r\nContent-Length: 3\r\n", "ok\n"},
    {200, "200 OK", "Content-Type: text/plain\r\nCache-Control: no-cache\r\nContent-Length: 3\r\n", ""},
    {200, "200 OK", "", ""},
    {200, "200 OK", "", ""},
    {200, "200 OK", "", ""},
    {200, "200 OK", "", ""},
    {304, "304 Not Modified", "", ""},
    {304, "304 Not Modified", "", ""},
    {400, "400 Bad Request", kEmpty, ""},
    {404, "404 Not Found", kEmpty, ""},
    {405, "405 Method Not Allowed", "Allow: POST, GET, HEAD, OPTIONS\r\nContent-Length: 0\r\n", ""},
    {405, "405 Method Not Allowed", "Allow: GET, HEAD, OPTIONS\r\nContent-Length: 0\r\n", ""},
    {408, "408 Request Timeout", kEmpty, ""},
    {411, "411 Length Required", kEmpty, ""},
    {413, "413 Content Too Large", kEmpty, ""},
    {414, "414 URI Too Long", kEmpty, ""},
    {417, "417 Expectation Failed", kEmpty, ""},
    {429, "429 Too Many Requests", kLater, ""},
    {431, "431 Request Header Fields Too Large", kEmpty, ""},
    {501, "501 Not Implemented", kEmpty, ""},
    {503, "503 Service Unavailable", kLater, ""},
    {505, "505 HTTP Version Not Supported", kEmpty, ""},
}};

bool digit_at(std::string_view text, std::size_t at) { return http::is_digit(static_cast<std::uint8_t>(text[at])); }

// "HTTP/" DIGIT "." DIGIT (RFC 9112 2.3), behind the second space of a first line that is complete.
bool names_a_version(Bytes head) {
  const std::string_view all = text(head);
  const std::size_t end = all.find('\r');
  if (end == std::string_view::npos) return false;
  const std::string_view line = all.substr(0, end);
  const std::size_t space = line.find(' ', line.find(' ') + 1);
  const std::string_view version = line.substr(std::min(space, line.size() - 1) + 1);
  return version.size() == 8 && version.starts_with("HTTP/") && digit_at(version, 5) && version[6] == '.' &&
         digit_at(version, 7);
}

// Codings we do not know, and then chunked, once and last: whole, but not for us (RFC 9112 6.1). Anything else leaves
// the body's end open (6.3).
bool is_unknown_coding(std::string_view codings) {
  bool unknown = false;
  for (;;) {
    const std::size_t comma = codings.find(',');
    const Bytes item = bytes(codings.substr(0, comma));
    const std::string_view coding = http::trim(item.data(), item.data() + item.size());
    const bool is_token =
        std::all_of(coding.begin(), coding.end(), [](char c) { return http::kIsToken[static_cast<std::uint8_t>(c)]; });
    if (coding.empty() || !is_token) return false;
    const bool chunked = http::equals_ignoring_case(coding, "chunked");
    if (comma == std::string_view::npos) return chunked && unknown;
    if (chunked) return false;
    unknown = true;
    codings.remove_prefix(comma + 1);
  }
}

// Whether the query has a parameter of this name: `parameter` ends with '='.
bool has_parameter(std::string_view query, std::string_view parameter) {
  if (query.size() < parameter.size()) return false;
  for (std::size_t at = 0; (at = query.find(parameter, at)) != std::string_view::npos; ++at) {
    if (at == 0 || query[at - 1] == '&') return true;
  }
  return false;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), text) != names.end();
}

// Without the prefix; empty when it is another.
std::string_view behind(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) ? path.substr(prefix.size()) : std::string_view{};
}

// "/api/<digits>/envelope/"
bool is_envelope(std::string_view path) {
  const std::string_view rest = behind(path, "/api/");
  const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  return digits > 0 && rest.substr(digits) == "/envelope/";
}

}  // namespace

const AnswerText& text_of(Answer answer) { return kTexts[static_cast<std::size_t>(answer)]; }

Answer answer_of(Refusal refusal, Place place) {
  switch (refusal) {
    case Refusal::kNotFound:
      return Answer::kNotFound;
    case Refusal::kMethodNotAllowed:
      return place == Place::kBeacon ? Answer::kBeaconNotAllowed : Answer::kStaticNotAllowed;
    case Refusal::kMethodUnknown:
      return Answer::kNotImplemented;
    case Refusal::kLengthRequired:
      return Answer::kLengthRequired;
    case Refusal::kBodyTooLarge:
      return Answer::kTooLarge;
    case Refusal::kTargetTooLong:
      return Answer::kTargetTooLong;
    case Refusal::kExpectationUnknown:
      return Answer::kExpectationFailed;
    case Refusal::kRepeatedHeader:
    case Refusal::kBadPreflight:
      return Answer::kBadRequest;
    case Refusal::kRateLimited:
      return Answer::kTooManyRequests;
    case Refusal::kHeadTimeout:
    case Refusal::kBodyTimeout:
      return Answer::kTimeout;
    case Refusal::kPreflightsFull:
    case Refusal::kNoBuffers:
    case Refusal::kSinkFull:
    case Refusal::kCount:
      break;
  }
  return Answer::kUnavailable;
}

Answer answer_of(HttpError error, Bytes head, bool http_1_0, std::string_view transfer_encoding) {
  switch (error) {
    case HttpError::kBadVersion:
      return names_a_version(head) ? Answer::kVersionNotSupported : Answer::kBadRequest;
    case HttpError::kBadTransferEncoding:
      return !http_1_0 && is_unknown_coding(transfer_encoding) ? Answer::kNotImplemented : Answer::kBadRequest;
    case HttpError::kHeadTooLong:
    case HttpError::kTooManyHeaders:
    case HttpError::kTrailerTooLong:
      return Answer::kHeadTooLarge;
    default:
      return Answer::kBadRequest;
  }
}

Answer answer_of_beacon(const HttpRequest& request, bool faro_session, bool image) {
  const std::string_view path = request.path;
  if (request.method == Method::kGet) {
    if (image || path.ends_with(".gif")) return Answer::kPixel;
    if (path == "/config/v1/rum/agents") return Answer::kEmptyObject;  // Elastic's agent asks for its settings
  }
  if (is_one_of(path, {"/intake/v2/rum/events", "/intake/v3/rum/events"})) return Answer::kAccepted;
  if (is_envelope(path) || has_parameter(request.query, "sentry_key=")) return Answer::kEmptyObject;
  if (is_one_of(behind(path, "/api/v2/"), {"rum", "replay", "logs", "profile"})) return Answer::kAccepted;
  if (has_parameter(request.query, "ddforward=")) return Answer::kAccepted;
  if (is_one_of(behind(path, "/v1/"), {"traces", "logs", "metrics"})) return Answer::kEmptyObject;
  return faro_session ? Answer::kAccepted : Answer::kNoContent;
}

}  // namespace bellrock::server
