#include "dataplane/journey/session_mover.h"

#include <algorithm>
#include <array>

#include "dataplane/journey/top_values.h"

namespace bellrock::journey {
namespace {

Failure<Error> damaged(const char* what, std::size_t where) {
  return Failure{Error{what, static_cast<std::int64_t>(where)}};
}

struct FoundAttempt : Attempt {
  FoundAttempt(const Attempt& attempt, const StoryTrail* told) : Attempt(attempt), trail(told) {}
  const StoryTrail* trail;  // on the old board, where it is told what attempts did
};

// A visitor as he was found: his attempts, oldest first.
struct Found {
  Session session;
  std::size_t core = 0;  // that had him
  std::vector<FoundAttempt> attempts;
};

using Totals = std::array<JourneyTotals, kJourneysMax>;

bool makes_sense(const Definition& definition, const Attempt& attempt) {
  if (attempt.state == AttemptState::kFree || attempt.state > AttemptState::kVisit) return false;
  if (attempt.journey.index() >= definition.journeys.size()) return false;
  const Journey& journey = definition.journeys[attempt.journey.index()];
  if (attempt.is_visit() && !plausible(journey, attempt.tallies)) return false;
  return attempt.opened_by.index() < journey.steps.size() && attempt.outcome < Outcome::kCount;
}

class Finder {
 public:
  Finder(const Definition& definition, const TableOfCore& core, std::size_t number)
      : definition_(definition), core_(core), number_(number), seen_(core.attempts + std::size_t{1}) {}

  Status<> operator()(std::vector<Found>& all) {
    const std::uint32_t sessions = core_.table->sessions_used();
    if (sessions > core_.sessions) return damaged("more sessions than there is room for", sessions);
    for (Slot slot = 1; slot <= sessions; ++slot) {
      const Session session = core_.table->session(slot);
      if (session.newest == 0) continue;
      Found found{session, number_, {}};
      TRY(find_attempts(slot, found));
      all.push_back(std::move(found));
    }
    return Done{};
  }

 private:
  Status<> find_attempts(Slot owner, Found& found) {
    if (found.session.identity.index() >= definition_.identities.size()) return damaged("a session's identity", owner);
    for (Slot slot = found.session.newest; slot != 0; slot = found.attempts.back().older) {
      if (slot > core_.attempts || seen_[slot]) return damaged("a session's list of attempts", owner);
      seen_[slot] = true;
      found.attempts.emplace_back(core_.table->attempt(slot), core_.trails.empty() ? nullptr : &core_.trails[slot - 1]);
      const Attempt& attempt = found.attempts.back();
      if (attempt.session != owner || !makes_sense(definition_, attempt)) return damaged("an attempt", slot);
    }
    std::reverse(found.attempts.begin(), found.attempts.end());
    return Done{};
  }

  const Definition& definition_;
  const TableOfCore& core_;
  const std::size_t number_;
  std::vector<bool> seen_;
};

// What all cores counted; their open attempts must be those that were found.
Status<> add_up(const Definition& definition, std::span<const TableOfCore> from, const std::vector<Found>& all,
                Totals& sums) {
  Totals counted{};
  for (const Found& found : all) {
    for (const Attempt& attempt : found.attempts) counted[attempt.journey.index()].open += attempt.open() ? 1U : 0U;
  }
  for (std::size_t j = 0; j < definition.journeys.size(); ++j) {
    for (const TableOfCore& core : from) {
      const JourneyTotals& part = core.table->totals(JourneyId{j});
      sums[j].starts += part.starts;
      sums[j].open += part.open;
      for (std::size_t o = 0; o < part.outcomes.size(); ++o) sums[j].outcomes[o] += part.outcomes[o];
    }
    if (!sums[j].conserved() || sums[j].open != counted[j].open) return damaged("a journey's totals", j);
  }
  return Done{};
}

std::size_t target_of(const Definition& definition, const Session& session, std::size_t cores) {
  return owner_core(definition.identities[session.identity.index()].link, session.identity, session.hash, cores);
}

bool fits(const Definition& definition, const std::vector<Found>& all, std::span<const TableOfCore> to) {
  std::vector<std::size_t> sessions(to.size()), attempts(to.size());
  for (const Found& found : all) {
    const std::size_t core = target_of(definition, found.session, to.size());
    ++sessions[core];
    attempts[core] += found.attempts.size();
  }
  for (std::size_t core = 0; core < to.size(); ++core) {
    if (sessions[core] > to[core].sessions || attempts[core] > to[core].attempts) return false;
  }
  return true;
}

void forget_ended(std::vector<Found>& all) {
  for (Found& found : all) std::erase_if(found.attempts, [](const Attempt& attempt) { return attempt.ended(); });
  std::erase_if(all, [](const Found& found) { return found.attempts.empty(); });
}

// Values of open-ended dimensions have other numbers on another core.
class Renumber {
 public:
  Renumber(const Definition& definition, std::span<const TableOfCore> from, std::span<const TableOfCore> to)
      : definition_(definition), from_(from), tables_(to.size()) {
    for (std::size_t core = 0; core < to.size(); ++core) {
      for (std::size_t i = 0; i < definition.dimensions.size(); ++i) {
        const std::size_t table = top_table_of(definition, DimensionId{i});
        if (table == 0) continue;
        tables_[core].emplace_back(to[core].table->top_table(table), definition.dimensions[i].top, kHour,
                                   *to[core].journal);
      }
    }
  }
  void operator()(std::size_t from, std::size_t to, Attempt& attempt) {
    const Journey& journey = definition_.journeys[attempt.journey.index()];
    for (std::size_t i = 0; i < journey.dimensions.size(); ++i) {
      const std::size_t table = top_table_of(definition_, journey.dimensions[i]);
      if (table == 0) continue;
      TopEntry entry;
      const auto text = read_top_text(from_[from].table->top_table(table), attempt.dimensions[i], entry);
      attempt.dimensions[i] = tables_[to][table - 1].see(text, attempt.start);
    }
  }

 private:
  const Definition& definition_;
  std::span<const TableOfCore> from_;
  std::vector<std::vector<TopValues>> tables_;  // by core of the new board
};

struct Ended {
  Instant at;
  std::size_t core = 0;
  Slot slot = 0;
};

void place(const Definition& definition, const std::vector<Found>& all, std::span<const TableOfCore> to,
           Renumber& renumber, std::vector<Ended>& ended) {
  for (const Found& found : all) {
    const std::size_t core = target_of(definition, found.session, to.size());
    SessionTable& table = *to[core].table;
    const Session& session = found.session;
    const Slot owner =
        table.add_session({session.key, session.previous, session.hash}, session.identity, session.last_activity);
    table.set_page_views(owner, {session.views, session.views_linked});
    for (const FoundAttempt& each : found.attempts) {
      Attempt attempt = each;
      if (attempt.ended()) attempt.ending.before = attempt.ending.after = 0;
      renumber(found.core, core, attempt);
      const Slot slot = table.add_attempt(owner, attempt);
      if (each.trail != nullptr && !to[core].trails.empty()) to[core].trails[slot - 1] = *each.trail;
      if (attempt.ended()) ended.push_back({attempt.ending.at, core, slot});
      to[core].journal->commit();
    }
  }
}

void write_totals(const Definition& definition, const Totals& sums, std::span<const TableOfCore> to,
                  const std::vector<Found>& all) {
  std::vector<Totals> open(to.size());
  for (const Found& found : all) {
    Totals& mine = open[target_of(definition, found.session, to.size())];
    for (const Attempt& attempt : found.attempts) mine[attempt.journey.index()].open += attempt.open() ? 1U : 0U;
  }
  for (std::size_t core = 0; core < to.size(); ++core) {
    for (std::size_t j = 0; j < definition.journeys.size(); ++j) {
      JourneyTotals part{};
      part.open = part.starts = open[core][j].open;
      if (core == 0) {
        part.outcomes = sums[j].outcomes;
        part.starts += sums[j].starts - sums[j].open;
      }
      to[core].journal->set_record(to[core].table->totals(JourneyId{j}), part);
      to[core].journal->commit();
    }
  }
}

// --- Which keys are one visitor's.

// Of one core, what can be looked for: numbers, identities and keys that make sense.
Status<> find_links(const Definition& definition, const TableOfCore& core, std::vector<LinkTable::Link>& found) {
  if (core.links == nullptr || !core.links->on()) return Done{};
  const std::uint32_t used = core.links->used();
  if (used > core.link_records) return damaged("more linked visitors than there is room for", used);
  for (LinkTable::Record record = 1; record <= used; ++record) {
    const LinkTable::Link& link = core.links->link(record);
    if (link.number == 0) continue;
    const std::size_t identity = link.identity.index();
    if (identity >= definition.identities.size() || !definition.identities[identity].link ||
        link.number > core.links->last_number()) {
      return damaged("a linked visitor", record);
    }
    found.push_back(link);
  }
  return Done{};
}

// Who has something under way comes first; of the others as many as fit.
Status<> move_links(const Definition& definition, std::span<const TableOfCore> from, std::span<const TableOfCore> to) {
  std::vector<LinkTable::Link> all;
  for (const TableOfCore& core : from) TRY(find_links(definition, core, all));
  for (const bool under_way : {true, false}) {
    for (const LinkTable::Link& link : all) {
      const std::size_t core = owner_core(true, link.identity, 0, to.size());
      if ((to[core].table->find(LinkTable::visitor_of(link)) != 0) != under_way) continue;
      if ((to[core].links == nullptr || !to[core].links->copy(link)) && under_way) {
        return Failure{Error{"for the visitors with several keys there is no room", 0}};
      }
      to[core].journal->commit();
    }
  }
  return Done{};
}

}  // namespace

Status<> move_sessions(const Definition& definition, std::span<const TableOfCore> from,
                       std::span<const TableOfCore> to) {
  std::vector<Found> all;
  for (std::size_t core = 0; core < from.size(); ++core) TRY(Finder(definition, from[core], core)(all));
  Totals sums{};
  TRY(add_up(definition, from, all, sums));
  if (!fits(definition, all, to)) forget_ended(all);
  if (!fits(definition, all, to)) return Failure{Error{"for the attempts under way there is no room", 0}};
  std::vector<Ended> ended;
  Renumber renumber(definition, from, to);
  place(definition, all, to, renumber, ended);
  TRY(move_links(definition, from, to));
  std::stable_sort(ended.begin(), ended.end(), [](const Ended& a, const Ended& b) { return a.at < b.at; });
  for (const Ended& one : ended) {
    to[one.core].table->append_ended(one.slot);
    to[one.core].journal->commit();
  }
  write_totals(definition, sums, to, all);
  return Done{};
}

}  // namespace bellrock::journey
