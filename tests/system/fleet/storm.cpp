#include "tests/system/fleet/storm.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <thread>

#include "control/net/http_client.h"
#include "tools/fleet/chance.h"

namespace bellrock::fleet {
namespace {

constexpr std::size_t kNodesOfARound = 40;
constexpr unsigned kSenders = 4;
constexpr std::int64_t kWindow = 10;
constexpr double kChance = 0.04;      // that a node's frame is delayed, or overtaken
constexpr double kStoreChance = 0.3;  // that a round kills the store's process
constexpr std::chrono::milliseconds kPause(5);

}  // namespace

std::uint64_t StormTally::all() const { return std::accumulate(faults.begin(), faults.end(), std::uint64_t{0}); }

Storm::Storm(Backend& backend, const Plan& plan, const config::Loaded& loaded)
    : backend_(backend), plan_(plan), random_(derive(plan.options.seed, 77)), link_(backend.url()) {
  for (std::size_t i = 0; i < plan.options.nodes; ++i) nodes_.emplace_back(plan, loaded.definition, i);
  outboxes_.resize(nodes_.size());
  counted_to_.resize(nodes_.size(), plan.options.from);
}

void Storm::count(std::size_t node) {
  const std::int64_t from = counted_to_[node];
  const auto frame = nodes_[node].count(from, from + 3 * kWindow, kWindow, outboxes_[node].oldest());
  counted_to_[node] += 3 * kWindow;
  truth_.add(frame);
  outboxes_[node].push(frame);
}

// A node starts again, and another one's clock jumps.
void Storm::upset_nodes() {
  const std::size_t restarted = random_.below(nodes_.size()), jumped = random_.below(nodes_.size());
  note(Fault::kRestart);
  if (outboxes_[restarted].empty() && random_.chance(0.25)) {
    outboxes_[restarted].clear();
    nodes_[restarted].lose_state();
  } else {
    if (random_.chance(0.5)) nodes_[restarted].lose_board();
    outboxes_[restarted].restart();
  }
  note(Fault::kClockJump);
  constexpr std::int64_t kJumpMax = 2 * 86'400 / 10;
  nodes_[jumped].set_clock(random_.chance(0.3) ? 0 : 10 * random_.between(-kJumpMax, kJumpMax));
}

// What happens to the frames of one node before they leave.
void Storm::upset_frames(std::size_t node) {
  if (random_.chance(kChance)) {
    note(Fault::kDelay);
    outboxes_[node].hold(outboxes_[node].oldest(), round_ + random_.between(1, 4));
  }
  if (random_.chance(kChance)) {
    // Two at least are needed: the last one goes first, the others later.
    note(Fault::kReorder);
    count(node);
    const auto parcels = outboxes_[node].ready(round_);
    for (std::size_t i = 0; i + 1 < parcels.size(); ++i) {
      outboxes_[node].hold(parcels[i].seq, round_ + random_.between(1, 2));
    }
  }
}

std::vector<Storm::Errand> Storm::errands() {
  std::vector<Errand> all;
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    for (auto& parcel : outboxes_[node].ready(round_)) all.push_back({node, std::move(parcel)});
  }
  for (std::size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[random_.below(i)]);
  return all;
}

// One or two of each.
void Storm::upset_requests(std::vector<Errand>& errands) {
  constexpr std::array<Trouble, 3> kDrops{Trouble::kLost, Trouble::kCut, Trouble::kNoAnswer};
  if (errands.empty()) return;
  for (const Fault fault : {Fault::kDuplicate, Fault::kDrop}) {
    for (auto n = 1 + random_.below(2); n > 0; --n) {
      Errand& one = errands[random_.below(errands.size())];
      if (one.trouble != Trouble::kNone) continue;
      note(fault);
      one.trouble = fault == Fault::kDuplicate ? Trouble::kDuplicate : random_.pick(kDrops);
      one.chance = random_.unit();
    }
  }
}

void Storm::send(const Errand& errand) {
  ++requests_;
  const auto verdict = link_.send(*errand.parcel.bytes, errand.trouble, errand.chance);
  if (!verdict) {
    if (errand.trouble != Trouble::kNone) return;
    ++unanswered_;
    std::this_thread::sleep_for(kPause);  // it is being started again
    return;
  }
  const bool applied = verdict->result == proto::ReplyResult::kApplied;
  if (!applied && verdict->result != proto::ReplyResult::kRepeated) {
    ++refused_;
    return;
  }
  ++(applied ? applied_ : repeated_);
  outboxes_[errand.node].settle(errand.parcel.seq);
}

// The store first, where it has a process of its own: the centre goes on without it for a while, or is killed too.
void Storm::kill_and_start() {
  std::this_thread::sleep_for(std::chrono::microseconds(random_.below(30'000)));
  if (random_.chance(kStoreChance) && kill_store() && random_.chance(0.5)) return;
  note(Fault::kKill);
  backend_.kill();
  start_centre();
}

bool Storm::kill_store() {
  if (!backend_.kill_store()) return false;
  note(Fault::kStoreKill);
  if (backend_.start_store()) return true;
  if (!disk_full_) throw std::runtime_error("the store does not start again");
  ++tally_.failed_starts;
  backend_.free_disk();
  disk_full_ = false;
  if (!backend_.start_store()) throw std::runtime_error("the store does not start again");
  return true;
}

// As whoever reads the message does.
bool Storm::start_as_asked(std::string& why) {
  if (backend_.start(why)) return true;
  if (why.find("start the server again") == std::string::npos || !backend_.kill_store()) return false;
  ++tally_.starts_by_hand;
  if (!backend_.start_store()) {  // it has no room to start in either
    backend_.free_disk();
    disk_full_ = false;
    if (!backend_.start_store()) return false;
  }
  return backend_.start(why);
}

void Storm::start_centre() {
  std::string why;
  if (start_as_asked(why)) return;
  if (!disk_full_) throw std::runtime_error("the centre does not start again: " + why);
  ++tally_.failed_starts;
  backend_.free_disk();
  disk_full_ = false;
  if (!start_as_asked(why)) throw std::runtime_error("the centre does not start again: " + why);
}

// Within the round, in the middle of a commit: a log that has been written to before has room, one of a fresh start
// none.
void Storm::fill_disk() {
  std::string why;
  backend_.stop();
  if (!start_as_asked(why)) throw std::runtime_error("the centre does not start again: " + why);
  constexpr std::uint64_t kPagesMax = 256, kPage = 4'096;
  backend_.fill_disk(static_cast<std::int64_t>(random_.below(kPagesMax) * kPage));
  disk_full_ = true;
}

void Storm::run(const std::vector<Errand>& errands, bool with_kill) {
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> senders;
  for (unsigned i = 0; i < kSenders; ++i) {
    senders.emplace_back([&] {
      for (std::size_t at = next++; at < errands.size(); at = next++) send(errands[at]);
    });
  }
  try {
    if (with_kill) kill_and_start();
  } catch (...) {
    for (auto& sender : senders) sender.join();
    throw;
  }
  for (auto& sender : senders) sender.join();
}

bool Storm::store_failed() const {
  const auto page = net::http_get(backend_.url() + "/metrics");
  if (!page.ok() || page->status != 200) return true;
  constexpr std::string_view kName = "{result=\"store_failed\"} ";
  const std::size_t at = page->body.find(kName);
  if (at == std::string::npos) throw std::runtime_error("no such metric");
  return page->body.compare(at + kName.size(), 2, "0\n") != 0;
}

void Storm::rage(std::uint64_t faults) {
  while (tally_.all() < faults) {
    ++round_;
    upset_nodes();
    for (std::size_t i = 0; i < kNodesOfARound; ++i) {
      const std::size_t node = random_.below(nodes_.size());
      count(node);
      upset_frames(node);
    }
    // A full disk lasts for a round or two.
    if (disk_full_ && random_.chance(0.8)) {
      backend_.free_disk();
      disk_full_ = false;
    } else if (!disk_full_) {
      note(Fault::kDiskFull);
      fill_disk();
    }
    auto all = errands();
    upset_requests(all);
    run(all, true);
    tally_.disk_bites += disk_full_ && store_failed();
  }
  tally_.rounds = static_cast<std::uint64_t>(round_);
  if (disk_full_) backend_.free_disk();
  disk_full_ = false;
}

bool Storm::calm() {
  constexpr int kRoundsMax = 100;
  constexpr std::int64_t kHeldMax = 10;
  round_ += kHeldMax;
  bool empty = false;
  for (int round = 0; round < kRoundsMax && !empty; ++round) {
    run(errands(), false);
    empty = std::all_of(outboxes_.begin(), outboxes_.end(), [](const Outbox& one) { return one.empty(); });
  }
  tally_.requests = requests_, tally_.applied = applied_, tally_.repeated = repeated_, tally_.unanswered = unanswered_;
  return empty;
}

}  // namespace bellrock::fleet
