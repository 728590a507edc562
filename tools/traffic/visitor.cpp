#include "tools/traffic/visitor.h"

#include <algorithm>

#include "dataplane/base/check.h"

namespace bellrock::traffic {
namespace {

constexpr std::size_t kTinyMessageMax = 2'000;  // only messages up to this length are sent byte by byte

}  // namespace

Visitor::Visitor(const Options& options, std::uint64_t seed, Place place)
    : options_(options), random_(seed), place_(place) {
  speaker.host = options.host;
}

Connection& Visitor::open(std::int64_t at_us) {
  ConnectionSpec spec{.client = place_.client, .server = place_.server, .rtt_us = place_.rtt_us};
  ++place_.client.port;
  for (std::uint32_t& first : spec.first_sequence) {
    first = static_cast<std::uint32_t>(random_.next());
    if (random_.chance(options_.wrap)) first = UINT32_MAX - static_cast<std::uint32_t>(random_.below(3'000));
  }
  const bool two = options_.link != Link::kRaw && random_.chance(options_.qinq);
  const bool one = options_.link != Link::kRaw && (two || random_.chance(options_.vlan));
  if (one) spec.vlans[0] = static_cast<std::uint16_t>(random_.between(100, 120));
  if (two) spec.vlans[1] = static_cast<std::uint16_t>(random_.between(200, 220));
  spec.timestamps = random_.chance(0.7);
  spec.segment_bytes_max = (spec.client.ipv6 ? 1'440u : 1'460u) - (spec.timestamps ? 12u : 0u);
  connections_.push_back(std::make_unique<Connection>(spec, at_us));
  return *connections_.back();
}

Connection& Visitor::usable(std::size_t index, std::int64_t at_us) {
  Slot& slot = slots_[index];
  if (slot.connection != nullptr && !slot.connection->closed() && slot.requests_left == 0) {
    slot.connection->close(Direction::kToServer, std::max(at_us, slot.connection->client_ready_us()));
  }
  if (slot.connection == nullptr || slot.connection->closed()) {
    slot.connection = &open(at_us);
    slot.requests_left = static_cast<std::uint32_t>(random_.between(4, 24));
  }
  --slot.requests_left;
  return *slot.connection;
}

std::int64_t Visitor::ready_us(std::size_t index) const {
  const Connection* c = slots_[index].connection;
  return c == nullptr || c->closed() ? 0 : c->client_ready_us();
}

TransactionTruth& Visitor::begin(Connection& c, const Ask& ask) {
  ++transaction_count_;
  TransactionTruth& t = c.transactions.emplace_back();
  t.client = to_text(c.spec().client);
  t.server = to_text(c.spec().server);
  t.method = ask.method;
  t.method_name = ask.method;
  t.target = ask.target;
  t.host = speaker.host;
  t.route = ask.route;
  t.response_begin = t.response_end = c.sent(Direction::kToClient);
  return t;
}

std::uint32_t Visitor::segment_bytes(std::size_t message_bytes, bool may_split) {
  return may_split && message_bytes <= kTinyMessageMax && random_.chance(options_.one_byte) ? 1 : 0;
}

// Browsers write a body after its head: two segments, unless there is little of it. With Expect, the body waits for the
// interim response.
Times Visitor::send_request(Connection& c, std::int64_t at_us, const Ask& ask, TransactionTruth& t) {
  const std::string head = request_head(ask, speaker);
  const std::string body = framed_body(ask.body, ask.chunked, random_);
  t.request_begin = c.sent(Direction::kToServer);
  t.request_body_bytes = ask.body.size();
  Times times;
  if (body.empty() || (!ask.expect_continue && random_.chance(0.7))) {
    times = c.send(Direction::kToServer, head + body, at_us, segment_bytes(head.size() + body.size(), true));
  } else {
    times = c.send(Direction::kToServer, head, at_us, segment_bytes(head.size(), true));
    std::int64_t next = times.last_us + 60;
    if (ask.expect_continue) {
      t.interim = 1;
      next = c.send(Direction::kToClient, kContinue, times.last_us + 300).last_us + place_.rtt_us + 50;
    }
    times.last_us = c.send(Direction::kToServer, body, next, segment_bytes(body.size(), true)).last_us;
  }
  t.request_end = c.sent(Direction::kToServer);
  return times;
}

Times Visitor::send_response(Connection& c, std::int64_t at_us, const Ask& ask, const Answer& answer,
                             TransactionTruth& t) {
  if (answer.early_hints) {
    ++t.interim;
    c.send(Direction::kToClient, kEarlyHints, at_us - answer.latency_us / 2);
  }
  const std::string text = response_text(answer, ask.method, at_us, random_, t.response_body_bytes);
  t.status = answer.status;
  t.response_begin = c.sent(Direction::kToClient);
  t.response_end = t.response_begin + static_cast<std::uint32_t>(text.size());
  // A failed attempt ends with the head of its response, so that head stays in one segment.
  return c.send(Direction::kToClient, text, at_us, segment_bytes(text.size(), answer.status < 500));
}

Done Visitor::exchange(std::size_t slot, std::int64_t at_us, const Ask& ask, Answer answer,
                       std::vector<BeaconTruth> beacons) {
  Connection& c = usable(slot, at_us);
  TransactionTruth& t = begin(c, ask);
  t.beacons = std::move(beacons);
  answer.close |= slots_[slot].requests_left == 0 && random_.chance(0.3);
  Done done;
  done.request = send_request(c, std::max(at_us, c.client_ready_us()), ask, t);
  done.response = send_response(c, done.request.last_us + answer.latency_us, ask, answer, t);
  if (answer.until_close) {
    c.close(Direction::kToClient, 0, true);
  } else if (answer.close) {
    c.close(Direction::kToClient, done.response.last_us + 30);
  }
  return done;
}

void Visitor::pipeline(std::size_t slot, std::int64_t at_us, const std::vector<Ask>& asks,
                       const std::vector<Answer>& answers) {
  Connection& c = usable(slot, at_us);
  const std::size_t first = c.transactions.size();
  std::string requests, responses;
  const std::uint32_t request_base = c.sent(Direction::kToServer);
  for (const Ask& ask : asks) {
    TransactionTruth& t = begin(c, ask);
    t.pipelined = !requests.empty();
    t.request_begin = request_base + static_cast<std::uint32_t>(requests.size());
    requests += request_head(ask, speaker);
    t.request_end = request_base + static_cast<std::uint32_t>(requests.size());
  }
  const Times sent = c.send(Direction::kToServer, requests, std::max(at_us, c.client_ready_us()));
  const std::uint32_t response_base = c.sent(Direction::kToClient);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    TransactionTruth& t = c.transactions[first + i];
    t.status = answers[i].status;
    t.response_begin = response_base + static_cast<std::uint32_t>(responses.size());
    responses += response_text(answers[i], asks[i].method, at_us, random_, t.response_body_bytes);
    t.response_end = response_base + static_cast<std::uint32_t>(responses.size());
  }
  c.send(Direction::kToClient, responses, sent.last_us + answers.front().latency_us);
}

Done Visitor::abort(std::size_t slot, std::int64_t at_us, const Ask& ask, std::int64_t waited_us) {
  Connection& c = usable(slot, at_us);
  TransactionTruth& t = begin(c, ask);
  t.end = TransactionEnd::kAborted;
  Done done;
  done.request = send_request(c, std::max(at_us, c.client_ready_us()), ask, t);
  const std::int64_t end = done.request.last_us + waited_us;
  if (random_.chance(0.5))
    c.send_rst(Direction::kToServer, end);
  else
    c.close(Direction::kToServer, end);
  t.response_begin = t.response_end = c.sent(Direction::kToClient);
  done.response = {end, end};
  return done;
}

Done Visitor::refuse(std::size_t slot, std::int64_t at_us, const Ask& ask, std::int64_t waited_us) {
  Connection& c = usable(slot, at_us);
  TransactionTruth& t = begin(c, ask);
  t.end = TransactionEnd::kUnanswered;
  Done done;
  done.request = send_request(c, std::max(at_us, c.client_ready_us()), ask, t);
  const std::int64_t end = done.request.last_us + waited_us;
  if (random_.chance(0.5))
    c.send_rst(Direction::kToClient, end);
  else
    c.close(Direction::kToClient, end);
  t.response_begin = t.response_end = c.sent(Direction::kToClient);
  done.response = {end, end};
  return done;
}

Done Visitor::hang(std::size_t slot, std::int64_t at_us, const Ask& ask) {
  Connection& c = usable(slot, at_us);
  TransactionTruth& t = begin(c, ask);
  t.end = TransactionEnd::kUnanswered;
  Done done;
  done.request = send_request(c, std::max(at_us, c.client_ready_us()), ask, t);
  // The first acknowledgement of the whole request is the last that is heard of the connection.
  done.response.last_us = INT64_MAX;
  for (const PlannedPacket& p : c.packets()) {
    if (p.direction != Direction::kToClient || p.time_us < done.request.last_us) continue;
    done.response.last_us = std::min(done.response.last_us, p.time_us);
  }
  c.abandon();
  return done;
}

Done Visitor::cut_response(std::size_t slot, std::int64_t at_us, const Ask& ask, Answer answer) {
  Connection& c = usable(slot, at_us);
  TransactionTruth& t = begin(c, ask);
  t.cut = true;
  answer.chunked = false;
  answer.body_bytes = std::max<std::uint64_t>(answer.body_bytes, 8 * c.spec().segment_bytes_max);
  Done done;
  done.request = send_request(c, std::max(at_us, c.client_ready_us()), ask, t);
  done.response = send_response(c, done.request.last_us + answer.latency_us, ask, answer, t);
  const std::uint32_t kept = 3 * c.spec().segment_bytes_max;
  t.response_body_bytes -= t.response_end - t.response_begin - kept;
  t.response_end = t.response_begin + kept;
  c.cut(Direction::kToClient, t.response_end);
  done.response.last_us = c.time_of(Direction::kToClient, t.response_end - 1);
  c.send_rst(Direction::kToServer, done.response.last_us + place_.rtt_us + 40);
  return done;
}

Done Visitor::cut_request(std::size_t slot, std::int64_t at_us, const Ask& ask, std::vector<BeaconTruth> beacons) {
  Connection& c = usable(slot, at_us);
  TransactionTruth& t = begin(c, ask);
  t.end = TransactionEnd::kAborted;
  t.request_cut = true;
  t.beacons = std::move(beacons);
  const std::size_t body_sent = ask.body.size() / 2;
  const std::string text = request_head(ask, speaker) + ask.body.substr(0, body_sent);
  t.request_body_bytes = body_sent;
  t.request_begin = c.sent(Direction::kToServer);
  Done done;
  done.request = c.send(Direction::kToServer, text, std::max(at_us, c.client_ready_us()));
  t.request_end = c.sent(Direction::kToServer);
  c.send_rst(Direction::kToServer, done.request.last_us + 5'000);
  return done;
}

std::vector<std::unique_ptr<Connection>> Visitor::leave(std::int64_t at_us) {
  for (Slot& slot : slots_) {
    if (slot.connection == nullptr || slot.connection->closed()) continue;
    const Direction first = random_.chance(0.7) ? Direction::kToServer : Direction::kToClient;
    slot.connection->close(first, std::max(at_us, slot.connection->client_ready_us()));
  }
  for (auto& connection : connections_) connection->seal();
  return std::move(connections_);
}

}  // namespace bellrock::traffic
