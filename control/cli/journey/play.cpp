#include "control/cli/journey/play.h"

#include <algorithm>
#include <memory>
#include <tuple>

#include "control/cli/journey/message.h"
#include "control/cli/journey/stage_memory.h"
#include "control/cli/journey/wanted.h"
#include "dataplane/journey/held_events.h"
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

// Where a happening comes among the others: events by where they stood, which is not always where they came.
struct Standing {
  Duration at = 0;
  std::uint64_t turn = 0;  // of those at one time
};

// Of an event that the tracker is given later.
struct Origin {
  std::size_t happening = 0;
  const TestEvent* event = nullptr;
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
        tracker_(definition_, memory_.sessions(), cells_, journal_, counters_),
        held_(definition_, memory_.held(), kHeldMax, journal_),
        trails_(memory_.trails(), kTrailsMax, journal_),
        seen_beacons_(memory_.beacons(), journal_) {
    if (definition_.frustration.on) tracker_.set_trails(trails_, definition_.frustration);
    tracker_.set_seen_beacons(seen_beacons_);
    tracker_.set_trace([this](const journey::OutcomeRecord& outcome) { on_outcome(outcome); });
  }

  Played operator()(const DefinitionTest& test) {
    const TestEvent* last = nullptr;
    for (const TestEvent& event : test.events) {
      now_ = kBegin + event.at;
      pass_time(now_);
      begin_happening(event.at, &event);
      event_ = last = &event;
      play(event);
      event_ = nullptr;
      if (played_.stuck) break;
      take_counts(current());
    }
    while (held_.on() && !held_.empty()) release_first();
    if (!played_.stuck) {
      const journey::Journey& own = journey();
      const Duration rest = identity().max / 2 + identity().idle / 2 + own.idle / 2;
      expire(journey::saturating_add(journey::saturating_add(now_, rest), rest + kMinute));
    }
    for (Happening& here : played_.happenings) {
      if (here.event != nullptr && !(played_.stuck && here.event == last)) note_what_did_not_count(here);
    }
    put_in_order();
    return std::move(played_);
  }

 private:
  [[nodiscard]] const journey::Journey& journey() const { return definition_.journeys[journey_.index()]; }
  [[nodiscard]] const journey::Identity& identity() const { return definition_.identities[journey().identity.index()]; }
  Happening& current() { return played_.happenings[here_]; }
  void begin_happening(Duration at, const TestEvent* event) {
    here_ = played_.happenings.size();
    Happening& here = played_.happenings.emplace_back();
    here.at = at;
    here.event = event;
    standing_.push_back({std::max(at, latest_), ++turn_});
  }
  void put_in_order() {
    if (!held_.on()) return;
    std::vector<std::size_t> order(standing_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
      return std::tie(standing_[a].at, standing_[a].turn) < std::tie(standing_[b].at, standing_[b].turn);
    });
    std::vector<Happening> happenings;
    for (const std::size_t i : order) happenings.push_back(std::move(played_.happenings[i]));
    played_.happenings = std::move(happenings);
  }
  [[nodiscard]] std::string step_name(StepId step) const { return journey().steps[step.index()].name; }

  // --- What the tracker says.

  void pass_time(Instant to) {
    while (held_.on() && held_.due(to)) release_first();
    expire(to - held_.wait());
  }
  // A visit is over when its identity's `idle` has passed since an event: it is looked for at each such moment, so that
  // what is judged has its date.
  void expire(Instant before) {
    for (; over_ < quiet_from_.size(); ++over_) {
      const Instant over = journey::saturating_add(quiet_from_[over_], identity().idle);
      if (before - over < 2) break;
      expire_at(over + 2, over);
    }
    expire_at(before, before);
  }
  void expire_at(Instant before, Instant date) {
    tracker_.expire(before);
    journal_.commit();
    take_visits(date);
  }

  // Visits are judged by no event, and end no attempt.
  void take_visits(Instant date) {
    const auto judged = [this](const CellKey& key) {
      return key.kind == CellKind::kObjective && key.journey == journey_;
    };
    if (std::any_of(cells_.counted.begin(), cells_.counted.end(), judged)) {
      begin_happening(date - kBegin, nullptr);
      take_counts(current());
    }
    cells_.counted.clear();
  }

  // An event that has waited: as if its line were played now, at the time where it stands.
  void release_first() {
    const Event& event = held_.first();
    event_ = nullptr;
    expire(event.time);
    latest_ = event.time - kBegin;
    const Origin& origin = origins_[event.ordinal - 1];
    here_ = origin.happening;
    event_ = origin.event;
    standing_[here_] = {latest_, ++turn_};
    track(event);
    event_ = nullptr;
    held_.pop();
    journal_.commit();
    take_counts(current());
  }
  void track(const Event& event) {
    start_ = (event.edge_time.seen() ? event.edge_time : event.time) - kBegin;
    tracker_.on_event(event);
    quiet_from_.push_back(event.time);
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
      if (key.kind == CellKind::kFrustration) into.signs.push_back(sign_of(key));
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

  // The key's journey is the page.
  [[nodiscard]] PlayedSign sign_of(const CellKey& key) const {
    PlayedSign sign{static_cast<FrustrationKind>(key.item), {}};
    if (key.journey.index() == 0) return sign;
    const TemplateId page = definition_.frustration_pages[key.journey.index() - 1];
    sign.page = definition_.templates[page.index()].text;
    return sign;
  }

  // --- From an event of the test to messages.

  static std::string message_of(const TestEvent& event) { return event.report ? "report" : "beacon"; }

  void apply(Event& event) {
    event.time = now_;
    origins_.push_back({here_, event_});
    event.ordinal = origins_.size();
    for (std::size_t i = 0; i < event.match_count; ++i) {
      const StepMatch& match = event.matches[i];
      matched_ =
          matched_ || (event_->step && match.journey == journey_ && match.step == *event_->step && !match.expected);
    }
    ++events_;
    held_.on() ? hold(event) : track(event);
    journal_.commit();
  }
  void hold(const Event& event) {
    const Origin playing{here_, event_};
    if (held_.full()) release_first();
    here_ = playing.happening;
    event_ = playing.event;
    if (held_.put(event)) current().counters.emplace_back(EventCount::kReordered, 1);
  }
  [[nodiscard]] auto applying() {
    return [this](Event& event) { apply(event); };
  }

  void play(const TestEvent& event) {
    matched_ = false;
    events_ = 0;
    if (!carries_all_ids(identity(), event)) {
      return stop("the identity `" + identity().name + "` has fewer keys that " +
                  (event.beacon ? "a " + message_of(event) : "an HTTP request") + " carries than the event has ids");
    }
    if (!event.step) return play_signal(event);
    const std::size_t root = journey().steps[event.step->index()].root;
    if (event.beacon) {
      const LeafKind kind = event.report ? LeafKind::kReport : LeafKind::kBeacon;
      return play_beacon(event, wanted_of(definition_, root, kind, {}));
    }
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
    if (event.step && !wanted) return stop("no " + message_of(event) + " is `" + step_name(*event.step) + '`');
    const MadeBeacon made(definition_, identity(), wanted ? &*wanted : nullptr, event, now_, journey().synthetic);
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
  void finish(const Sent& sent, const RequestEnd& answer, Emit&& emit) {
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

  bool would_be(const Sent& sent, const RequestEnd& answer, StepId step) {
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
                  (event.beacon ? "a " + message_of(event) : "an HTTP request") + " carries");
    }
    stop("no message could be made that `" + step_name(*event.step) +
         "` matches: say more of it with page, query, headers, attrs or fields");
  }

  void note_what_did_not_count(Happening& here) const {
    const TestEvent& event = *here.event;
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
  journey::HeldEvents held_;
  journey::TrailTable trails_;
  journey::SeenBeacons seen_beacons_;
  std::vector<Sent> sent_;
  std::vector<Origin> origins_;      // by ordinal - 1
  std::vector<Standing> standing_;   // by happening
  std::vector<Instant> quiet_from_;  // when each event was tracked; those before over_ have had their visits' ends
  std::size_t over_ = 0;
  std::size_t here_ = 0;  // happening
  Played played_;
  const TestEvent* event_ = nullptr;  // being played
  Instant now_ = kBegin;
  Duration start_ = 0;   // of an attempt that begins now
  Duration latest_ = 0;  // where the last event stood that waited
  std::uint64_t turn_ = 0, events_ = 0;
  bool matched_ = false;
};

}  // namespace

Played play(const Definition& definition, JourneyId journey, const DefinitionTest& test) {
  return (*std::make_unique<Stage>(definition, journey))(test);
}

}  // namespace bellrock::cli
