// Connections' server side: responses, and how transactions end. Include connections.h.
// Longer than 400 lines: pairing and response parsing change the same few fields, and stay where they can be read side
// by side.
#pragma once

#include <algorithm>
#include <utility>

#include "dataplane/http/connections.h"
#include "dataplane/http/message_start.h"
#include "dataplane/http/pairing.h"

namespace bellrock::http {

template <class Sink>
void Connections::server_data(const Call<Sink>& call, Bytes bytes) {
  Stream& stream = call.connection.server;
  call.connection.server_seen = true;
  const bool line_incomplete = stream.phase == Phase::kHead && stream.tentative && stream.progress.lines == 0;
  // A response to an unknown request may have no body where it seems to have one (HEAD): then the next one begins here.
  const bool body_uncertain = stream.phase >= Phase::kLength && stream.phase <= Phase::kUntilClose && !stream.bound;
  if (line_incomplete && begins_as_response(bytes)) lose_response(call, 0);
  const bool begins =
      (stream.phase == Phase::kResync && begins_like_response(bytes)) || (body_uncertain && begins_as_response(bytes));
  if (begins) {
    stream.phase = Phase::kIdle;
    stream.tentative = true;
  }
  while (!bytes.empty()) {
    const std::size_t taken = server_step(call, bytes);
    bytes = bytes.subspan(taken);
    if (taken > 0) stream.last = call.now;
  }
}

template <class Sink>
std::size_t Connections::server_step(const Call<Sink>& call, Bytes bytes) {
  switch (call.connection.server.phase) {
    case Phase::kIdle:
      return begin_response(call, bytes);
    case Phase::kHead:
      return continue_response(call, bytes);
    case Phase::kLength:
    case Phase::kChunked:
    case Phase::kUntilClose:
      return response_body(call, bytes);
    case Phase::kResync:
      call.connection.gap_adjacent = false;
      [[fallthrough]];
    case Phase::kAbandoned:
      counters_.add(StreamCount::kNotHttpBytes, bytes.size());
      break;
    case Phase::kHeld:
    case Phase::kEnded:
      break;
  }
  return bytes.size();
}

template <class Sink>
std::size_t Connections::begin_response(const Call<Sink>& call, Bytes bytes) {
  Connection& connection = call.connection;
  Stream& stream = connection.server;
  stream.first = call.now;
  stream.silent_since = stream.last;
  stream.asked = connection.queue.count > 0;
  const HeadResult head = response_parser_.parse(bytes, response_);
  if (head.state == HeadState::kError) return server_error(call, head.error, bytes.size());
  if (head.state == HeadState::kComplete) {
    response_head_done(call, bytes.subspan(head.bytes));
    return head.bytes;
  }
  stream.phase = Phase::kHead;
  stream.progress = {};
  return 0;
}

template <class Sink>
std::size_t Connections::continue_response(const Call<Sink>& call, Bytes bytes) {
  Stream& stream = call.connection.server;
  const Bytes room = bytes.first(std::min(bytes.size(), kHeadBytesMax - stream.chain.bytes));
  const HeadStep step = advance(stream.progress, room, kernel_);
  if (!pool_.append(stream.chain, bytes.first(step.bytes), owner(call.c, Direction::kToClient))) {
    counters_.add(StreamCount::kHttpBuffersFull);
    counters_.add(StreamCount::kNotHttpBytes, bytes.size());
    lose_response(call, bytes.size());
    return bytes.size();
  }
  const std::size_t rest = bytes.size() - step.bytes;
  const bool full = stream.chain.bytes == kHeadBytesMax;
  if (step.event == HeadEvent::kFirstLine) {
    const Bytes line = gather_head(stream, stream.chain.bytes);
    const HttpError error = ResponseParser::check_first_line(line.first(line.size() - 2));
    if (error != kNoError) return server_error(call, error, rest), bytes.size();
  }
  if (step.event != HeadEvent::kStop && !full) return step.bytes;
  const Bytes head = gather_head(stream, stream.chain.bytes);
  const HeadResult result = response_parser_.parse(head, response_, true);
  if (result.state != HeadState::kComplete) return server_error(call, result.error, rest), bytes.size();
  pool_.clear(stream.chain);
  response_head_done(call, bytes.subspan(step.bytes));
  return step.bytes;
}

// The exchange that the response of response_ belongs to, if one does.
template <class Sink>
Exchange* Connections::pair(const Call<Sink>& call) {
  Connection& connection = call.connection;
  const bool after_gap = connection.server_gap;
  const Pairing pairing = pair_response(connection, exchanges_);
  for (unsigned i = 0; i < pairing.unanswered; ++i) give_up_front(call, TransactionEnd::kUnknown, Instant{});
  if (pairing.found) return &front(connection);
  return after_gap ? nullptr : overtake_request(call.c);
}

template <class Sink>
void Connections::response_head_done(const Call<Sink>& call, Bytes rest) {
  Connection& connection = call.connection;
  Stream& stream = connection.server;
  stream.tentative = false;
  stream.phase = Phase::kIdle;
  const unsigned status = response_.status;
  if (connection.client_ended && stream.first >= connection.client_end) return leave_unanswered(call);
  Exchange* const exchange = pair(call);
  stream.bound = false;
  if (status < 200 && status != 101) {
    counters_.add(StreamCount::kInterimResponses);
    connection.interim_seen = true;
    if (exchange != nullptr) ++exchange->transaction.interim;
    return;
  }
  stream.bound = exchange != nullptr;
  if (exchange == nullptr) {
    counters_.add(StreamCount::kOrphanResponses);
    note_orphan(connection, exchanges_);
    if (connection.queue.count == 0 && connection.untracked > 0) --connection.untracked;
  } else {
    exchange->transaction.status = status;
    exchange->transaction.response_first = stream.first;
    exchange->transaction.html = response_.html;
    exchange->response_head = true;
    note_response(connection, *exchange);
    if (!exchange->request_open) tell_response(call, *exchange);
  }
  frame_response(call, exchange, rest);
}

// RFC 9112 6.3.
template <class Sink>
void Connections::frame_response(const Call<Sink>& call, const Exchange* exchange, Bytes rest) {
  Stream& stream = call.connection.server;
  const unsigned status = response_.status;
  const Method method = exchange != nullptr ? exchange->method : Method::kOther;
  if (status == 101 || (method == Method::kConnect && status < 300)) return become_tunnel(call);
  const bool bodiless = method == Method::kHead || status == 204 || status == 304;
  if (bodiless || response_.framing.kind == BodyKind::kNone) return response_done(call, call.now);
  if (exchange == nullptr && begins_as_response(rest)) return response_done(call, call.now);
  if (exchange == nullptr) {
    // What is taken for its body may hold other responses, if the request was HEAD.
    call.connection.server_gap = true;
    call.connection.gap_adjacent = false;
  }
  stream.chunk = {};
  stream.chunk.left = response_.framing.length;
  switch (response_.framing.kind) {
    case BodyKind::kLength:
      stream.phase = Phase::kLength;
      break;
    case BodyKind::kChunked:
      stream.phase = Phase::kChunked;
      break;
    default:
      stream.phase = Phase::kUntilClose;
      break;
  }
}

// CONNECT or Upgrade succeeded: from here on the bytes are another protocol's.
template <class Sink>
void Connections::become_tunnel(const Call<Sink>& call) {
  counters_.add(StreamCount::kUpgrades);
  cut_request(call);
  if (call.connection.server.bound) response_done(call, call.now);
  if (call.connection.client.phase == Phase::kHead) lose_client(call.c);
  call.connection.client.phase = Phase::kEnded;
  call.connection.server.phase = Phase::kEnded;
  settle(call, TransactionEnd::kUnknown, Instant{});
}

template <class Sink>
std::size_t Connections::response_body(const Call<Sink>& call, Bytes bytes) {
  Stream& stream = call.connection.server;
  std::uint64_t unbound = 0;
  std::uint64_t& body_bytes = stream.bound ? front(call.connection).transaction.response_body_bytes : unbound;
  if (stream.phase == Phase::kUntilClose) {
    body_bytes += bytes.size();
    return bytes.size();
  }
  if (stream.phase == Phase::kLength) {
    const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(stream.chunk.left, bytes.size()));
    body_bytes += take;
    stream.chunk.left -= take;
    if (stream.chunk.left == 0) response_done(call, call.now);
    return take;
  }
  const ChunkStep step = advance(stream.chunk, bytes);
  if (step.what == ChunkStep::What::kError) {
    return server_error(call, step.error, bytes.size() - step.bytes), bytes.size();
  }
  if (step.what == ChunkStep::What::kData) body_bytes += step.data.size();
  if (step.what == ChunkStep::What::kDone) response_done(call, call.now);
  return step.bytes;
}

// The response in hand has ended, or was cut (last == 0). If it answers a request that is still being sent, the
// transaction waits for the request.
template <class Sink>
void Connections::response_done(const Call<Sink>& call, Instant last) {
  Connection& connection = call.connection;
  Stream& stream = connection.server;
  const bool after_body = stream.phase != Phase::kIdle;
  stream.phase = Phase::kIdle;
  if (!std::exchange(stream.bound, false)) {
    stream.tentative = after_body;
    return;
  }
  Exchange& exchange = front(connection);
  exchange.transaction.response_last = last;
  exchange.transaction.end = TransactionEnd::kAnswered;
  if (exchange.method == Method::kConnect && connection.client.phase == Phase::kHeld) {
    // Refused: what follows are requests again; what came meanwhile was not looked at.
    connection.client.phase = Phase::kIdle;
    if (std::exchange(connection.client.tentative, false)) lose_client(call.c);
  }
  exchange.response_done = true;
  if (!exchange.request_open) finish_front(call);
}

// As client_error.
template <class Sink>
std::size_t Connections::server_error(const Call<Sink>& call, HttpError error, std::size_t bytes) {
  Stream& stream = call.connection.server;
  counters_.add(StreamCount::kNotHttpBytes, bytes);
  if (stream.tentative) {
    lose_response(call, 0);
    return bytes;
  }
  if (stream.phase == Phase::kHead) counters_.add(StreamCount::kNotHttpBytes, stream.chain.bytes);
  pool_.clear(stream.chain);
  if (stream.phase != Phase::kHead && stream.phase != Phase::kIdle) response_done(call, Instant{});
  stream.phase = Phase::kAbandoned;
  counters_.add(error);
  call.sink.on_error(call.c, Direction::kToClient, error);
  return bytes;
}

template <class Sink>
void Connections::server_gap(const Call<Sink>& call, std::uint64_t bytes) {
  Stream& stream = call.connection.server;
  call.connection.server_seen = true;
  if (stream.phase >= Phase::kHeld) return;
  if (!stream.bound) return lose_response(call, bytes);
  const bool in_length = stream.phase == Phase::kLength;
  const std::uint64_t inside = in_length ? std::min(bytes, stream.chunk.left) : bytes;
  if (in_length || stream.phase == Phase::kUntilClose ||
      (stream.phase == Phase::kChunked && skip(stream.chunk, bytes))) {
    front(call.connection).transaction.response_body_bytes += inside;
    if (stream.phase == Phase::kUntilClose)
      stream.last = Instant{};  // should nothing follow, the last byte's is unknown
    if (!in_length) return;
    stream.chunk.left -= inside;
    if (stream.chunk.left > 0) return;
    response_done(call, Instant{});
    if (inside == bytes) return;
  }
  lose_response(call, bytes - (in_length ? inside : 0));
}

// The stream has lost its place. bytes: not captured from here on. A response that had begun is cut.
template <class Sink>
void Connections::lose_response(const Call<Sink>& call, std::uint64_t bytes) {
  Connection& connection = call.connection;
  Stream& stream = connection.server;
  const GapContent content = judge_gap(call.c, bytes);
  if (content == GapContent::kContinue) return;
  if (content == GapContent::kOldestResponse) give_up_front(call, TransactionEnd::kUnknown, Instant{});
  if (stream.phase == Phase::kHead) counters_.add(StreamCount::kNotHttpBytes, stream.chain.bytes);
  if (stream.phase >= Phase::kLength && stream.phase <= Phase::kUntilClose) response_done(call, Instant{});
  pool_.clear(stream.chain);
  const bool tentative = std::exchange(stream.tentative, false);
  if (bytes > 0 || !tentative) {  // a head that was none told nothing new
    connection.server_gap = connection.gap_adjacent = true;
    if (std::exchange(connection.untracked, std::uint16_t{0}) > 0) connection.tail_hole = true;
  }
  stream.phase = Phase::kResync;
}

// Nothing more will come from the server. in_order: its FIN came after all its bytes.
template <class Sink>
void Connections::end_server(const Call<Sink>& call, bool in_order) {
  Connection& connection = call.connection;
  Stream& stream = connection.server;
  connection.server_ended = true;
  if (stream.phase == Phase::kUntilClose) {
    response_done(call, in_order ? stream.last : Instant{});
  } else if (stream.phase == Phase::kLength || stream.phase == Phase::kChunked) {
    response_done(call, Instant{});
  } else if (stream.phase == Phase::kHead) {
    counters_.add(StreamCount::kNotHttpBytes, stream.chain.bytes);
  }
  pool_.clear(stream.chain);
  if (stream.phase != Phase::kAbandoned) stream.phase = Phase::kEnded;
}

template <class Sink>
void Connections::tell_response(const Call<Sink>& call, Exchange& exchange) {
  if (std::exchange(exchange.response_told, true)) return;
  const Transaction& told = exchange.transaction;
  call.sink.on_response(call.c, HttpResponse{told.status, told.response_first, told.html}, exchange.tag);
}

// The oldest request gets no response; while it is still being sent, its transaction waits.
template <class Sink>
void Connections::give_up_front(const Call<Sink>& call, TransactionEnd end, Instant closed) {
  Exchange& exchange = front(call.connection);
  if (!exchange.response_done) {
    exchange.transaction.end = end;
    exchange.transaction.closed = closed;
    exchange.response_done = true;
  }
  Stream& client = call.connection.client;
  if (exchange.method == Method::kConnect && client.phase == Phase::kHeld) lose_client(call.c);  // tunnel or not
  if (!exchange.request_open) finish_front(call);
}

// All requests that wait get this end, unless requests before them are unknown: a response that was nobody's may have
// been theirs. One that is still being sent can only be the last.
template <class Sink>
void Connections::settle(const Call<Sink>& call, TransactionEnd end, Instant closed) {
  ExchangeQueue& queue = call.connection.queue;
  while (queue.count > 0) {
    const Exchange& oldest = front(call.connection);
    const bool open = oldest.request_open;
    if (oldest.after_hole) {
      end = TransactionEnd::kUnknown;
      closed = Instant{};
    }
    give_up_front(call, end, closed);
    if (open) return;
  }
}

template <class Sink>
void Connections::finish_front(const Call<Sink>& call) {
  Exchange& exchange = front(call.connection);
  finish(call, exchange.transaction, exchange.tag);
  exchanges_.pop(call.c, call.connection.queue);
}

template <class Sink>
void Connections::finish(const Call<Sink>& call, const Transaction& transaction, const RequestTag& tag) {
  counters_.add(StreamCount::kTransactions);
  if (transaction.end == TransactionEnd::kAborted) counters_.add(StreamCount::kTransactionsAborted);
  const bool no_answer = transaction.end == TransactionEnd::kUnanswered || transaction.end == TransactionEnd::kUnknown;
  if (no_answer) counters_.add(StreamCount::kTransactionsUnanswered);
  call.sink.on_transaction(call.c, transaction, tag);
}

// The message that began first gives way, until so many blocks are free. Not the one that was silent for longest: who
// sends nothing but unfinished messages keeps all of them moving with a byte each. Nor the largest: those may be a
// block each. A message that is sent in one go is the oldest only if the whole pool was filled anew while it was under
// way. Every turn frees a block, and nothing of the span in hand has been looked at yet.
template <class Sink>
void Connections::make_room(std::size_t blocks, Sink& sink) {
  while (pool_.free_blocks() < blocks && pool_.oldest_owner() != BytePool::kNone) {
    const std::uint32_t oldest = pool_.oldest_owner();
    const ConnectionIndex c = oldest >> 1;
    const Call<Sink> call{c, connections_[c], Instant{}, sink};
    counters_.add(StreamCount::kHttpBuffersFull);
    if (oldest == owner(c, Direction::kToServer)) {
      displace_request(call);
    } else {
      lose_response(call, kUnreadBytes);
    }
  }
}

template <class Sink>
void Connections::on_data(ConnectionIndex c, Direction direction, Bytes bytes, Instant byte_time, Sink& sink) {
  const std::size_t blocks = BytePool::blocks_for(bytes.size());
  if (pool_.free_blocks() < blocks) make_room(blocks, sink);
  const Call<Sink> call{c, connections_[c], byte_time, sink};
  direction == Direction::kToServer ? client_data(call, bytes) : server_data(call, bytes);
}

template <class Sink>
void Connections::on_gap(ConnectionIndex c, Direction direction, std::uint64_t bytes, Sink& sink) {
  if (bytes == 0) return;
  const Call<Sink> call{c, connections_[c], Instant{}, sink};
  direction == Direction::kToServer ? client_gap(call, bytes) : server_gap(call, bytes);
}

// The client had closed before this answer began: it is nobody's.
template <class Sink>
void Connections::leave_unanswered(const Call<Sink>& call) {
  Connection& connection = call.connection;
  const bool readable = server_readable(connection);
  connection.server.phase = Phase::kEnded;
  settle(call, readable ? TransactionEnd::kAborted : TransactionEnd::kUnknown,
         readable ? connection.client_end : Instant{});
}

// Who closes with a request pending waits for no answer: browsers do not close only their own half. An answer that had
// begun goes on. Has no packet of the server been seen yet, it may be that none are captured; then the request is told
// as aborted when something is, or the connection is idle.
template <class Sink>
void Connections::on_end(ConnectionIndex c, Direction direction, bool both_captured, Instant at, Sink& sink) {
  Connection& connection = connections_[c];
  connection.server_seen = connection.server_seen || both_captured;
  const Call<Sink> call{c, connection, at, sink};
  if (direction == Direction::kToServer) {
    if (connection.client_ended) return;
    connection.client_end = at;
    end_client(call);
    if (connection.server_seen && connection.server.phase == Phase::kIdle) leave_unanswered(call);
    return;
  }
  connection.server_seen = true;
  const bool readable = server_readable(connection);
  end_server(call, true);
  if (!readable) return settle(call, TransactionEnd::kUnknown, Instant{});
  if (!connection.client_ended) return settle(call, TransactionEnd::kUnanswered, Instant{});
  settle(call, TransactionEnd::kAborted, connection.client_end);
}

template <class Sink>
void Connections::on_reset(ConnectionIndex c, Direction sender, Instant at, Sink& sink) {
  Connection& connection = connections_[c];
  const Call<Sink> call{c, connection, at, sink};
  const bool had_ended = connection.client_ended;
  const bool readable = server_readable(connection);
  end_client(call);
  end_server(call, false);
  if (!readable) return settle(call, TransactionEnd::kUnknown, Instant{});
  if (had_ended) return settle(call, TransactionEnd::kAborted, connection.client_end);
  if (sender == Direction::kToServer) return settle(call, TransactionEnd::kAborted, at);
  settle(call, TransactionEnd::kUnanswered, Instant{});
}

// A server that never showed itself (one direction captured) can be said neither to have been left nor to be silent.
template <class Sink>
void Connections::on_close(ConnectionIndex c, bool waited, Instant at, Sink& sink) {
  Connection& connection = connections_[c];
  const Call<Sink> call{c, connection, at, sink};
  const bool readable = server_readable(connection);
  const bool left = connection.client_ended;
  const bool shown = connection.server_seen;
  end_client(call);
  end_server(call, false);
  if (readable && left && (shown || waited)) return settle(call, TransactionEnd::kAborted, connection.client_end);
  settle(call, readable && waited ? TransactionEnd::kUnanswered : TransactionEnd::kUnknown, Instant{});
}

}  // namespace bellrock::http
