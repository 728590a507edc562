#include "control/plane/intake.h"

#include <algorithm>
#include <utility>

namespace bellrock::plane {
namespace {

using proto::ReplyResult;
using store::Applied;

// Refused bytes that wait to be kept aside; more are only counted.
constexpr std::size_t kRefusalsMax = 16;

net::Response busy(unsigned status, const char* why, const char* seconds) {
  return {status, "text/plain; charset=utf-8", std::string(why) + "\n", {{"Retry-After", seconds}}};
}

}  // namespace

Intake::Intake(store::SeriesStore& store, UnixMs clock, IntakeLimits limits)
    : store_(store), clock_(std::move(clock)), limits_(limits), thread_([this] { run(); }) {}

Intake::~Intake() { stop(); }

net::Response Intake::reply(unsigned status, ReplyResult result, std::int64_t received_unix_ms,
                            std::string reason) const {
  return {status,
          "application/x-protobuf",
          proto::encode_reply({result, std::move(reason), received_unix_ms, clock_()}),
          {}};
}

void Intake::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Intake::submit(std::string body, net::Respond respond, std::span<const std::string> peer_names) {
  const std::int64_t now = clock_();
  // Of nobody nothing is looked at, nor kept aside.
  if (certificates_ && peer_names.empty()) return turn_away("frames need a certificate of an agent", now, respond);
  auto decoded = proto::decode(bytes(body));
  if (!decoded.ok()) return refuse(std::move(body), decoded.error(), now, respond);
  if (certificates_ && std::find(peer_names.begin(), peer_names.end(), decoded->frame.node) == peer_names.end()) {
    return turn_away("the certificate is not for the node of this frame", now, respond);
  }
  const auto digest = proto::digest(bytes(body));
  Job job{std::move(decoded->frame), digest, now, std::move(body), std::move(respond), {}};
  job.unknown = {decoded->unknown_fields, decoded->unknown_series, decoded->unknown_recorded};
  const auto full = enqueue(job);
  if (!full) return wake_.notify_one();
  ++counts_.busy;
  job.respond(busy(full->status, full->why, "1"));
}

void Intake::turn_away(const char* why, std::int64_t now, const net::Respond& respond) {
  ++counts_.strangers;
  stranger_unix_ms_ = now;
  respond({403, "text/plain; charset=utf-8", std::string(why) + "\n", {}});
}

bool Intake::strangers_lately() const {
  constexpr std::int64_t kLatelyMs = 120'000;
  const std::int64_t last = stranger_unix_ms_;
  return last != 0 && clock_() - last < kLatelyMs;
}

std::optional<Intake::Full> Intake::enqueue(Job& job) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return Full{503, "shutting down"};
  if (queue_.size() >= limits_.queue_frames_max || queue_bytes_ + job.body.size() > limits_.queue_bytes_max) {
    return Full{503, "too many frames in the queue"};
  }
  if (by_node_[job.frame.node] >= limits_.node_frames_max) {
    return Full{429, "too many frames of this node in the queue"};
  }
  ++by_node_[job.frame.node];
  queue_bytes_ += job.body.size();
  queue_.push_back(std::move(job));
  return std::nullopt;
}

void Intake::refuse(std::string body, proto::FrameError error, std::int64_t now, const net::Respond& respond) {
  ++counts_.refused;
  const std::string reason(proto::name(error));
  put_aside(std::move(body), reason, now);
  wake_.notify_one();
  respond(reply(422, ReplyResult::kRefused, now, reason));
}

void Intake::put_aside(std::string body, std::string reason, std::int64_t received_unix_ms) {
  const std::lock_guard lock(mutex_);
  if (refusals_.size() < kRefusalsMax) refusals_.push_back({std::move(body), std::move(reason), received_unix_ms});
}

void Intake::run_between(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    between_.push_back(std::move(job));
  }
  wake_.notify_one();
}

std::string Intake::last_store_error() const {
  // A frame that failed comes again in five seconds: where the store takes some frames and not others, it shows.
  constexpr std::int64_t kHealedMs = 15'000;
  const std::lock_guard lock(mutex_);
  const bool healed = written_since_ && clock_() - store_failed_unix_ms_ >= kHealedMs;
  return healed ? "" : last_store_error_;
}

void Intake::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return stopping_ || !queue_.empty() || !refusals_.empty() || !between_.empty(); });
    if (stopping_ && queue_.empty() && refusals_.empty()) return;
    std::vector<Job> batch;
    while (!queue_.empty() && batch.size() < limits_.batch_frames_max) {
      batch.push_back(std::move(queue_.front()));
      queue_.pop_front();
      queue_bytes_ -= batch.back().body.size();
      const auto node = by_node_.find(batch.back().frame.node);
      if (--node->second == 0) by_node_.erase(node);
    }
    const auto between = std::exchange(between_, {});
    lock.unlock();
    if (!batch.empty()) write(batch);
    lock.lock();
    const auto refusals = std::exchange(refusals_, {});
    lock.unlock();
    keep_aside(refusals);
    for (const auto& job : between) job();
    lock.lock();
  }
}

void Intake::write(std::vector<Job>& batch) {
  std::vector<store::ReceivedFrame> frames;
  for (const auto& job : batch) frames.push_back({&job.frame, job.digest, job.received_unix_ms});
  const auto applied = store_.apply(frames);
  if (applied.ok()) {
    for (std::size_t i = 0; i < batch.size(); ++i) answer(batch[i], applied->at(i));
    return;
  }
  // One frame may be what the store cannot take: each by itself then, so that it holds up no other.
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto alone = batch.size() == 1 ? applied : store_.apply({&frames[i], 1});
    alone.ok() ? answer(batch[i], alone->at(0)) : fail(batch[i], alone.error());
  }
}

void Intake::answer(Job& job, Applied applied) {
  {
    const std::lock_guard lock(mutex_);
    written_since_ = true;
  }
  switch (applied) {
    case Applied::kApplied:
      ++counts_.applied;
      counts_.unknown_fields += job.unknown.fields;
      counts_.unknown_series += job.unknown.series;
      counts_.unknown_recorded += job.unknown.recorded;
      if (applied_) applied_(job.frame);
      return job.respond(reply(200, ReplyResult::kApplied, job.received_unix_ms));
    case Applied::kRepeated:
      ++counts_.repeated;
      return job.respond(reply(200, ReplyResult::kRepeated, job.received_unix_ms));
    case Applied::kConflict:
      ++counts_.conflicts;
      return job.respond(reply(409, ReplyResult::kConflict, job.received_unix_ms,
                               "another machine uses this identity, or this one is as it was before: the sequence "
                               "number stands for something else"));
    case Applied::kTooMany: {
      ++counts_.refused;
      const std::string reason = "of node " + job.frame.node + ": too many boots in a day, or a count that runs over";
      put_aside(std::move(job.body), reason, job.received_unix_ms);
      return job.respond(reply(422, ReplyResult::kRefused, job.received_unix_ms, reason));
    }
  }
}

void Intake::fail(const Job& job, const store::StoreError& error) {
  ++counts_.store_failures;
  {
    const std::lock_guard lock(mutex_);
    last_store_error_ = error.message;
    store_failed_unix_ms_ = clock_();
    written_since_ = false;
  }
  job.respond(busy(503, "the store failed", "5"));
}

void Intake::keep_aside(const std::deque<Refusal>& refusals) {
  for (const auto& refusal : refusals) {
    // Not kept is not lost: the node was told, and the refusal is counted.
    (void)store_.keep_aside({refusal.received_unix_ms, refusal.reason, bytes(refusal.body)});
  }
}

}  // namespace bellrock::plane
