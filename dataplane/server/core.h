// What a server knows and decides without talking to anybody: parsers, the pool for requests in pieces, rules, replies.
// http_server.h puts the connection's stack and the sink around it. One for each core and thread; all memory is taken
// at construction.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "dataplane/base/counters.h"
#include "dataplane/base/huge_array.h"
#include "dataplane/flow/segment.h"
#include "dataplane/http/byte_pool.h"
#include "dataplane/http/content_decoder.h"
#include "dataplane/http/request_head.h"
#include "dataplane/http/scan.h"
#include "dataplane/responder/server.h"
#include "dataplane/server/answers.h"
#include "dataplane/server/config.h"
#include "dataplane/server/connection.h"
#include "dataplane/server/header_values.h"
#include "dataplane/server/replies.h"
#include "dataplane/server/source_rates.h"

namespace bellrock::server {

using responder::ConnectionIndex;

// Headers that the configuration may name for itself: the parser's room without the fixed ones and ours.
inline constexpr std::size_t kConfiguredHeadersMax =
    kHeaderInterestsMax - static_cast<std::size_t>(Header::kCount) - static_cast<std::size_t>(Extra::kCount);

class Core {
 public:
  // The clock for deadlines and for the sink: set before each burst and before timers run. Never goes back.
  void set_time(Instant now) { now_ = now; }
  // All of the pool when no request is half here.
  [[nodiscard]] std::size_t free_blocks() const { return pool_.free_blocks(); }

 protected:
  Core(const Config& config, std::span<const std::string> configured_headers, responder::ReplyTable& table,
       Counters& counters, const http::ScanKernel& kernel);

  // What is to be said about a request, as far as its head tells.
  struct Decision {
    Place place = Place::kNowhere;
    Answer answer = Answer::kNoContent;
    Refusal refusal = Refusal::kCount;  // kCount: none
    bool closes = false;                // after the answer
    bool at_once = false;               // the body is not read: the answer goes out first, and is the last one
    bool beacon = false;                // the sink gets it

    [[nodiscard]] bool refused() const { return refusal != Refusal::kCount; }
  };

  void open(ConnectionIndex c, const Flow& flow);
  // Counts the request in request_, and takes it from its source's account.
  Decision admit(Connection& connection, Place place);
  // The same again for a request whose body has come meanwhile.
  Decision again(const Connection& connection, Place place);
  // The bytes to say it with; kNoReply when a preflight finds no room.
  responder::ReplyId reply_of(const Decision& decision);
  responder::ReplyId error_reply(HttpError error, Bytes head);
  void set_refusal(Decision& decision, Refusal refusal, bool at_once) const;

  // Whether the target is too long, and nothing before that was wrong. error: what is wrong with the head anyway.
  [[nodiscard]] bool is_target_too_long(HttpError error, Bytes head);
  Bytes gather(const Connection& connection, std::size_t bytes);
  Bytes gather_body(const Connection& connection);
  // Into request_: the body without its codings, or why there is none.
  void decode(Bytes body);
  enum class Collected : std::uint8_t { kFine, kTooLarge, kNoBlock };
  Collected collect(Connection& connection, Bytes data);
  // The request in hand is over, whatever became of it.
  void forget(Connection& connection);

  [[nodiscard]] std::string_view extra(Extra e) const {
    return request_.message.header(first_extra_ + static_cast<std::size_t>(e));
  }
  [[nodiscard]] bool expects_continue() const { return request_.expects && !request_.http_1_0; }

  const Config config_;
  Counters& counters_;
  Replies replies_;
  HugeArray<Connection> connections_;
  http::BytePool pool_;
  http::RequestParser parser_;
  const http::ScanKernel& kernel_;
  http::ContentDecoder decoder_;
  SourceRates rates_;
  std::unique_ptr<std::uint8_t[]> head_scratch_;
  std::unique_ptr<std::uint8_t[]> body_scratch_;
  http::RequestHead request_;  // the one in hand
  Instant now_;

 private:
  [[nodiscard]] bool is_repeated(std::size_t header) const { return (request_.repeated >> header & 1) != 0; }
  [[nodiscard]] bool is_repeated(Extra e) const { return is_repeated(first_extra_ + static_cast<std::size_t>(e)); }
  [[nodiscard]] bool wants_close() const;
  [[nodiscard]] bool repeats_what_it_may_not() const;
  void route(Decision& decision) const;
  void route_beacon(Decision& decision) const;
  void route_static(Decision& decision) const;
  [[nodiscard]] Answer snippet_answer() const;
  [[nodiscard]] Answer preflight_or_options() const;
  [[nodiscard]] std::string_view origin(Place place) const;

  const std::size_t first_extra_;
};

}  // namespace bellrock::server
