// Connections' client side: requests. Include connections.h.
#pragma once

#include <algorithm>

#include "dataplane/http/connections.h"
#include "dataplane/http/message_start.h"
#include "dataplane/http/pairing.h"

namespace bellrock::http {

template <class Sink>
void Connections::client_data(const Call<Sink>& call, Bytes bytes) {
  Stream& stream = call.connection.client;
  const bool line_incomplete = stream.phase == Phase::kHead && stream.tentative && stream.progress.lines == 0;
  if (line_incomplete && begins_as_request(bytes)) lose_client(call.c);
  if (stream.phase == Phase::kResync && begins_like_request(bytes)) {
    stream.phase = Phase::kIdle;
    stream.tentative = true;
  }
  while (!bytes.empty()) bytes = bytes.subspan(client_step(call, bytes));
}

template <class Sink>
std::size_t Connections::client_step(const Call<Sink>& call, Bytes bytes) {
  switch (call.connection.client.phase) {
    case Phase::kIdle:
      return begin_request(call, bytes);
    case Phase::kHead:
      return continue_request(call, bytes);
    case Phase::kLength:
    case Phase::kChunked:
      return request_body(call, bytes);
    case Phase::kHeld:
      call.connection.client.tentative = true;
      break;
    case Phase::kResync:
      note_unread_request(call.connection, exchanges_);
      [[fallthrough]];
    case Phase::kAbandoned:
      counters_.add(StreamCount::kNotHttpBytes, bytes.size());
      break;
    case Phase::kUntilClose:
    case Phase::kEnded:
      break;
  }
  return bytes.size();
}

template <class Sink>
std::size_t Connections::begin_request(const Call<Sink>& call, Bytes bytes) {
  Stream& stream = call.connection.client;
  if (stream.blank_bytes == 1 && bytes[0] != '\n') return client_error(call, HttpError::kBareLineEnd, bytes.size());
  if (stream.blank_bytes == 1 || (stream.blank_bytes == 0 && bytes[0] == '\r')) {
    ++stream.blank_bytes;
    return 1;
  }
  stream.blank_bytes = 0;
  stream.first = call.now;
  const HeadResult head = request_parser_.parse(bytes, request_);
  if (head.state == HeadState::kError) return client_error(call, head.error, bytes.size());
  if (head.state == HeadState::kComplete) {
    return head.bytes + request_head_done(call, bytes.first(head.bytes), false, bytes.subspan(head.bytes));
  }
  stream.phase = Phase::kHead;
  stream.progress = {};
  return 0;
}

template <class Sink>
std::size_t Connections::continue_request(const Call<Sink>& call, Bytes bytes) {
  Stream& stream = call.connection.client;
  const Bytes room = bytes.first(std::min(bytes.size(), kHeadBytesMax - stream.chain.bytes));
  const HeadStep step = advance(stream.progress, room, kernel_);
  if (!pool_.append(stream.chain, bytes.first(step.bytes), owner(call.c, Direction::kToServer))) {
    counters_.add(StreamCount::kHttpBuffersFull);
    counters_.add(StreamCount::kNotHttpBytes, bytes.size());
    lose_client(call.c);
    return bytes.size();
  }
  const std::size_t rest = bytes.size() - step.bytes;
  const bool full = stream.chain.bytes == kHeadBytesMax;
  if (step.event == HeadEvent::kFirstLine) {
    const Bytes line = gather_head(stream, stream.chain.bytes);
    HttpError error = request_parser_.check_first_line(line.first(line.size() - 2));
    if (stream.tentative && !begins_as_request(line)) error = HttpError::kBadRequestLine;  // a name's last letters
    if (error != kNoError) return client_error(call, error, rest), bytes.size();
  }
  if (step.event != HeadEvent::kStop && !full) return step.bytes;
  const Bytes head = gather_head(stream, stream.chain.bytes);
  const HeadResult result = request_parser_.parse(head, request_, true);
  if (result.state != HeadState::kComplete) return client_error(call, result.error, rest), bytes.size();
  return step.bytes + request_head_done(call, head, true, bytes.subspan(step.bytes));
}

// `head` is a complete head, parsed into request_; kept: it is also in the chain. Takes the body too if all of it is in
// `rest`; otherwise the message goes on, and takes nothing yet.
template <class Sink>
std::size_t Connections::request_head_done(const Call<Sink>& call, Bytes head, bool kept, Bytes rest) {
  Stream& stream = call.connection.client;
  const Framing framing = request_.framing;
  Exchange* const exchange = admit_request(call.c);
  stream.tentative = false;
  stream.bound = true;
  stream.body_error = BeaconReject::kCount;
  request_.message.first = stream.first;
  stream.wanted = framing.kind != BodyKind::kNone && call.sink.wants_body(call.c, request_.message);
  if (framing.kind == BodyKind::kNone || (framing.kind == BodyKind::kLength && framing.length <= rest.size())) {
    const Bytes body = rest.first(framing.length);
    request_.message.body_bytes = body.size();
    if (exchange != nullptr) exchange->transaction.request_body_bytes = body.size();
    if (stream.wanted) decode_body(stream, body);
    emit_request(call, call.now);
    return body.size();
  }
  stream.phase = framing.kind == BodyKind::kLength ? Phase::kLength : Phase::kChunked;
  stream.chunk = {};
  if (framing.kind == BodyKind::kLength) {
    stream.chunk.left = framing.length;
    if (framing.length > body_bytes_max_) stream.body_error = BeaconReject::kTooLarge;
  }
  keep_request(call, head, kept);
  return 0;
}

// The head is needed again when the body is complete. Without a place for it, the request is handed out as cut.
template <class Sink>
void Connections::keep_request(const Call<Sink>& call, Bytes head, bool kept) {
  Stream& stream = call.connection.client;
  const bool tracked = stream.bound && call.connection.untracked == 0;
  const bool stored = tracked && (kept || pool_.append(stream.chain, head, owner(call.c, Direction::kToServer)));
  if (stored) {
    stream.head_bytes = static_cast<std::uint16_t>(head.size());
    return;
  }
  if (tracked) {
    counters_.add(StreamCount::kHttpBuffersFull);
    stream.body_error = BeaconReject::kNoBuffer;
  }
  const Phase phase = stream.phase;
  emit_request(call, Instant{});
  stream.phase = phase;
}

template <class Sink>
std::size_t Connections::request_body(const Call<Sink>& call, Bytes bytes) {
  Stream& stream = call.connection.client;
  if (stream.phase == Phase::kLength) {
    const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(stream.chunk.left, bytes.size()));
    collect(call.c, bytes.first(take));
    stream.chunk.left -= take;
    if (stream.chunk.left == 0) request_done(call, call.now);
    return take;
  }
  const ChunkStep step = advance(stream.chunk, bytes);
  if (step.what == ChunkStep::What::kError) {
    return client_error(call, step.error, bytes.size() - step.bytes), bytes.size();
  }
  if (step.what == ChunkStep::What::kData) collect(call.c, step.data);
  if (step.what == ChunkStep::What::kDone) request_done(call, call.now);
  return step.bytes;
}

// A message that took more than one span is complete; last: of its last byte, 0 if that was not captured.
template <class Sink>
void Connections::request_done(const Call<Sink>& call, Instant last) {
  Stream& stream = call.connection.client;
  if (!stream.bound) {
    stream.phase = Phase::kIdle;
    return;
  }
  reparse_request(call);
  if (stream.wanted && last.seen() && stream.body_error == BeaconReject::kCount) {
    const std::size_t size = stream.chain.bytes - stream.head_bytes;
    pool_.copy(stream.chain, stream.head_bytes, size, body_scratch_.get());
    decode_body(stream, {body_scratch_.get(), size});
  }
  emit_request(call, last);
}

// The head that waits in the chain for its body's end, into request_.
template <class Sink>
void Connections::reparse_request(const Call<Sink>& call) {
  const Stream& stream = call.connection.client;
  const HeadResult head = request_parser_.parse(gather_head(stream, stream.head_bytes), request_);
  DCHECK(head.state == HeadState::kComplete);
  request_.message.first = stream.first;
  request_.message.body_bytes = back(call.connection).transaction.request_body_bytes;
}

// The rest of a request whose head was complete will never be seen.
template <class Sink>
void Connections::cut_request(const Call<Sink>& call) {
  Stream& stream = call.connection.client;
  if (stream.phase != Phase::kLength && stream.phase != Phase::kChunked) return;
  if (stream.bound) request_done(call, Instant{});
}

// Hands out request_. Its exchange is the queue's back; a request that was not admitted has none and ends at once.
template <class Sink>
void Connections::emit_request(const Call<Sink>& call, Instant last) {
  Connection& connection = call.connection;
  Stream& stream = connection.client;
  HttpRequest& message = request_.message;
  message.last = last;
  if (stream.wanted || stream.body_error == BeaconReject::kNoBuffer) message.body_error = stream.body_error;
  if (!last.seen() && message.body_error != BeaconReject::kNoBuffer) {
    message.body_error = BeaconReject::kIncompleteBody;
  }
  stream.bound = false;
  stream.phase = message.method == Method::kConnect ? Phase::kHeld : Phase::kIdle;
  pool_.clear(stream.chain);
  if (connection.untracked > 0) {
    RequestTag tag;
    Transaction transaction;
    transaction.end = TransactionEnd::kUnknown;
    transaction.request_first = stream.first;
    transaction.request_last = last;
    transaction.request_body_bytes = message.body_bytes;
    call.sink.on_request(call.c, message, tag);
    finish(call, transaction, tag);
    return;
  }
  Exchange& exchange = back(connection);
  exchange.transaction.request_last = last;
  exchange.request_open = false;
  call.sink.on_request(call.c, message, exchange.tag);
  if (exchange.response_head) tell_response(call, exchange);
  if (exchange.response_done) {
    finish_front(call);
  } else if (connection.server_ended) {
    settle(call, server_readable(connection) ? TransactionEnd::kUnanswered : TransactionEnd::kUnknown, Instant{});
  }
}

// bytes: how many of the span are not in the chain; nothing of the span is read any further.
template <class Sink>
std::size_t Connections::client_error(const Call<Sink>& call, HttpError error, std::size_t bytes) {
  Stream& stream = call.connection.client;
  counters_.add(StreamCount::kNotHttpBytes, bytes);
  if (stream.tentative) {
    lose_client(call.c);
    return bytes;
  }
  cut_request(call);
  lose_client(call.c);
  stream.phase = Phase::kAbandoned;
  counters_.add(error);
  call.sink.on_error(call.c, Direction::kToServer, error);
  return bytes;
}

template <class Sink>
void Connections::client_gap(const Call<Sink>& call, std::uint64_t bytes) {
  Stream& stream = call.connection.client;
  if (stream.phase == Phase::kHeld) stream.tentative = true;
  if (stream.phase >= Phase::kHeld) return;
  const bool in_length = stream.phase == Phase::kLength;
  const std::uint64_t inside = in_length ? std::min(bytes, stream.chunk.left) : bytes;
  if (in_length || (stream.phase == Phase::kChunked && skip(stream.chunk, bytes))) {
    if (stream.bound) back(call.connection).transaction.request_body_bytes += inside;
    stream.body_error = BeaconReject::kIncompleteBody;
    if (!in_length) return;
    stream.chunk.left -= inside;
    if (stream.chunk.left > 0) return;
    request_done(call, Instant{});
    if (inside == bytes) return;
  }
  // Between messages or in a head, a request begins in the gap, or before it.
  if (stream.phase == Phase::kIdle || stream.phase == Phase::kHead) call.connection.tail_owed = 1;
  cut_request(call);
  lose_client(call.c);
}

// What the pool holds of a request is needed for newer messages. A head is given up like a gap; a request whose head
// was complete is told as cut, and its body's end is still looked for.
template <class Sink>
void Connections::displace_request(const Call<Sink>& call) {
  Stream& stream = call.connection.client;
  const Phase phase = stream.phase;
  if (phase == Phase::kHead) {
    call.connection.tail_owed = 1;
    return lose_client(call.c);
  }
  reparse_request(call);
  stream.body_error = BeaconReject::kNoBuffer;
  emit_request(call, Instant{});
  stream.phase = phase;
}

// Nothing more will come from the client.
template <class Sink>
void Connections::end_client(const Call<Sink>& call) {
  Connection& connection = call.connection;
  Stream& stream = connection.client;
  connection.client_ended = true;
  cut_request(call);
  if (stream.phase == Phase::kHead) counters_.add(StreamCount::kNotHttpBytes, stream.chain.bytes);
  drop_overtaken(call.c);
  pool_.clear(stream.chain);
  stream.phase = Phase::kEnded;
}

}  // namespace bellrock::http
