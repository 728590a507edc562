// Which keys are whose, for the reference: lists that are searched from end to end, and two visitors who become one.
// Any thread.
#pragma once

#include <algorithm>
#include <array>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "dataplane/flow/event.h"
#include "dataplane/flow/feedback.h"
#include "dataplane/flow/outcome.h"
#include "tests/property/journey/reference_numbers.h"
#include "tests/property/journey/reference_visits.h"

namespace bellrock::journey::reference {

struct Seen {
  Instant mark;
  bool by_beacon = false;
};

struct Attempt {
  std::size_t journey = 0;
  Instant start;
  std::size_t opened_by = 0;
  bool flagged = false;
  bool started_by_request = false, started_by_beacon = false, retried = false;
  bool committed = false;
  Instant commit_request;
  Instant last_step;
  std::uint32_t correlate = 0;  // 0: no value
  Instant certain_at;           // the message that left nothing to wait for but the window's end
  std::optional<std::uint64_t> worth;
  std::map<std::size_t, Seen> seen;  // by step, the first time
  std::map<std::uint8_t, std::uint8_t> dimensions;
  std::set<std::size_t> judged;  // objectives
  std::optional<Instant> acked_at;
  Numbers::Since since_ack;
  bool http_alive = false, beacons_alive = false;     // since then
  std::optional<Instant> expected_page_requested_at;  // and not answered
  bool answer_lost = false;                           // it may have been: nobody saw
  bool ended = false;
  Outcome outcome = Outcome::kUnknown;
  Instant ended_at;
  Visit* visit = nullptr;                     // where its journey counts visits
  std::optional<std::size_t> open_error;      // the failure step at which it ended, while it may be recovered from
  std::map<Question, std::uint8_t> answers;   // to what its journey asks
  std::map<std::size_t, Duration> latencies;  // that were measured, by objective
};

struct Visitor {
  Instant last_activity;
  std::vector<Attempt> attempts;        // oldest first
  std::map<std::size_t, Visit> visits;  // by journey
  Numbers numbers;
};

inline bool known(const Visitor& visitor) { return !visitor.attempts.empty() || !visitor.visits.empty(); }

struct Member {
  SessionKey key;
  Instant seen;
};

// A visitor with several keys, or who had some.
struct Group {
  Visitor visitor;
  std::array<std::optional<Member>, 4> members;

  Member* find(const SessionKey& key) {
    for (auto& member : members) {
      if (member && member->key == key) return &*member;
    }
    return nullptr;
  }
  [[nodiscard]] std::size_t size() const {
    return static_cast<std::size_t>(
        std::count_if(members.begin(), members.end(), [](auto& m) { return m.has_value(); }));
  }
  void add(const SessionKey& key, Instant now) {
    *std::find_if(members.begin(), members.end(), [](auto& m) { return !m.has_value(); }) = Member{key, now};
  }
  // The key that was seen longest ago goes, if that was long ago and there is no room.
  bool make_room(Instant long_ago) {
    if (size() < members.size()) return false;
    auto* oldest = &members[0];
    for (auto& member : members) {
      if (member->seen < (*oldest)->seen) oldest = &member;
    }
    if ((*oldest)->seen >= long_ago) return false;
    oldest->reset();
    return true;
  }
};

inline std::vector<SessionKey> keys_of(const Event& event) {
  std::vector<SessionKey> keys{event.key};
  for (const VisitorKey& more : event.extras.more_keys()) keys.push_back(more.key);
  return keys;
}

class Visitors {
 public:
  Group* group_of(const SessionKey& key) {
    for (Group& group : groups_) {
      if (group.find(key) != nullptr) return &group;
    }
    return nullptr;
  }
  Visitor& of(const SessionKey& key) {
    Group* group = group_of(key);
    return group != nullptr ? group->visitor : alone_[key];
  }
  std::vector<Visitor*> all_of(const Event& event) {
    std::vector<Visitor*> all;
    for (const SessionKey& key : keys_of(event)) all.push_back(&of(key));
    return all;
  }
  std::vector<Visitor*> all() {
    std::vector<Visitor*> all;
    for (auto& [key, visitor] : alone_) all.push_back(&visitor);
    for (Group& group : groups_) all.push_back(&group.visitor);
    return all;
  }
  // The first that has several keys, else the first, else a new one.
  Group& common_group(const std::vector<SessionKey>& keys) {
    groups_.remove_if([](const Group& group) { return group.size() == 0; });
    for (const std::size_t least : {2u, 1u}) {
      for (const SessionKey& key : keys) {
        if (Group* group = group_of(key); group != nullptr && group->size() >= least) return *group;
      }
    }
    return groups_.emplace_back();
  }
  // The key is nobody's. Who is left without keys has been made a part of somebody else.
  void take_out(const SessionKey& key) {
    alone_.erase(key);
    if (Group* group = group_of(key)) {
      for (auto& member : group->members) {
        if (member && member->key == key) member.reset();
      }
    }
  }

 private:
  std::map<SessionKey, Visitor> alone_;
  std::list<Group> groups_;
};

// Everything of `from` is `into`'s; of the journeys at which he leads as the newer part.
inline void join(Visitor& from, Visitor& into, const std::set<std::size_t>& leads) {
  const bool numbers_of_from = from.numbers.any() && (!into.numbers.any() || from.last_activity > into.last_activity);
  Visitor& forgotten = numbers_of_from ? into : from;
  for (Attempt& attempt : forgotten.attempts) forgotten.numbers.forget(attempt.since_ack);
  if (numbers_of_from) into.numbers = from.numbers;
  into.last_activity = std::max(into.last_activity, from.last_activity);
  for (auto& [journey, visit] : from.visits) {
    if (!into.visits.contains(journey)) {
      into.visits[journey] = visit;
      continue;
    }
    Visit& ours = into.visits[journey];
    const bool later = visit.last_end >= ours.last_end;
    if (!later) std::swap(ours, visit);
    for (auto& [objective, verdicts] : visit.verdicts) {
      auto& sum = ours.verdicts[objective];
      sum.insert(sum.end(), verdicts.begin(), verdicts.end());
    }
    ours.dimensions = visit.dimensions;
    ours.last_end = visit.last_end;
  }
  std::vector<Attempt> all, newer;
  for (const Attempt& attempt : from.attempts) (leads.contains(attempt.journey) ? newer : all).push_back(attempt);
  all.insert(all.end(), into.attempts.begin(), into.attempts.end());
  all.insert(all.end(), newer.begin(), newer.end());
  for (Attempt& attempt : all) {
    // That of one which is over may be over too.
    if (attempt.visit != nullptr) attempt.visit = attempt.ended ? nullptr : &into.visits[attempt.journey];
  }
  into.attempts = std::move(all);
  from = {};
}

}  // namespace bellrock::journey::reference
