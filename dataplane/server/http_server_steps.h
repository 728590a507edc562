// HttpServer's way of the bytes: heads and bodies, in any pieces. Include http_server.h.
#pragma once

#include "dataplane/server/http_server.h"

namespace bellrock::server {

// What is not taken is offered again when there is room for an answer.
template <Sink S>
template <class Stack>
std::size_t HttpServer<S>::on_data(Stack& stack, ConnectionIndex c, Bytes bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    if (connections_[c].phase == Phase::kDone) {
      counters_.add(ServerCount::kIgnoredBytes, bytes.size() - taken);
      return bytes.size();
    }
    if (!stack.can_respond(c)) break;
    taken += step(stack, c, bytes.subspan(taken));
  }
  return taken;
}

template <Sink S>
template <class Stack>
std::size_t HttpServer<S>::step(Stack& stack, ConnectionIndex c, Bytes bytes) {
  switch (connections_[c].phase) {
    case Phase::kIdle:
      return begin(stack, c, bytes);
    case Phase::kHead:
      return continue_head(stack, c, bytes);
    case Phase::kLength:
    case Phase::kChunked:
      return body(stack, c, bytes);
    case Phase::kDone:
      break;
  }
  return bytes.size();
}

template <Sink S>
template <class Stack>
std::size_t HttpServer<S>::begin(Stack& stack, ConnectionIndex c, Bytes bytes) {
  Connection& connection = connections_[c];
  if (connection.blank_bytes == 1 && bytes[0] != '\n') return fail(stack, c, HttpError::kBareLineEnd, bytes), 0;
  if (connection.blank_bytes == 1 || (connection.blank_bytes == 0 && bytes[0] == '\r')) {
    if (connection.blank_bytes++ == 0) arm(stack, c, config_.head_timeout);
    return 1;
  }
  connection.first = now_;
  const http::HeadResult head = parser_.parse(bytes, request_);
  if (head.state == http::HeadState::kComplete) {
    if (request_.message.target.size() > config_.target_bytes_max) return fail(stack, c, http::kNoError, bytes), 0;
    return head.bytes + head_done(stack, c, bytes.first(head.bytes), false, bytes.subspan(head.bytes));
  }
  if (head.state == http::HeadState::kError) return fail(stack, c, head.error, bytes), 0;
  connection.phase = Phase::kHead;
  connection.progress = {};
  arm(stack, c, config_.head_timeout);
  return 0;
}

template <Sink S>
template <class Stack>
std::size_t HttpServer<S>::continue_head(Stack& stack, ConnectionIndex c, Bytes bytes) {
  Connection& connection = connections_[c];
  const Bytes room = bytes.first(std::min(bytes.size(), kHeadBytesMax - connection.chain.bytes));
  const http::HeadStep step = http::advance(connection.progress, room, kernel_);
  if (!pool_.append(connection.chain, bytes.first(step.bytes))) {
    refuse(stack, c, Refusal::kNoBuffers, BeaconReject::kCount);
    return 0;
  }
  if (step.event == http::HeadEvent::kFirstLine) {
    const Bytes line = gather(connection, connection.chain.bytes);
    const HttpError error = parser_.check_first_line(line.first(line.size() - 2));
    if (error != http::kNoError || is_target_too_long(error, line)) fail(stack, c, error, line);
    return step.bytes;
  }
  const bool full = connection.chain.bytes == kHeadBytesMax;
  if (step.event != http::HeadEvent::kStop && !full) return step.bytes;
  const Bytes head = gather(connection, connection.chain.bytes);
  const http::HeadResult result = parser_.parse(head, request_, true);
  if (result.state != http::HeadState::kComplete) {
    fail(stack, c, result.error, head);
    return step.bytes;
  }
  return step.bytes + head_done(stack, c, head, true, bytes.subspan(step.bytes));
}

// `head` is complete and in request_; kept: it is in the chain as well. Takes the body too if all of it is in `rest`.
template <Sink S>
template <class Stack>
std::size_t HttpServer<S>::head_done(Stack& stack, ConnectionIndex c, Bytes head, bool kept, Bytes rest) {
  Connection& connection = connections_[c];
  request_.message.first = connection.first;
  if constexpr (requires { sink_.on_head(c, request_.message); }) sink_.on_head(c, request_.message);
  Decision decision = admit(connection, place());
  const http::Framing& framing = request_.framing;
  connection.body_bytes = 0;
  if (decision.at_once) {
    if (decision.beacon) tell_cut(c, BeaconReject::kTooLarge);
    answer(stack, c, decision);
    return 0;
  }
  if (framing.kind == http::BodyKind::kNone) {
    complete(stack, c, decision, {});
    return 0;
  }
  if (framing.kind == http::BodyKind::kLength && framing.length <= rest.size()) {
    complete(stack, c, decision, rest.first(framing.length));
    return framing.length;
  }
  await_body(stack, c, decision, head, kept, expects_continue() && rest.empty());
  return 0;
}

// The head is needed again when the body is complete.
template <Sink S>
template <class Stack>
void HttpServer<S>::await_body(Stack& stack, ConnectionIndex c, const Decision& decision, Bytes head, bool kept,
                               bool continues) {
  Connection& connection = connections_[c];
  const http::Framing& framing = request_.framing;
  connection.chunk = {};
  connection.chunk.left = framing.length;
  connection.body_bytes = 0;
  connection.beacon = decision.beacon;
  connection.wanted = decision.beacon && request_.message.method == Method::kPost;
  connection.phase = framing.kind == http::BodyKind::kLength ? Phase::kLength : Phase::kChunked;
  if (!kept && !pool_.append(connection.chain, head)) {
    if (std::exchange(connection.beacon, false)) tell_cut(c, BeaconReject::kIncompleteBody);
    connection.phase = Phase::kHead;  // nothing of it is kept
    return refuse(stack, c, Refusal::kNoBuffers, BeaconReject::kCount);
  }
  connection.head_bytes = static_cast<std::uint16_t>(head.size());
  arm(stack, c, config_.body_timeout);
  if (!continues) return;
  counters_.add(ServerCount::kContinues);
  CHECK(stack.respond(c, replies_.plain(Answer::kContinue, false), responder::After::kKeep));
}

template <Sink S>
template <class Stack>
std::size_t HttpServer<S>::body(Stack& stack, ConnectionIndex c, Bytes bytes) {
  Connection& connection = connections_[c];
  http::ChunkStep step;
  if (connection.phase == Phase::kLength) {
    step.bytes = static_cast<std::size_t>(std::min<std::uint64_t>(connection.chunk.left, bytes.size()));
    step.data = bytes.first(step.bytes);
    connection.chunk.left -= step.bytes;
    step.what = connection.chunk.left == 0 ? http::ChunkStep::What::kDone : http::ChunkStep::What::kData;
  } else {
    step = http::advance(connection.chunk, bytes);
  }
  if (step.what == http::ChunkStep::What::kError) {
    cut(c, BeaconReject::kIncompleteBody);
    fail(stack, c, step.error, {});
    return step.bytes;
  }
  const Collected collected = collect(connection, step.data);
  if (collected == Collected::kTooLarge) {
    refuse(stack, c, Refusal::kBodyTooLarge, BeaconReject::kTooLarge);
  } else if (collected == Collected::kNoBlock) {
    refuse(stack, c, Refusal::kNoBuffers, BeaconReject::kIncompleteBody);
  } else if (step.what == http::ChunkStep::What::kDone) {
    body_done(stack, c);
  }
  return step.bytes;
}

template <Sink S>
template <class Stack>
void HttpServer<S>::body_done(Stack& stack, ConnectionIndex c) {
  Connection& connection = connections_[c];
  CHECK(reparse(connection));
  Decision decision = again(connection, place());
  complete(stack, c, decision, connection.wanted ? gather_body(connection) : Bytes{});
}

}  // namespace bellrock::server
