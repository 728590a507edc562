// Every answer the server can give: its status, headers and body, and which one a refusal or an error gets. Pure tables
// and functions; what varies within an answer (an origin, the end of the connection) is written by render().
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "dataplane/base/bytes.h"
#include "dataplane/base/counters.h"
#include "dataplane/flow/message.h"

namespace bellrock::server {

enum class Answer : std::uint8_t {
  kContinue,  // no final answer
  kNoContent,
  kAccepted,
  kEmptyObject,
  kPixel,
  kPreflight,
  kBeaconOptions,
  kStaticOptions,
  kServerOptions,
  kHealthy,
  kHealthyHead,
  kSnippet,
  kSnippetGzip,
  kSnippetHead,
  kSnippetGzipHead,
  kNotModified,
  kNotModifiedGzip,
  kBadRequest,
  kNotFound,
  kBeaconNotAllowed,
  kStaticNotAllowed,
  kTimeout,
  kLengthRequired,
  kTooLarge,
  kTargetTooLong,
  kExpectationFailed,
  kTooManyRequests,
  kHeadTooLarge,
  kNotImplemented,
  kUnavailable,
  kVersionNotSupported,
  kCount
};
inline constexpr std::size_t kAnswers = static_cast<std::size_t>(Answer::kCount);

// The snippet's answers have only their status here: the rest is made from its bytes (replies.cpp).
struct AnswerText {
  std::uint16_t status = 0;
  std::string_view status_line;  // "204 No Content"
  std::string_view headers;      // whole lines
  std::string_view body;
};
const AnswerText& text_of(Answer answer);

// What a target names.
enum class Place : std::uint8_t {
  kNowhere,
  kBeacon,
  kSnippet,
  kHealth,
  kServer,  // "*"
};

Answer answer_of(Refusal refusal, Place place);

// What is not HTTP. `head`: its bytes from the first one, as far as they are there; transfer_encoding: the value of its
// first such header, for an error about it.
Answer answer_of(HttpError error, Bytes head, bool http_1_0, std::string_view transfer_encoding);

// What a beacon is answered: by its path, query and headers, since dialects want different statuses. image: whoever
// sent it waits for one.
Answer answer_of_beacon(const HttpRequest& request, bool faro_session, bool image);

}  // namespace bellrock::server
