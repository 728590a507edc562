#include "tools/fleet/run.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <thread>

#include "tools/fleet/chance.h"
#include "tools/fleet/link.h"
#include "tools/fleet/node.h"
#include "tools/fleet/outbox.h"

namespace bellrock::fleet {
namespace {

constexpr int kUnreachable = 6, kRefused = 10;
constexpr unsigned kTriesMax = 300;
constexpr std::chrono::milliseconds kPause(100);  // before a try that nothing was wrong with is made again

class Fleet {
 public:
  Fleet(const Options& options, const Plan& plan, const config::Loaded& loaded)
      : options_(options), plan_(plan), link_(options.central) {
    for (std::size_t i = 0; i < plan.options.nodes; ++i) nodes_.emplace_back(plan, loaded.definition, i);
    outboxes_.resize(nodes_.size());
  }

  // Every node counts [from, from + frame).
  void count(std::int64_t from, Truth& truth) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      live_through(i, from);
      const auto frame = nodes_[i].count(from, from + options_.frame_s, options_.window_s, outboxes_[i].oldest());
      truth.add(frame);
      outboxes_[i].push(frame);
    }
  }

  // Those that reach the centre send all they hold. At the end of history everybody does.
  void send(std::int64_t at, bool everybody) {
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
      for (std::size_t i = next++; i < nodes_.size() && !failed(); i = next++) {
        if (everybody || !has(Kind::kPartition, i, at)) send_all(i, at);
      }
    };
    std::vector<std::thread> threads;
    for (unsigned i = 1; i < options_.senders; ++i) threads.emplace_back(work);
    work();
    for (auto& thread : threads) thread.join();
  }

  [[nodiscard]] bool failed() const { return error_code_ != 0; }
  [[nodiscard]] RunError error() const { return {error_code_, error_}; }
  [[nodiscard]] Sent sent() const { return {requests_, applied_, repeated_}; }

 private:
  // Of a span, its first moment decides.
  [[nodiscard]] bool has(Kind kind, std::size_t node, std::int64_t at, const Planted** found = nullptr) const {
    for (const auto& one : plan_.planted) {
      if (one.kind != kind || one.node != node || one.of_journey()) continue;
      const bool now = kind == Kind::kRestart ? at <= one.from && one.from < at + options_.frame_s : one.holds(at);
      if (now && found) *found = &one;
      if (now) return true;
    }
    return false;
  }

  void live_through(std::size_t node, std::int64_t from) {
    const Planted* jump = nullptr;
    nodes_[node].set_clock(has(Kind::kClockJump, node, from, &jump) ? jump->jump_s : 0);
    if (!has(Kind::kRestart, node, from)) return;
    nodes_[node].lose_board();
    outboxes_[node].restart();
  }

  void send_all(std::size_t node, std::int64_t at) {
    Random random(derive_all(plan_.options.seed, 5, node, at));
    auto parcels = outboxes_[node].ready(at);
    for (std::size_t i = 0; i + 1 < parcels.size(); ++i) {
      if (random.chance(options_.reorder)) std::swap(parcels[i], parcels[i + 1]);
    }
    for (const auto& parcel : parcels) {
      if (!send_until_answered(parcel, random)) return;
      outboxes_[node].settle(parcel.seq);
    }
  }

  Trouble draw(Random& random) const {
    double chance = random.unit();
    if ((chance -= options_.lost) < 0) return Trouble::kLost;
    if ((chance -= options_.cut) < 0) return Trouble::kCut;
    if ((chance -= options_.no_answer) < 0) return Trouble::kNoAnswer;
    return (chance -= options_.duplicate) < 0 ? Trouble::kDuplicate : Trouble::kNone;
  }

  bool send_until_answered(const Parcel& parcel, Random& random) {
    for (unsigned tries = 0; tries < kTriesMax && !failed(); ++tries) {
      const Trouble trouble = draw(random);
      ++requests_;
      const auto verdict = link_.send(*parcel.bytes, trouble, random.unit());
      if (verdict) return take(*verdict);
      if (trouble == Trouble::kNone || trouble == Trouble::kDuplicate) std::this_thread::sleep_for(kPause);
    }
    return fail(kUnreachable, options_.central + " does not answer");
  }

  bool take(const proto::Reply& reply) {
    if (reply.result == proto::ReplyResult::kApplied) return ++applied_, true;
    if (reply.result == proto::ReplyResult::kRepeated) return ++repeated_, true;
    return fail(kRefused,
                "the centre refused a frame: " + reply.reason + "; was the same seed sent before, with other options?");
  }

  bool fail(int code, std::string message) {
    const std::lock_guard lock(mutex_);
    if (error_code_ == 0) error_ = std::move(message), error_code_ = code;
    return false;
  }

  const Options& options_;
  const Plan& plan_;
  Link link_;
  std::deque<Node> nodes_;
  std::deque<Outbox> outboxes_;
  std::atomic<std::uint64_t> requests_ = 0, applied_ = 0, repeated_ = 0;
  std::atomic<int> error_code_ = 0;
  std::mutex mutex_;
  std::string error_;
};

}  // namespace

Result<Sent, RunError> run(const Options& options, const Plan& plan, const config::Loaded& loaded, Truth& truth) {
  Fleet fleet(options, plan, loaded);
  for (std::int64_t at = plan.options.from; at < plan.options.to && !fleet.failed(); at += options.frame_s) {
    fleet.count(at, truth);
    fleet.send(at, false);
  }
  if (!fleet.failed()) fleet.send(plan.options.to, true);
  if (fleet.failed()) return Failure{fleet.error()};
  return fleet.sent();
}

}  // namespace bellrock::fleet
