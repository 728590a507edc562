#include "control/agent/uplink.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <random>

namespace bellrock::agent {

namespace {

constexpr std::string_view kFrameType = "application/x-protobuf";
constexpr unsigned kDoublingsMax = 20;
constexpr std::int64_t kIdleMs = 1'000;
constexpr std::int64_t kRetryAfterMaxMs = 3'600'000;

}  // namespace

Post post_to(const std::string& central_url, const net::TlsClient& tls) {
  return [url = central_url + "/v1/frames", tls](Bytes frame) {
    return net::http_post(url, kFrameType, text(frame), {.reply_bytes_max = 64 * 1024, .tls = tls});
  };
}

namespace {

// What a status that is no verdict most likely means.
std::string hint(const net::HttpReply& reply) {
  switch (reply.status) {
    case 403:
      return ": " + reply.body.substr(0, reply.body.find('\n'));
    case 421:
      return ": it does not answer to the name in `central`";
    default:
      return {};
  }
}

}  // namespace

// A verdict is a status and a type of the centre's own, and a body that says the same; anything else may come from a
// proxy. An empty body is a verdict too (applied), so the type is what tells it from a proxy's empty 200.
std::optional<proto::Reply> verdict_of(const net::HttpReply& reply) {
  const bool own_status = reply.status == 200 || reply.status == 409 || reply.status == 422;
  if (!own_status || reply.content_type != kFrameType) return std::nullopt;
  auto verdict = proto::decode_reply(bytes(reply.body));
  return verdict.ok() ? std::optional(std::move(*verdict)) : std::nullopt;
}

Uplink::Uplink(Spool& spool, Post post, Backoff backoff) : spool_(spool), post_(std::move(post)), backoff_(backoff) {}

void Uplink::start() {
  thread_ = std::thread([this] { run(); });
}

void Uplink::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  spool_.wake();
  if (thread_.joinable()) thread_.join();
}

void Uplink::flush_and_stop(std::int64_t milliseconds) {
  idle_ = false;
  wake_.notify_all();
  spool_.wake();
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  while (!idle_ && spool_.status().pending != 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  stop();
}

std::int64_t Uplink::delay_ms(const Backoff& backoff, unsigned failures, std::int64_t retry_after_ms, double random) {
  const unsigned doublings = std::min(failures > 0 ? failures - 1 : 0, kDoublingsMax);
  const std::int64_t full = std::min(backoff.most_ms, backoff.first_ms << doublings);
  const auto jittered = static_cast<std::int64_t>(static_cast<double>(full) * (0.5 + random / 2));
  return std::max(jittered, std::min(retry_after_ms, kRetryAfterMaxMs));
}

void Uplink::run() {
  std::mt19937_64 random(std::random_device{}());
  std::uniform_real_distribution<double> unit(0, 1);
  for (unsigned failures = 0; !stopping_;) {
    std::int64_t retry_after_ms = 0;
    const auto frame = spool_.next();
    if (frame.ok() && !*frame) {
      idle_ = true;
      spool_.wait(kIdleMs);
      continue;
    }
    const bool settled = frame.ok() ? send(**frame, retry_after_ms) : fail(frame.error().message);
    failures = settled ? 0 : failures + 1;
    if (settled) continue;
    idle_ = true;
    pause(delay_ms(backoff_, failures, retry_after_ms, unit(random)));
  }
}

void Uplink::pause(std::int64_t milliseconds) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, std::chrono::milliseconds(milliseconds), [this] { return stopping_ || !idle_; });
}

bool Uplink::send(const Spool::Outgoing& frame, std::int64_t& retry_after_ms) {
  const Moment sent = read_clocks();
  const auto reply = post_(frame.bytes);
  const Moment got = read_clocks();
  if (!reply.ok()) return fail(reply.error().message);
  retry_after_ms = std::int64_t{reply->retry_after_s.value_or(0)} * 1'000;
  const auto verdict = verdict_of(*reply);
  if (!verdict) return fail("the centre answered " + std::to_string(reply->status) + hint(*reply));
  {
    const std::lock_guard lock(mutex_);
    const bool usable = clock_.add(sent, got, verdict->received_unix_ms, verdict->answered_unix_ms);
    if (!usable && verdict->received_unix_ms != 0) ++status_.clock_refused;
  }
  return settle(frame, *verdict);
}

bool Uplink::settle(const Spool::Outgoing& frame, const proto::Reply& reply) {
  Status<FileError> stored = Done{};
  {
    const std::lock_guard lock(mutex_);
    status_.last_contact_unix_ms = unix_ms();
    status_.last_error.clear();
    switch (reply.result) {
      case proto::ReplyResult::kApplied:
        ++status_.applied;
        break;
      case proto::ReplyResult::kRepeated:
        ++status_.repeated;
        break;
      case proto::ReplyResult::kRefused:
        ++status_.refused;
        break;
      case proto::ReplyResult::kConflict:
        ++status_.conflicts;
        break;
    }
  }
  switch (reply.result) {
    case proto::ReplyResult::kApplied:
    case proto::ReplyResult::kRepeated:
      spool_.accepted(frame.number);
      break;
    case proto::ReplyResult::kRefused:
      spdlog::warn("the centre refused a frame: {}; it is kept in quarantine/", reply.reason);
      stored = spool_.refused(frame.number);
      break;
    case proto::ReplyResult::kConflict:
      spdlog::warn(
          "this node's identity was used beyond what this state directory knows ({}): going on under a new one",
          reply.reason);
      stored = spool_.conflict(frame.number);
      break;
  }
  return stored.ok() || fail(stored.error().message);
}

bool Uplink::fail(std::string why) {
  const std::lock_guard lock(mutex_);
  ++status_.errors;
  if (status_.last_error != why) spdlog::warn("cannot send: {}", why);
  status_.last_error = std::move(why);
  return false;
}

UplinkStatus Uplink::status() const {
  const std::lock_guard lock(mutex_);
  UplinkStatus status = status_;
  status.clock = clock_.at(read_clocks());
  return status;
}

std::optional<control::ClockState> Uplink::clock() const {
  const std::lock_guard lock(mutex_);
  return clock_.at(read_clocks());
}

}  // namespace bellrock::agent
