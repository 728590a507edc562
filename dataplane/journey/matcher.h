// Turns messages into Events: which steps a message matches, whose visitor it is, and the dimension values and client
// durations that it carries. One Matcher per core, used by the core that saw the message; allocates when it is made
// only.
//
// A request of a known visitor is an event even if it matches nothing, since it keeps him active. A response is one
// only where it matches a step, or where its request could have led to a success that a journey expects. A request that
// the client gave up is one always, since an attempt may have waited for
// it; one that the server did not answer only where it matches. Every beacon is one; a browser's report where it
// matches. No event without the visitor's
// key: a message that matches a step and has no key under any identity is counted as kNoIdentity.
//
// What a step needs of a request (host, method, template, query) is evaluated at the request; for steps on responses
// the RequestTag keeps which of those conditions held, and the status is looked at when it comes.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "dataplane/base/counters.h"
#include "dataplane/base/siphash.h"
#include "dataplane/flow/beacon.h"
#include "dataplane/flow/event.h"
#include "dataplane/flow/message.h"
#include "dataplane/journey/definition.h"
#include "dataplane/journey/name_index.h"
#include "dataplane/journey/session_keys.h"
#include "dataplane/journey/site_matcher.h"
#include "dataplane/journey/sources.h"
#include "dataplane/journey/step_matcher.h"
#include "dataplane/journey/template_matcher.h"
#include "dataplane/journey/visitor_reader.h"

namespace bellrock::journey {

// Told whose record the events of this message will ask for, while the message is still being read: time to fetch it.
struct SessionHint {
  void (*soon)(void* context, std::uint32_t owner_hash) = nullptr;
  void* context = nullptr;
};

class Matcher {
 public:
  // `definition` and `counters` outlive the matcher.
  Matcher(const Definition& definition, const SessionKeys& session_keys, SipKey owner_key, Counters& counters);
  // From the next message on. Answers to requests of before keep the keys that those had.
  void set_session_keys(const SessionKeys& keys);

  void set_hint(SessionHint hint) { hint_ = hint; }

  [[nodiscard]] bool is_beacon_path(std::string_view host, std::string_view path) const {
    return sites_.is_beacon_path(host, path);
  }
  [[nodiscard]] TemplateId template_of(std::string_view path) const { return templates_.match(path); }

  // The caller has filled the tag's method, path_template, beacon_path and request_last; the rest is filled here. Each
  // calls emit(Event&) once per identity whose key the message has; time, ordinal and index are the caller's to set.
  // More matches than an event holds are several events, one after another, each with whole journeys.
  template <class Emit>
  void on_request(const HttpRequest& request, RequestTag& tag, Emit&& emit) {
    if (!read_request(request, tag)) return;
    Event event = make_event(Channel::kHttpRequest, tag);
    event.edge_time = request.last;
    read_values({request}, event);
    if (views_by_requests_) read_view(request, tag, event);
    if (event.extras.viewed() == nullptr) return emit_each(tag, event, true, std::forward<Emit>(emit));
    emit_each(tag, event, true, [&emit](Event& each) {
      emit(each);
      each.extras.forget_page();
    });
  }
  template <class Emit>
  void on_response(const HttpResponse& response, const RequestTag& tag, Emit&& emit) {
    if (is_page(response, tag)) {
      emit_sight(Channel::kHttpResponse, tag, answer_sight(PageSight::What::kPage, response, tag), emit);
    } else if (tag.is_call) {
      emit_sight(Channel::kHttpResponse, tag, answer_sight(PageSight::What::kCall, response, tag), emit);
    }
    if (!read_response(response, tag)) return;
    Event event = make_event(Channel::kHttpResponse, tag);
    event.edge_time = response.first;
    event.status = static_cast<std::uint16_t>(response.status);
    event.request_time = tag.request_last;
    if (!answer_times_.empty()) read_answer_times(response, tag, event);
    emit_each(tag, event, expects_answer(tag), [&emit](Event& each) {
      each.activity = each.match_count != 0;
      emit(each);
    });
  }
  template <class Emit>
  void on_transaction(const Transaction& transaction, const RequestTag& tag, Emit&& emit) {
    if (!read_end(transaction.end, tag)) return;
    Event event = make_event(Channel::kHttpEnd, tag);
    event.edge_time = transaction.closed;
    event.request_time = tag.request_last;
    event.activity = false;
    event.aborted = transaction.end == TransactionEnd::kAborted;
    event.missed = transaction.end == TransactionEnd::kUnknown;
    emit_each(tag, event, event.aborted || expects_answer(tag), std::forward<Emit>(emit));
  }
  // `tag` is the carrier's.
  template <class Emit>
  void on_beacon(const Beacon& beacon, const HttpRequest& carrier, const RequestTag& tag, Emit&& emit) {
    if (beacon.type == BeaconType::kReport) return tell_report(beacon, carrier, tag, std::forward<Emit>(emit));
    tell_beacon(beacon, carrier, tag, emit);
    if (!covers_) return;
    if (beacon.page.data() != nullptr) emit_sight(Channel::kBeacon, beacon_tag_, beacon_sight(beacon), emit, &beacon);
    if (const CoverageCall* call = call_of(beacon); call != nullptr) {
      const PageSight sight = call_beacon_sight(*call, beacon);
      if (sight.first_us != kNoPageTime) emit_sight(Channel::kBeacon, beacon_tag_, sight, emit, &beacon);
    }
  }

 private:
  // Leaves of one kind by the template or the event that they ask for; [0] and "" ask for none.
  using LeavesByTemplate = std::vector<std::vector<std::uint16_t>>;
  // Its keys are of its own: derived from those of all by its name.
  struct IdentityReader {
    std::string_view name;
    std::vector<SourceReader> sources;
    SipKey owner{};
    SessionKeys session{};
    bool links = false;  // all keys of a message are read, not only the first
  };

  struct MoreKeys {
    std::size_t count = 0;
    std::array<VisitorKey, kLinkedKeysMax - 1> keys{};
  };

  // A success that a journey expects and that the answer to a request could be.
  struct ExpectedStep {
    std::array<std::uint64_t, kResponseLeavesMax / 64> leaves{};  // bits of RequestTag::response_leaves
    StepMatch match;
    IdentityId identity;
  };

  template <class Emit>
  void tell_beacon(const Beacon& beacon, const HttpRequest& carrier, const RequestTag& tag, Emit&& emit) {
    const bool known = read_beacon(beacon, carrier);
    const bool of_page = asks_of_page(beacon.type);
    const Answer answer = beacon.type == BeaconType::kFeedback && !asking_.empty() ? read_answer(beacon) : Answer{};
    if (!known && !of_page) return;
    Event event = make_event(Channel::kBeacon, beacon_tag_);
    event.edge_time = tag.request_last;
    if (any_stories_) event.page = template_of(beacon.page);
    if (!beacon.replay.empty() && !definition_.replay_prefix.empty()) read_replay(beacon, event);
    read_number(beacon, event);
    read_values({carrier, &beacon}, event);
    if (answer.question != Question::kCount) event.extras.say().answer = answer;
    if (of_page) read_of_page(beacon, event);
    if (views_by_beacons_ && known) read_view(beacon, event);
    if (!event.extras.says_of_page()) return emit_each(beacon_tag_, event, true, std::forward<Emit>(emit), &beacon);
    if (!known) emit(event);
    emit_each(
        beacon_tag_, event, true,
        [&emit](Event& each) {
          emit(each);
          each.extras.forget_page();  // it is the beacon's, however many events that is
        },
        &beacon);
  }

  // The browser's, of what its page may not even know: it says which steps it is, and nothing else.
  template <class Emit>
  void tell_report(const Beacon& report, const HttpRequest& carrier, const RequestTag& tag, Emit&& emit) {
    if (!read_report(report, carrier)) return;
    Event event = make_event(Channel::kReport, beacon_tag_);
    event.edge_time = tag.request_last;
    event.activity = false;
    if (any_stories_) event.page = template_of(report.page);
    emit_each(beacon_tag_, event, false, std::forward<Emit>(emit));
  }

  // Each fills matched_; false: nothing to tell anybody.
  bool read_request(const HttpRequest& request, RequestTag& tag);
  bool read_response(const HttpResponse& response, const RequestTag& tag);
  bool read_end(TransactionEnd end, const RequestTag& tag);
  bool read_beacon(const Beacon& beacon, const HttpRequest& carrier);
  bool read_report(const Beacon& report, const HttpRequest& carrier);

  void index_leaves();
  void index_covered();
  void match_request(const HttpRequest& request, const RequestTag& tag);
  void keep_response_leaves(const HttpRequest& request, RequestTag& tag) const;
  [[nodiscard]] bool request_holds(const Leaf& leaf, const HttpRequest& request, std::string_view host) const;
  void match_beacon(const Beacon& beacon, const NameIndex& leaves);
  template <typename Holds>
  void match_answer(const RequestTag& tag, Holds&& holds);
  void index_expected();
  void add_response_leaves(std::uint16_t node, ExpectedStep& step) const;
  [[nodiscard]] bool expects_answer(const RequestTag& tag) const;
  void add_expected(const RequestTag& tag, Event& event) const;
  [[nodiscard]] bool asks_of_page(BeaconType type) const {
    return (type == BeaconType::kVitals && !page_of_.empty()) ||
           (type == BeaconType::kClick && !click_page_of_.empty()) || (type == BeaconType::kError && counts_errors());
  }
  // A GET that was answered with a page, of a visitor who is not filtered.
  [[nodiscard]] static bool is_page(const HttpResponse& response, const RequestTag& tag) {
    return tag.may_be_page && response.html && response.status >= 200 && response.status < 300 &&
           tag.filter == Filter::kNone;
  }
  // A browser asks by itself, with OPTIONS, whether a page's script may call: that is no call.
  [[nodiscard]] bool is_call(const HttpRequest& request, const RequestTag& tag) const {
    return !definition_.coverage_calls.empty() && request.method != Method::kOptions &&
           covered_page_of_[tag.path_template.index()] > definition_.coverage_pages.size();
  }
  [[nodiscard]] const CoverageCall* call_of(const Beacon& beacon) const;
  [[nodiscard]] PageSight answer_sight(PageSight::What what, const HttpResponse& response, const RequestTag& tag) const;
  [[nodiscard]] PageSight beacon_sight(const Beacon& beacon) const;
  [[nodiscard]] PageSight call_beacon_sight(const CoverageCall& call, const Beacon& beacon) const;
  [[nodiscard]] PageSight sight_of(PageSight::What what, TemplateId path, const RequestTag& tag) const;
  Event sight_event(Channel channel, const RequestTag& tag, const PageSight& sight) const;
  [[nodiscard]] bool counts_errors() const { return definition_.error_top != 0; }
  void read_of_page(const Beacon& beacon, Event& event) const;
  void read_vitals(const Beacon& beacon, Event& event) const;
  void read_error(const Beacon& beacon, Event& event) const;
  void read_click(const Beacon& beacon, Event& event) const;
  void read_view(const HttpRequest& request, const RequestTag& tag, Event& event) const;
  void read_view(const Beacon& beacon, Event& event) const;
  std::uint16_t read_place(const Beacon& beacon) const;
  [[nodiscard]] Answer read_answer(const Beacon& beacon) const;
  void read_replay(const Beacon& beacon, Event& event) const;
  void read_number(const Beacon& beacon, Event& event) const;
  // Who sent a request or a beacon: his signs, the count of his class, and why he is not followed.
  void judge(const HttpRequest& request, bool synthetic, RequestTag& tag);
  bool has_visitor(const RequestTag& tag);
  void identify(const Carried& message, RequestTag& tag);
  void hash_key(std::size_t identity, std::string_view value, RequestTag& tag);
  void hash_another(std::size_t identity, std::string_view value, const RequestTag& tag);
  void read_dimensions(const Carried& message, RequestTag& tag) const;
  void read_answer_times(const HttpResponse& response, const RequestTag& tag, Event& event) const;
  void read_correlates(const Carried& message, RequestTag& tag) const;
  void read_values(const Carried& message, Event& event) const {
    if (!amounts_.empty()) read_amounts(message, event);
    if (!tops_.empty()) read_tops(message, event);
  }
  void read_amounts(const Carried& message, Event& event) const;
  void read_tops(const Carried& message, Event& event) const;

  static Event make_event(Channel channel, const RequestTag& tag);
  // The steps of one journey that the message matches.
  using Run = std::span<const std::uint16_t>;
  [[nodiscard]] bool add_matches(Run run, Event& event) const;
  [[nodiscard]] bool add_clocks(Run run, const Beacon& beacon, Event& event) const;
  std::size_t add_journeys(std::size_t from, const Beacon* beacon, Event& event) const;
  void set_visitor(std::size_t identity, const RequestTag& tag, Event& event) const;
  static void set_more_keys(const MoreKeys& more, Event& event);

  // An event of its own, so that journeys go on as if there were no coverage. A beacon's has the beacon's number, by
  // which it waits with it (held_events.h).
  template <class Emit>
  void emit_sight(Channel channel, const RequestTag& tag, const PageSight& sight, Emit&& emit,
                  const Beacon* beacon = nullptr) const {
    if (tag.filter != Filter::kNone) return;
    Event event = sight_event(channel, tag, sight);
    if (beacon != nullptr) read_number(*beacon, event);
    emit(event);
  }

  // Of several events the last one says that the request was given up: what waited for it ends when all have matched.
  template <class Emit>
  void emit_each(const RequestTag& tag, Event& event, bool unmatched_too, Emit&& emit, const Beacon* beacon = nullptr) {
    const bool aborted = event.aborted;
    for (unsigned left = tag.key_mask; left != 0; left &= left - 1) {
      set_visitor(static_cast<std::size_t>(std::countr_zero(left)), tag, event);
      std::size_t next = 0;
      do {
        event.continued = next != 0;
        next = add_journeys(next, beacon, event);
        if (event.channel == Channel::kHttpRequest && next == matched_.size()) add_expected(tag, event);
        event.aborted = aborted && next == matched_.size();
        if (event.match_count != 0 || unmatched_too) emit(event);
      } while (next < matched_.size());
    }
  }

  const Definition& definition_;
  const SipKey owner_key_;
  Counters& counters_;
  SessionHint hint_;
  SiteMatcher sites_;
  TemplateMatcher templates_;
  VisitorReader visitors_;
  LeavesByTemplate request_leaves_;
  LeavesByTemplate response_leaves_;           // indexes into response_leaf_
  std::vector<std::uint16_t> response_leaf_;   // bit of RequestTag::response_leaves -> leaf
  NameIndex beacon_leaves_, report_leaves_;    // by event
  std::vector<std::uint8_t> identities_used_;  // those that a journey names
  std::vector<IdentityReader> identities_;
  std::vector<std::pair<DimensionId, DimensionReader>> dimensions_;  // closed sets
  std::vector<std::vector<TextReader>> correlates_;
  std::vector<TextReader> amounts_;
  std::vector<DimensionId> answer_times_;
  std::vector<std::pair<DimensionId, TextReader>> tops_;
  bool asks_host_ = false;    // some leaf does
  bool any_stories_ = false;  // some journey tells its attempts
  std::vector<ExpectedStep> expected_;

  StepMatcher steps_;
  std::span<const std::uint16_t> matched_;  // of the message being read
  RequestTag beacon_tag_;
  VisitorSigns signs_;                         // of who sent it
  std::vector<std::uint8_t> page_of_;          // by template: VitalValues::page; empty: no page's vitals are counted
  std::vector<std::uint8_t> click_page_of_;    // the same for Click::page
  std::vector<std::uint8_t> error_page_of_;    // the same for PageError::page; empty: none is told apart
  std::vector<std::uint8_t> covered_page_of_;  // the same for PageSight::page
  bool covers_ = false;                        // coverage is asked for
  NameIndex call_events_;                      // into Definition::coverage_calls, by the event of its beacons
  // The same for Frustrated::page; one channel tells of page views, so that none is counted twice.
  std::vector<std::uint8_t> viewed_page_of_;
  bool views_by_requests_ = false, views_by_beacons_ = false;
  std::vector<std::uint8_t> asking_;                        // journeys that ask for feedback
  std::array<SessionKey, kIdentitiesMax> previous_keys_{};  // of the request or beacon being read
  // The same for identities that link: keys beside the first.
  std::array<MoreKeys, kIdentitiesMax> more_keys_{};
  bool any_links_ = false;  // some identity does
};

}  // namespace bellrock::journey
