// Follows every visitor's attempts at every journey: on_event and expire turn events and deadlines into outcomes, and
// outcomes into cells. One Tracker per owner core, used by its thread only; allocates when it is made only.
//
// The rules, in the order of the code below:
//   Deadlines before an event fire first, in their order; all include their end. An open attempt ends when its visitor
//   has been idle for the journey's `idle`, or at its identity's `max`: abandoned before its commit, unknown after.
//   Requests, beacons and responses that match a step keep a visitor active; `none`, `aborted` and reports do not.
//   Steps of one journey are tried in listed order. One that no attempt can take, or that its attempt has counted
//   already and is not repeatable, is passed over; one that comes out of order or too late is ignored. Counted or
//   ignored, the event is then done with that journey.
//   A start supersedes the attempt that has not committed and leaves those that have. The fifth commit makes the oldest
//   pending attempt unknown. A commit with no attempt open, within `idle` after the newest one failed or was abandoned,
//   opens a retry.
//   In a journey that tells attempts apart (correlate), a step whose value an attempt carries is that attempt's, and
//   nobody's if that has ended; an answer is its own request's first. A success whose value nobody carries is the
//   committed attempt's if there is one only or nothing tells them apart, and otherwise nobody's.
//   Where objectives count visits, a visit begins with the first attempt and is judged after its identity's `idle`
//   (tracker_visits.h).
//   A message of a bot, of a synthetic visitor or of one who opted out begins nothing. Has its visitor no attempt open,
//   then that is all: it is counted apart, and is as if it had not come. An attempt that was open before goes on with
//   such messages as with others, and is marked. A journey of synthetic visitors is the other way about: theirs are the
//   only messages that begin attempts of it, and nobody is marked.
//   Where an identity links its keys, an event is of the visitor whom its first key means, and its other keys become
//   his (tracker_links.h).
//   An answer that a silent failure is watched after begins its window. Does the success stay away, and has every
//   channel that could carry it been heard of since, the attempt is a silent failure at the window's end, or unknown if
//   beacons are missing; what ends it later, while channels have yet to be heard of, goes first (tracker_silence.h). A
//   beacon whose number was seen on its page view is dropped, as if it had not come. An ended attempt stays for `idle`,
//   at most kEndedKeptMax of a visitor and journey, so that a late answer or success is known for what it is. When
//   records run out, those that ended first make room.
//
// The board changes through the journal only, and the caller commits: after an event, and in `expire` by the hook.
// `on_event` and `expire` need room for kEventWordsMax words in the journal, and an event changes no more: what it
// would match beyond that is counted as kTooManyMatches. `on_event` fires deadlines too, so it may only be called with
// uncommitted changes of an earlier event if that event has the same time.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "dataplane/base/counters.h"
#include "dataplane/base/journal.h"
#include "dataplane/flow/event.h"
#include "dataplane/flow/outcome.h"
#include "dataplane/journey/click_map.h"
#include "dataplane/journey/deadlines.h"
#include "dataplane/journey/definition.h"
#include "dataplane/journey/link_table.h"
#include "dataplane/journey/plan.h"
#include "dataplane/journey/recorder.h"
#include "dataplane/journey/routing.h"
#include "dataplane/journey/seen_beacons.h"
#include "dataplane/journey/seen_pages.h"
#include "dataplane/journey/session_table.h"
#include "dataplane/journey/silence.h"
#include "dataplane/journey/storyboards.h"
#include "dataplane/journey/top_values.h"
#include "dataplane/journey/trail.h"
#include "dataplane/journey/verdict.h"
#include "dataplane/journey/visits.h"

namespace bellrock::journey {

// Ended attempts that a visitor keeps at one journey: one for each that may have been pending.
inline constexpr std::size_t kEndedKeptMax = kPendingAttemptsMax;

// Half the journal: a few words for each of a handful of cells is what an event needs.
inline constexpr std::size_t kEventWordsMax = kJournalEntriesMax / 2;

// One ended attempt, for traces.
struct OutcomeRecord {
  JourneyId journey;
  Outcome outcome = Outcome::kUnknown;
  Instant start;
  Instant end;  // when it was decided; a timeout's deadline
  Duration duration = 0;
  Duration waited = 0;           // kAbandonedWaiting: since the request that was pending
  std::uint32_t steps_seen = 0;  // bit i: step i
  bool retried = false;
  std::uint64_t amount = 0;  // 1 + its value in minor units; 0: none
  Filter flagged = Filter::kNone;
};
using OutcomeSink = std::function<void(const OutcomeRecord&)>;

// Makes what has been changed so far permanent. Called between two deadlines, when the next one may not fit.
struct CommitHook {
  void (*commit)(void* context) = nullptr;
  void* context = nullptr;
};

inline Visitor visitor_of(const Event& event) { return {event.key, event.previous_key, event.owner_hash}; }

// Of several events that one message became, the first of the identity that is asked.
inline const Answer* answer_of(const Event& event) {
  const Answer* const answer = event.extras.answer();
  return answer != nullptr && answer->identity == event.identity && !event.continued ? answer : nullptr;
}

// Cells is sketch::Shard or, in tests, something with its kJournalWordsMax, reserve, count, add, sum and the same three
// at a reserved cell.
template <class Cells>
class Tracker {
 public:
  // Reserves its cells, and takes over the attempts that it finds in `session_memory`, and pages in `page_memory`
  // (SeenPages), which may be empty where no coverage is asked for.
  Tracker(const Definition& definition, std::span<std::byte> session_memory, Cells& cells, Journal& journal,
          Counters& counters, std::span<std::byte> page_memory = {});

  void on_event(const Event& event);
  // Into the cache, for events that are about to come (SessionTable).
  void fetch_bucket(std::uint32_t owner_hash) const { table_.fetch_bucket(owner_hash); }
  void fetch_session(std::uint32_t owner_hash) const { table_.fetch_session(owner_hash); }
  void fetch_attempt(std::uint32_t owner_hash) const { table_.fetch_attempt(owner_hash); }
  // Fires the deadlines before `before`. The caller decides the window: it expires up to a window's end, then seals.
  // False: there are more than the bound allows; the next call goes on. An event's own visitor is never left waiting.
  bool expire(Instant before);
  void set_timers_max(std::uint32_t max) { timers_max_ = max; }  // of one call; without: all

  [[nodiscard]] const JourneyTotals& totals(JourneyId journey) const { return table_.totals(journey); }
  [[nodiscard]] std::uint64_t open(JourneyId journey) const { return totals(journey).open; }
  [[nodiscard]] std::uint64_t starts(JourneyId journey) const { return totals(journey).starts; }
  [[nodiscard]] std::uint64_t outcomes(JourneyId journey, Outcome outcome) const {
    return totals(journey).outcomes[static_cast<std::size_t>(outcome)];
  }
  [[nodiscard]] std::uint64_t open_errors() const { return table_.open_errors(); }
  [[nodiscard]] std::uint64_t live() const;  // attempts under way, all journeys
  // No time that passes can count anything.
  [[nodiscard]] bool idle() const {
    return table_.visits() == 0 && open_errors() == 0 && live() == 0 && pages_.empty();
  }
  [[nodiscard]] const SeenPages& pages() const { return pages_; }
  // Before the first event of a process that may have missed some.
  void doubt_pages() { pages_.doubt(); }

  // Counts go into another bank from here on; then, once for each bank and in a commit of its own, which values of
  // open-ended dimensions are told apart is seen anew (top_values.h).
  void enter_bank(std::uint64_t epoch) {
    for (TopValues& top : tops_) top.enter_bank(epoch);
  }
  void refresh_values(Instant now) {
    for (TopValues& top : tops_) top.refresh(now);
  }

  void set_commit(CommitHook hook) { commit_ = hook; }      // without one: the journal's commit
  void set_click_map(ClickMap& map) { click_map_ = &map; }  // without one: no grid is counted
  // Without one: no page views are followed. `rules` outlives the tracker.
  void set_trails(TrailTable& trails, const Frustration& rules) {
    trails_ = &trails;
    frustration_ = &rules;
  }
  void set_storyboards(Storyboards& to) { stories_ = to.on() ? &to : nullptr; }  // without: no attempt is told
  void set_seen_beacons(SeenBeacons& seen) { seen_beacons_ = &seen; }  // without: strangers' beacons are all new
  // What was decided at the first event of a message, for those that continue it (Event::continued): whoever mixes
  // messages, or may stop between two events of one, gives it back before the next.
  struct Message {
    bool dropping = false;   // it is a beacon that has been here before
    bool filtering = false;  // it is of somebody whose attempts are not followed
  };
  [[nodiscard]] Message message() const { return message_; }
  void resume(Message message) { message_ = message; }
  void set_trace(OutcomeSink sink) { trace_ = std::move(sink); }

 private:
  // The event being applied.
  struct Now {
    const Event& event;
    Instant mark;  // where its step stands
    Visitor who;
    Slot visitor;  // 0: nobody we know
    std::size_t room_at_first;
    std::span<const DimensionValue> dimensions{};  // all that the event says
    std::uint32_t correlate = 0;                   // for the journey being looked at: what tells its attempts apart
    Trail* trail = nullptr;                        // of his page views, where they are followed
    bool viewed = false;                           // a page view has begun
    bool stepped = false;                          // a step has counted

    [[nodiscard]] Ending ends(Outcome outcome) const { return {outcome, event.time, mark, &event}; }
  };
  enum class Taken : std::uint8_t { kPassedOver, kIgnored, kCounted };

  [[nodiscard]] bool links_keys(const Event& event) const {
    return links_.on() && links_max_[event.identity.index()] != 0 && !event.key.none();
  }
  [[nodiscard]] Visitor session_of(const Visitor& key) const;
  void expire_visitors_of(const Event& event);
  Visitor linked(const Event& event);
  Visitor link_all(const Event& event);
  LinkTable::Record common_record(const Event& event);
  bool link_key(LinkTable::Record record, const Visitor& key, const Event& event);
  void merge(const Visitor& from, const Visitor& into, const Event& event);
  void supersede_where(Slot visitor, const SessionTable::Leads& leads, bool moved_leads, const Event& event);
  void join_page_views(Slot moved, Slot stays);
  void join_visits(Slot moved, Slot stays);
  void forget_beyond_kept(Slot visitor);
  bool fits(const Now& now, const JourneyPlan& plan);
  void apply_to(Now& now, const JourneyPlan& plan, std::span<const StepMatch> matches);
  [[nodiscard]] bool has_open_attempt(Slot visitor) const;
  [[nodiscard]] bool is_probe(const Event& event) const;
  void filter_out(const Event& event);
  void count_page(const Event& event);
  void count_click(const Click& click);
  void count_error(const PageError& error, Instant time);
  void count_vitals(const VitalValues& view);
  void refuse_signals(const Event& event, EventCount answer);
  void view_page(Now& now, const ViewedPage& page);
  void judge_views(Now& now);
  void find_trail(Now& now);
  [[nodiscard]] bool has_page(const Trail& trail) const;
  void note_retry(Now& now, const JourneyPlan& plan, std::span<const StepMatch> matches);
  [[nodiscard]] bool is_retry(const Now& now, const JourneyPlan& plan, std::span<const StepMatch> matches,
                              Duration within) const;
  void count_recovery(const Attempt& attempt, RecoveryKind kind);
  void open_error(Slot slot);
  void settle_error(Slot slot, RecoveryKind kind);
  void recover(Slot visitor, const JourneyPlan& rules);
  void count_sign(const Trail& trail, std::size_t page, FrustrationKind kind);
  [[nodiscard]] bool tells(const JourneyPlan& plan) const {
    return stories_ != nullptr && plan.journey->stories_kept != 0;
  }
  void tell_step(const Now& now, StepId step, Slot slot);
  void tell_click(const Now& now, const Click& click);
  void tell_replay(const Now& now, const ReplayPointer& replay);
  void begin_story(const Now& now, Slot slot);
  void tell_end(const JourneyPlan& plan, Slot slot, const Ending& ending, Duration lasted, const Values& values);
  void on_sight(const Event& event, const PageSight& sight);
  void see_page(const Visitor& who, const PageSight& sight, Instant time);
  void see_call(const Visitor& who, const PageSight& sight, Instant time);
  void wait_for(const Visitor& who, const PageSight& sight, Instant time);
  void hear_of_page(const Visitor& who, const PageSight& sight, Instant time);
  void hear_of_call(const Visitor& who, const PageSight& sight, Instant time);
  void time_page(SeenPages::Place place, const PageSight& sight);
  void count_split(const SeenPage& page, const PageSight& sight);
  void end_page(CoverageItem uncovered, SplitItem untimed);
  bool expire_pages(Instant before, std::uint32_t fired);
  bool notice(Now& now);
  bool repeats(const Now& now);
  void number_values(Now& now);
  void keep_dimensions(const Now& now, Slot slot);
  void keep_answer_times(const Attempt& attempt, Values& changed) const;
  Values counted_values(const JourneyPlan& plan, const Attempt& attempt);
  Taken apply(Now& now, const JourneyPlan& plan, StepId step);
  Taken start(Now& now, const JourneyPlan& plan, StepId step);
  Taken leave_out(const JourneyPlan& plan);
  Taken commit(Now& now, const JourneyPlan& plan, StepId step);
  Taken retry(Now& now, const JourneyPlan& plan, StepId step);
  Taken ack(const Now& now, const JourneyPlan& plan, StepId step);
  Taken success(const Now& now, const JourneyPlan& plan, StepId step);
  Taken end_by_step(const Now& now, const JourneyPlan& plan, StepId step, Slot slot, Outcome outcome);
  Taken without_attempt(const JourneyPlan& plan, const Attempts& attempts, Slot meant);
  [[nodiscard]] Slot told_apart(const Now& now, const Attempts& attempts, Slot otherwise) const;
  void leave_waiting(const Now& now);

  Taken count_step(const Now& now, const JourneyPlan& plan, StepId step, Slot slot);
  void record_step(const Now& now, const JourneyPlan& plan, StepId step, Slot slot);
  void take_value(const Now& now, const JourneyPlan& plan, StepId step, Attempt& attempt);
  void set_commit_request(const Now& now, const JourneyPlan& plan, Slot slot);
  void set_committed(const Now& now, const JourneyPlan& plan, Slot slot);
  Slot open_attempt(Now& now, const JourneyPlan& plan, StepId step, std::uint8_t flags);
  void lose_attempt(const Now& now, const JourneyPlan& plan);
  void add_visitor(Now& now);
  bool make_room(Now& now, const JourneyPlan& plan);
  void end(Slot slot, const Ending& ending);
  void judge_end(const JourneyPlan& plan, const Attempt& attempt, const Ending& ending);
  void remove(Slot slot);
  void begin_visit(const Now& now, const JourneyPlan& plan);
  void decide(const JourneyPlan& plan, ObjectiveId objective, const Attempt& attempt, const Judgement& judged);
  void keep_visit(const JourneyPlan& plan, const Attempt& ended, Instant when);
  void end_visit(Slot slot);
  void keep_latency(const JourneyPlan& plan, std::size_t objective, Attempt& attempt, const Judgement& judged);
  void count_effects(const JourneyPlan& plan, const Attempt& attempt, const Ending& ending, const Values& values);
  void take_answer(const Now& now, const Answer& answer);
  [[nodiscard]] Slot asked_attempt(Slot visitor, const Answer& answer) const;
  void count_answer(const JourneyPlan& plan, const Attempt& attempt, Outcome outcome, Question question);
  void count_answers(const JourneyPlan& plan, const Attempt& attempt, Outcome outcome);
  [[nodiscard]] Slot first_of_due(Slot slot, Instant due) const;
  void expire_visitor(Slot visitor, Instant before);
  void on_deadline(Slot slot, Instant due);
  bool see_number(const Now& now);
  void follow_number(Slot slot, const PageViews& views, PageViews::Place place, std::uint32_t number);
  void begin_window(const Now& now, Slot slot);
  void listen(const Now& now, Slot slot);
  bool follow_expected_request(const Now& now, Attempt& attempt);
  [[nodiscard]] std::uint8_t heard_on(const Now& now, const Attempt& attempt) const;
  void set_flag(Attempt& attempt, std::uint8_t flag);
  [[nodiscard]] Outcome outcome_at_deadline(const Attempt& attempt, Instant due) const;
  void commit_if_full();
  [[nodiscard]] Instant deadline(const Attempt& attempt) const;
  [[nodiscard]] Instant dated_at(const Attempt& attempt, Instant due) const;
  [[nodiscard]] const JourneyPlan& plan(const Attempt& attempt) const { return plans_[attempt.journey.index()]; }

  const std::vector<JourneyPlan> plans_;
  SessionTable table_;
  LinkTable links_;
  SeenPages pages_;
  std::array<Duration, kIdentitiesMax> links_max_{};  // of an attempt, by identity; 0: its keys are not linked
  Deadlines deadlines_;
  Recorder<Cells> recorder_;
  std::vector<TopValues> tops_;
  std::array<std::uint8_t, kDimensionsMax> table_of_{};  // by dimension: 1 + index into tops_; 0: a closed set
  std::uint32_t answer_times_ = 0;                       // bit of each dimension that tells times of answers apart
  std::size_t error_codes_ = 0;                          // index into tops_, where errors are counted
  std::array<DimensionValue, kEventDimensionsMax + kTopDimensionsMax> values_{};  // of the event being applied
  Journal& journal_;
  Counters& counters_;
  ClickMap* click_map_ = nullptr;
  TrailTable* trails_ = nullptr;  // and what counts
  const Frustration* frustration_ = nullptr;
  Storyboards* stories_ = nullptr;
  SeenBeacons* seen_beacons_ = nullptr;
  CommitHook commit_;
  std::uint32_t timers_max_ = UINT32_MAX;
  OutcomeSink trace_;
  Message message_;
};

}  // namespace bellrock::journey

#include "dataplane/journey/tracker_attempts.h"
#include "dataplane/journey/tracker_coverage.h"
#include "dataplane/journey/tracker_deadlines.h"
#include "dataplane/journey/tracker_effects.h"
#include "dataplane/journey/tracker_feedback.h"
#include "dataplane/journey/tracker_links.h"
#include "dataplane/journey/tracker_pages.h"
#include "dataplane/journey/tracker_recovery.h"
#include "dataplane/journey/tracker_rules.h"
#include "dataplane/journey/tracker_silence.h"
#include "dataplane/journey/tracker_stories.h"
#include "dataplane/journey/tracker_trails.h"
#include "dataplane/journey/tracker_visits.h"
