#include "control/cli/journey/play.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "control/cli/journey/message.h"
#include "control/cli/journey/wanted.h"
#include "dataplane/flow/cell.h"
#include "dataplane/journey/matcher.h"
#include "dataplane/journey/tracker.h"

namespace bellrock::cli {
namespace {

using config::DefinitionTest;
using config::TestAnswer;
using config::TestEvent;
using journey::Definition;
using journey::LeafKind;

constexpr Instant kBegin{1'764'000'000 * kSecond};
constexpr std::uint32_t kVisitorsMax = 2 * config::kTestEventsMax;

// Stands in for a shard: takes down what is counted in total.
class CountedCells {
 public:
  static constexpr std::size_t kJournalWordsMax = 0;
  std::uint32_t reserve(const CellKey& key) {
    reserved_.push_back(key);
    return static_cast<std::uint32_t>(reserved_.size() - 1);
  }
  void count(const CellKey& key) {
    if (key.scope == CellScope::kTotal) counted.push_back(key);
  }
  void add(const CellKey& key, Duration) { count(key); }
  void count_at(std::uint32_t cell) { count(reserved_[cell]); }
  void add_at(std::uint32_t cell, Duration) { count(reserved_[cell]); }
  void sum(const CellKey& key, std::uint64_t) { count(key); }
  void sum_at(std::uint32_t cell, std::uint64_t) { count(reserved_[cell]); }

  std::vector<CellKey> counted;

 private:
  std::vector<CellKey> reserved_;
};

Definition with_room(Definition definition) {
  definition.limits.sessions_per_core = kVisitorsMax;
  definition.limits.attempts_per_core = 4 * kVisitorsMax;
  return definition;
}

// Zeroed memory for a session table.
class TableMemory {
 public:
  TableMemory()
      : size_((journey::SessionTable::bytes_needed(kVisitorsMax, 4 * kVisitorsMax) + 63) / 64 * 64),
        at_(static_cast<std::byte*>(std::aligned_alloc(64, size_)), &std::free) {
    std::memset(at_.get(), 0, size_);
  }
  [[nodiscard]] std::span<std::byte> span() const { return {at_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<std::byte, void (*)(void*)> at_;
};

// A request that may still be answered.
struct Sent {
  std::unique_ptr<MadeRequest> made;
  RequestTag tag;
  std::string visitor;
};

class Stage {
 public:
  Stage(const Definition& definition, JourneyId journey)
      : definition_(with_room(definition)),
        journey_(journey),
        matcher_(definition_, {SipKey{1, 2}, {}, false}, SipKey{3, 4}, counters_),
        journal_(memory_.span().data(), memory_.span().size(), record_.get()),
        tracker_(definition_, memory_.span(), cells_, journal_, counters_) {
    tracker_.set_trace([this](const journey::OutcomeRecord& outcome) { on_outcome(outcome); });
  }

  Played operator()(const DefinitionTest& test) {
    for (const TestEvent& event : test.events) {
      now_ = kBegin + event.at;
      pass_time(now_);
      begin_happening(event.at, &event);
      event_ = &event;
      play(event);
      event_ = nullptr;
      if (played_.stuck) return std::move(played_);
      take_counts(current());
      note_what_did_not_count(event);
    }
    const journey::Journey& own = journey();
    const Duration rest = definition_.identities[own.identity.index()].max / 2 + own.idle / 2;
    pass_time(journey::saturating_add(journey::saturating_add(now_, rest), rest + kMinute));
    return std::move(played_);
  }

 private:
  [[nodiscard]] const journey::Journey& journey() const { return definition_.journeys[journey_.index()]; }
  [[nodiscard]] const journey::Identity& identity() const { return definition_.identities[journey().identity.index()]; }
  Happening& current() { return played_.happenings.back(); }
  void begin_happening(Duration at, const TestEvent* event) {
    Happening& here = played_.happenings.emplace_back();
    here.at = at;
    here.event = event;
  }
  [[nodiscard]] std::string step_name(StepId step) const { return journey().steps[step.index()].name; }

  // --- What the tracker says.

  void pass_time(Instant to) {
    tracker_.expire(to);
    journal_.commit();
    cells_.counted.clear();
  }

  // Follows what an ending counted. Deadlines are happenings of their own.
  void on_outcome(const journey::OutcomeRecord& outcome) {
    if (outcome.journey != journey_) return;
    if (event_ == nullptr) begin_happening(outcome.end - kBegin, nullptr);
    take_counts(current());
    current().ended.push_back({outcome.outcome, outcome.start - kBegin, outcome.duration, outcome.waited});
  }

  void take_counts(Happening& into) {
    for (const CellKey& key : cells_.counted) {
      if (key.journey != journey_) continue;
      if (key.kind == CellKind::kStart) into.begun.push_back(start_);
      if (key.kind == CellKind::kStep) into.steps.emplace_back(std::size_t{key.item});
      if (key.kind == CellKind::kObjective) {
        into.verdicts.emplace_back(ObjectiveId{std::size_t{key.item}}, static_cast<Verdict>(key.detail));
      }
    }
    cells_.counted.clear();
    counters_.take_each([&into](CounterId id, std::uint64_t by) {
      if (id < counter::kEventBase || id >= counter::kEventBase + counter::kSize<EventCount>) return;
      into.counters.emplace_back(static_cast<EventCount>(id - counter::kEventBase), by);
    });
  }

  // --- From an event of the test to messages.

  void apply(Event& event) {
    event.time = now_;
    event.ordinal = ++ordinal_;
    start_ = (event.edge_time.seen() ? event.edge_time : event.time) - kBegin;
    for (std::size_t i = 0; i < event.match_count; ++i) {
      const StepMatch& match = event.matches[i];
      matched_ =
          matched_ || (event_->step && match.journey == journey_ && match.step == *event_->step && !match.expected);
    }
    ++events_;
    tracker_.on_event(event);
    journal_.commit();
  }
  [[nodiscard]] auto applying() {
    return [this](Event& event) { apply(event); };
  }

  void play(const TestEvent& event) {
    matched_ = false;
    events_ = 0;
    if (!event.step) return play_signal(event);
    const std::size_t root = journey().steps[event.step->index()].root;
    if (event.beacon) return play_beacon(event, wanted_of(definition_, root, LeafKind::kBeacon, {}));
    const bool answers = event.answer != TestAnswer::kNone;
    const auto request = answers ? std::nullopt : wanted_of(definition_, root, LeafKind::kHttpRequest, {});
    if (request) return send(event, &*request);
    const auto response = wanted_of(definition_, root, LeafKind::kHttpResponse, {event.answer, event.status});
    response ? answer(event, *response) : stop("no answer like that is `" + step_name(*event.step) + '`');
  }

  void play_signal(const TestEvent& event) {
    if (event.beacon) return play_beacon(event, std::nullopt);
    if (event.answer == TestAnswer::kNone) return send(event, nullptr);
    const auto last =
        std::find_if(sent_.rbegin(), sent_.rend(), [&](const Sent& one) { return one.visitor == event.visitor; });
    if (last == sent_.rend()) return stop("no request of this visitor waits for an answer");
    finish(*last, {event.answer, event.status}, applying());
    sent_.erase(std::next(last).base());
  }

  void play_beacon(const TestEvent& event, const std::optional<Wanted>& wanted) {
    if (event.step && !wanted) return stop("no beacon is `" + step_name(*event.step) + '`');
    const MadeBeacon made(definition_, identity(), wanted ? &*wanted : nullptr, event, now_);
    matcher_.on_beacon(made.beacon(), made.carrier(), tag_of(made.carrier()), applying());
    if (event.step && !matched_) stop_unmatched(event);
  }

  [[nodiscard]] RequestTag tag_of(const HttpRequest& request) const {
    RequestTag tag;
    tag.method = request.method;
    tag.request_last = request.last;
    tag.path_template = matcher_.template_of(request.path);
    tag.beacon_path = matcher_.is_beacon_path(request.header(Header::kHost), request.path);
    return tag;
  }

  void send(const TestEvent& event, const Wanted* wanted) {
    Sent sent{std::make_unique<MadeRequest>(definition_, identity(), wanted, event, now_), {}, event.visitor};
    sent.tag = tag_of(sent.made->request());
    matcher_.on_request(sent.made->request(), sent.tag, applying());
    sent_.push_back(std::move(sent));
    if (event.step && !matched_) stop_unmatched(event);
  }

  template <typename Emit>
  void finish(const Sent& sent, const Answer& answer, Emit&& emit) {
    if (answer.what == TestAnswer::kStatus) return matcher_.on_response({answer.status, now_}, sent.tag, emit);
    Transaction end;
    end.end = answer.what == TestAnswer::kAborted ? TransactionEnd::kAborted : TransactionEnd::kUnanswered;
    end.closed = now_;
    matcher_.on_transaction(end, sent.tag, emit);
  }

  // The last request of the visitor of which this answer is the step.
  void answer(const TestEvent& event, const Wanted& wanted) {
    for (auto sent = sent_.rbegin(); sent != sent_.rend(); ++sent) {
      if (sent->visitor != event.visitor || !would_be(*sent, wanted.answer, *event.step)) continue;
      finish(*sent, wanted.answer, applying());
      sent_.erase(std::next(sent).base());
      return;
    }
    answer_unsent(event, wanted);
  }

  // A request that is no step need not stand in the test: it comes in the same moment.
  void answer_unsent(const TestEvent& event, const Wanted& wanted) {
    Sent sent{std::make_unique<MadeRequest>(definition_, identity(), &wanted, event, now_), {}, event.visitor};
    sent.tag = tag_of(sent.made->request());
    std::string is_step;
    std::vector<Event> events;
    matcher_.on_request(sent.made->request(), sent.tag, [&](Event& made) {
      events.push_back(made);
      for (std::size_t i = 0; i < made.match_count; ++i) {
        if (made.matches[i].journey == journey_ && !made.matches[i].expected) is_step = step_name(made.matches[i].step);
      }
    });
    if (!is_step.empty()) {
      return stop("no request waits for this answer: write `" + is_step + "`, which is that request, before it");
    }
    for (Event& made : events) apply(made);
    if (!would_be(sent, wanted.answer, *event.step)) return stop_unmatched(event);
    finish(sent, wanted.answer, applying());
  }

  bool would_be(const Sent& sent, const Answer& answer, StepId step) {
    bool is = false;
    finish(sent, answer, [&](const Event& event) {
      for (std::size_t i = 0; i < event.match_count; ++i) {
        is = is || (event.matches[i].journey == journey_ && event.matches[i].step == step);
      }
    });
    return is;
  }

  // --- What goes wrong.

  void stop(std::string why) { played_.stuck = std::move(why); }

  void stop_unmatched(const TestEvent& event) {
    if (events_ == 0) {
      return stop("nobody's: the identity `" + identity().name + "` has no key that " +
                  (event.beacon ? "a beacon" : "an HTTP request") + " carries");
    }
    stop("no message could be made that `" + step_name(*event.step) +
         "` matches: say more of it with query, headers, attrs or fields");
  }

  void note_what_did_not_count(const TestEvent& event) {
    Happening& here = current();
    if (!event.step || std::find(here.steps.begin(), here.steps.end(), *event.step) != here.steps.end()) return;
    const bool told = std::any_of(here.counters.begin(), here.counters.end(), [](const auto& counted) {
      return counted.first == EventCount::kDuplicateBeacon || counted.first == EventCount::kOutOfOrderStep ||
             counted.first == EventCount::kLateSuccess || counted.first == EventCount::kDuplicateSuccess ||
             counted.first == EventCount::kOrphanSuccess;
    });
    if (told) return;
    here.notes.push_back('`' + step_name(*event.step) + '`' +
                         (here.steps.empty() ? " does not count" : " is not what counts: another step takes it"));
  }

  const Definition definition_;
  const JourneyId journey_;
  Counters counters_;
  CountedCells cells_;
  TableMemory memory_;
  std::unique_ptr<JournalRecord> record_ = std::make_unique<JournalRecord>();
  journey::Matcher matcher_;
  Journal journal_;
  journey::Tracker<CountedCells> tracker_;
  std::vector<Sent> sent_;
  Played played_;
  const TestEvent* event_ = nullptr;  // being played
  Instant now_ = kBegin;
  Duration start_ = 0;  // of an attempt that begins now
  std::uint64_t ordinal_ = 0, events_ = 0;
  bool matched_ = false;
};

}  // namespace

Played play(const Definition& definition, JourneyId journey, const DefinitionTest& test) {
  return (*std::make_unique<Stage>(definition, journey))(test);
}

}  // namespace bellrock::cli
