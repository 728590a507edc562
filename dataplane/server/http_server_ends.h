// HttpServer's ends of a request: answered, refused, not HTTP, or cut. Include http_server.h.
#pragma once

#include "dataplane/server/http_server.h"

namespace bellrock::server {

template <Sink S>
Place HttpServer<S>::place() const {
  const HttpRequest& message = request_.message;
  if (sink_.is_beacon_path(message.header(Header::kHost), message.path)) return Place::kBeacon;
  if (message.path == config_.snippet.path && !config_.snippet.plain.empty()) return Place::kSnippet;
  if (message.path == config_.health_path) return Place::kHealth;
  return message.path == "*" ? Place::kServer : Place::kNowhere;
}

// All of it is here. A beacon is answered when the sink has taken it.
template <Sink S>
template <class Stack>
void HttpServer<S>::complete(Stack& stack, ConnectionIndex c, Decision& decision, Bytes body) {
  if (decision.beacon) {
    HttpRequest& message = request_.message;
    message.last = now_;
    message.body_bytes = body.size();
    const bool has_body = message.method == Method::kPost && request_.framing.kind != http::BodyKind::kNone;
    if (has_body) decode(body);
    if (!sink_.on_request(c, message)) {
      set_refusal(decision, Refusal::kSinkFull, false);
    } else if (message.body_error == BeaconReject::kTooLarge || message.body_error == BeaconReject::kBombBody) {
      set_refusal(decision, Refusal::kBodyTooLarge, false);
    }
  }
  answer(stack, c, decision);
}

template <Sink S>
template <class Stack>
void HttpServer<S>::answer(Stack& stack, ConnectionIndex c, Decision& decision) {
  responder::ReplyId reply = reply_of(decision);
  if (reply == responder::kNoReply) {
    set_refusal(decision, Refusal::kPreflightsFull, false);
    reply = replies_.plain(decision.answer, decision.closes);
  }
  if (decision.refused()) counters_.add(decision.refusal);
  counters_.add_id(counter::status(text_of(decision.answer).status));
  say(stack, c, reply, decision.closes);
}

// The answer to the request in hand.
template <Sink S>
template <class Stack>
void HttpServer<S>::say(Stack& stack, ConnectionIndex c, responder::ReplyId reply, bool closes) {
  Connection& connection = connections_[c];
  if (connection.timed) {
    stack.clear_deadline(c);
    connection.timed = false;
  }
  const bool queued = stack.respond(c, reply, closes ? responder::After::kClose : responder::After::kKeep);
  CHECK(queued);  // can_respond said so
  forget(connection);
  if (closes) connection.phase = Phase::kDone;
}

template <Sink S>
template <class Stack>
void HttpServer<S>::arm(Stack& stack, ConnectionIndex c, Duration timeout) {
  stack.set_deadline(c, timeout);
  connections_[c].timed = true;
}

// A request that is not complete is refused, and the connection ends. reject: what the sink is told of a beacon.
template <Sink S>
template <class Stack>
void HttpServer<S>::refuse(Stack& stack, ConnectionIndex c, Refusal refusal, BeaconReject reject) {
  const bool has_head = reparse(connections_[c]);
  Decision decision{.place = has_head ? place() : Place::kNowhere};
  set_refusal(decision, refusal, true);
  cut(c, reject);
  counters_.add(refusal);
  if (!stack.can_respond(c)) {
    stack.close(c);  // behind the answers that it does not fetch
    return;
  }
  counters_.add_id(counter::status(text_of(decision.answer).status));
  say(stack, c, has_head ? reply_of(decision) : replies_.plain(decision.answer, true), true);
}

// What is not HTTP, from its first byte as far as it is here. Nothing behind it is read.
template <Sink S>
template <class Stack>
void HttpServer<S>::fail(Stack& stack, ConnectionIndex c, HttpError error, Bytes head) {
  if (is_target_too_long(error, head)) {
    counters_.add(Refusal::kTargetTooLong);
    counters_.add_id(counter::status(text_of(Answer::kTargetTooLong).status));
    return say(stack, c, replies_.plain(Answer::kTargetTooLong, true), true);
  }
  say(stack, c, error_reply(error, head), true);
}

template <Sink S>
template <class Stack>
void HttpServer<S>::on_half_close(Stack& stack, ConnectionIndex c) {
  if (connections_[c].phase == Phase::kDone) return;
  if (connections_[c].phase != Phase::kIdle) counters_.add(ServerCount::kCutRequests);
  cut(c, BeaconReject::kIncompleteBody);
  stack.close(c);
}

template <Sink S>
template <class Stack>
void HttpServer<S>::on_deadline(Stack& stack, ConnectionIndex c) {
  Connection& connection = connections_[c];
  connection.timed = false;
  if (connection.phase == Phase::kDone) return;
  const bool in_body = connection.phase == Phase::kLength || connection.phase == Phase::kChunked;
  refuse(stack, c, in_body ? Refusal::kBodyTimeout : Refusal::kHeadTimeout, BeaconReject::kIncompleteBody);
}

template <Sink S>
void HttpServer<S>::on_closed(ConnectionIndex c, responder::CloseReason) {
  const Phase phase = connections_[c].phase;
  if (phase != Phase::kIdle && phase != Phase::kDone) counters_.add(ServerCount::kCutRequests);
  cut(c, BeaconReject::kIncompleteBody);
}

// Nothing more of this connection will be read. A beacon whose head was complete is a refused one.
template <Sink S>
void HttpServer<S>::cut(ConnectionIndex c, BeaconReject reject) {
  Connection& connection = connections_[c];
  if (connection.beacon && reparse(connection)) tell_cut(c, reject);
  forget(connection);
  connection.phase = Phase::kDone;
}

// The head that waits for its body, into request_ again.
template <Sink S>
bool HttpServer<S>::reparse(const Connection& connection) {
  if (connection.phase != Phase::kLength && connection.phase != Phase::kChunked) return false;
  const http::HeadResult head = parser_.parse(gather(connection, connection.head_bytes), request_);
  CHECK(head.state == http::HeadState::kComplete);
  request_.message.first = connection.first;
  return true;
}

template <Sink S>
void HttpServer<S>::tell_cut(ConnectionIndex c, BeaconReject reject) {
  HttpRequest& message = request_.message;
  message.last = reject == BeaconReject::kTooLarge ? now_ : Instant{};
  message.body = {};
  message.body_bytes = connections_[c].body_bytes;
  message.body_error = reject;
  static_cast<void>(sink_.on_request(c, message));  // it is refused anyway
}

}  // namespace bellrock::server
