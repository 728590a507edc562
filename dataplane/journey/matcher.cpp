#include "dataplane/journey/matcher.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "dataplane/journey/conditions.h"

namespace bellrock::journey {
namespace {

static_assert(kEventDimensionsMax >= kDimensionsMax, "an event has room for every dimension");

SipKey derived(SipKey key, std::string_view identity) {
  const Hash128 hash = siphash128(key, bytes(identity));
  return {hash.low, hash.high};
}

SessionKey key_under(SipKey key, std::string_view value) {
  const Hash128 hash = siphash13_128(key, bytes(value));
  return {{hash.low, hash.high}};
}

// By template: 1 + its place among the pages, 0 for another one. Empty: there are none.
std::vector<std::uint8_t> numbers_of(const std::vector<TemplateId>& pages, std::size_t templates) {
  std::vector<std::uint8_t> numbers(pages.empty() ? 0 : templates);
  for (std::size_t i = 0; i < pages.size(); ++i) numbers[pages[i].index()] = static_cast<std::uint8_t>(i + 1);
  return numbers;
}

bool status_holds(const Leaf& leaf, unsigned status) {
  const bool any = leaf.status_classes == 0 && leaf.statuses.empty() && !leaf.none && !leaf.aborted;
  if (any || (leaf.status_classes >> (status / 100) & 1) != 0) return true;
  return std::find(leaf.statuses.begin(), leaf.statuses.end(), status) != leaf.statuses.end();
}

}  // namespace

Matcher::Matcher(const Definition& definition, const SessionKeys& session_keys, SipKey owner_key, Counters& counters)
    : definition_(definition),
      owner_key_(owner_key),
      counters_(counters),
      sites_(definition.sites),
      templates_(definition.templates),
      visitors_(definition.visitors),
      steps_(definition),
      covers_(definition.coverage.on) {
  index_leaves();
  index_expected();
  for (std::size_t i = 0; i < definition.journeys.size(); ++i) {
    if (definition.journeys[i].feedback.questions != 0) asking_.push_back(static_cast<std::uint8_t>(i));
  }
  page_of_ = numbers_of(definition.vital_pages, definition.templates.size());
  click_page_of_ = numbers_of(definition.click_pages, definition.templates.size());
  error_page_of_ = numbers_of(definition.error_pages, definition.templates.size());
  viewed_page_of_ = numbers_of(definition.frustration_pages, definition.templates.size());
  views_by_requests_ = definition.frustration.on && definition.frustration.by_requests;
  views_by_beacons_ = definition.frustration.on && !definition.frustration.by_requests;
  index_covered();
  for (std::size_t i = 0; i < definition.identities.size(); ++i) {
    const Identity& identity = definition.identities[i];
    const bool used = (covers_ && definition.coverage.identity.index() == i) ||
                      std::any_of(definition.journeys.begin(), definition.journeys.end(),
                                  [i](const Journey& journey) { return journey.identity.index() == i; });
    any_links_ = any_links_ || (used && identity.link);
    if (used) identities_used_.push_back(static_cast<std::uint8_t>(i));
    identities_.push_back({identity.name,
                           {identity.keys.begin(), identity.keys.end()},
                           derived(owner_key, identity.name),
                           {},
                           identity.link});
  }
  any_stories_ = stories_needed(definition) != 0;
  set_session_keys(session_keys);
  for (const Correlate& correlate : definition.correlates) {
    correlates_.emplace_back(correlate.from.begin(), correlate.from.end());
  }
  for (const Source& amount : definition.amounts) amounts_.emplace_back(amount);
  for (std::size_t i = 0; i < definition.dimensions.size(); ++i) {
    const Dimension& dimension = definition.dimensions[i];
    if (dimension.source.kind == SourceKind::kAnswerTime) {
      answer_times_.push_back(DimensionId{i});
    } else if (dimension.top != 0) {
      tops_.emplace_back(DimensionId{i}, TextReader(dimension.source));
    } else {
      dimensions_.emplace_back(DimensionId{i}, DimensionReader(dimension, definition.visitors));
    }
  }
}

void Matcher::set_session_keys(const SessionKeys& keys) {
  for (IdentityReader& identity : identities_) {
    identity.session = {derived(keys.current, identity.name), derived(keys.previous, identity.name), keys.use_previous};
  }
}

// --- Requests.

bool Matcher::read_request(const HttpRequest& request, RequestTag& tag) {
  tag.key_mask = tag.dimension_count = 0;
  tag.filter = Filter::kNone;
  tag.may_be_page = tag.is_call = false;
  tag.response_leaves = {};
  if (tag.beacon_path || !sites_.knows(request.header(Header::kHost))) return false;
  identify({request}, tag);
  match_request(request, tag);
  keep_response_leaves(request, tag);
  const bool known = has_visitor(tag);
  tag.is_call = is_call(request, tag);
  tag.may_be_page = covers_ && request.method == Method::kGet && !tag.is_call;
  if (!known && !tag.may_be_page && !tag.is_call) return false;
  judge(request, false, tag);
  tag.device = signs_.device;
  tag.browser = signs_.browser;
  read_dimensions({request, nullptr, signs_}, tag);
  if (!known) return false;
  if (!correlates_.empty()) read_correlates({request}, tag);
  return request.last.seen();
}

// A request that was cut before its end happened nowhere: it is no step, though its response may be.
void Matcher::match_request(const HttpRequest& request, const RequestTag& tag) {
  steps_.begin();
  if (request.last.seen()) {
    const HostName host(asks_host_ ? request.header(Header::kHost) : std::string_view{});
    const auto match = [&](const std::vector<std::uint16_t>& leaves) {
      for (const std::uint16_t leaf : leaves) {
        if (request_holds(definition_.leaves[leaf], request, host.text())) steps_.set_true(leaf);
      }
    };
    match(request_leaves_[0]);
    if (tag.path_template.value != 0) match(request_leaves_[tag.path_template.index()]);
  }
  matched_ = steps_.finish();
}

void Matcher::keep_response_leaves(const HttpRequest& request, RequestTag& tag) const {
  if (response_leaf_.empty()) return;
  const HostName host(asks_host_ ? request.header(Header::kHost) : std::string_view{});
  const auto keep = [&](const std::vector<std::uint16_t>& bits) {
    for (const std::uint16_t bit : bits) {
      if (!request_holds(definition_.leaves[response_leaf_[bit]], request, host.text())) continue;
      tag.response_leaves[bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
  };
  keep(response_leaves_[0]);
  if (tag.path_template.value != 0) keep(response_leaves_[tag.path_template.index()]);
}

// All but the template, by which the leaf was found.
bool Matcher::request_holds(const Leaf& leaf, const HttpRequest& request, std::string_view host) const {
  if (!leaf.method.empty() && leaf.method != request.method_text) return false;
  if (!leaf.host.empty() && leaf.host != host) return false;
  return query_holds(leaf.query, request.query);
}

// --- Answers, and requests that got none.

template <typename Holds>
void Matcher::match_answer(const RequestTag& tag, Holds&& holds) {
  steps_.begin();
  for (std::size_t word = 0; word < tag.response_leaves.size(); ++word) {
    for (std::uint64_t left = tag.response_leaves[word]; left != 0; left &= left - 1) {
      const std::size_t bit = 64 * word + static_cast<std::size_t>(std::countr_zero(left));
      if (bit >= response_leaf_.size()) continue;
      if (holds(definition_.leaves[response_leaf_[bit]])) steps_.set_true(response_leaf_[bit]);
    }
  }
  matched_ = steps_.finish();
}

bool Matcher::read_response(const HttpResponse& response, const RequestTag& tag) {
  match_answer(tag, [&](const Leaf& leaf) { return status_holds(leaf, response.status); });
  return (!matched_.empty() || expects_answer(tag)) && has_visitor(tag);
}

bool Matcher::read_end(TransactionEnd end, const RequestTag& tag) {
  if (end == TransactionEnd::kAnswered) return false;
  match_answer(tag, [&](const Leaf& leaf) {
    return (end == TransactionEnd::kAborted && leaf.aborted) || (end == TransactionEnd::kUnanswered && leaf.none);
  });
  return has_visitor(tag);
}

// --- Successes that are expected of an answer.

bool any_common(const auto& a, const auto& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if ((a[i] & b[i]) != 0) return true;
  }
  return false;
}

bool Matcher::expects_answer(const RequestTag& tag) const {
  return std::any_of(expected_.begin(), expected_.end(),
                     [&tag](const ExpectedStep& step) { return any_common(step.leaves, tag.response_leaves); });
}

void Matcher::add_expected(const RequestTag& tag, Event& event) const {
  for (const ExpectedStep& step : expected_) {
    if (step.identity != event.identity || !any_common(step.leaves, tag.response_leaves)) continue;
    if (event.match_count == kEventMatchesMax) return counters_.add(EventCount::kTooManyMatches);
    event.matches[event.match_count++] = step.match;
  }
}

// --- Beacons.

bool Matcher::read_beacon(const Beacon& beacon, const HttpRequest& carrier) {
  identify({carrier, &beacon}, beacon_tag_);
  match_beacon(beacon, beacon_leaves_);
  beacon_tag_.dimension_count = 0;
  beacon_tag_.correlates = {};
  const bool known = has_visitor(beacon_tag_);
  if (!known && !covers_ && !asks_of_page(beacon.type)) return false;
  judge(carrier, beacon.synthetic, beacon_tag_);
  if (known || covers_) read_dimensions({carrier, &beacon, signs_}, beacon_tag_);
  if (!known) return false;
  if (!correlates_.empty()) read_correlates({carrier, &beacon}, beacon_tag_);
  return true;
}

// It comes by itself, so that only its carrier can say whose it is.
bool Matcher::read_report(const Beacon& report, const HttpRequest& carrier) {
  match_beacon(report, report_leaves_);
  if (matched_.empty()) return false;
  identify({carrier}, beacon_tag_);
  beacon_tag_.dimension_count = 0;
  beacon_tag_.correlates = {};
  if (!has_visitor(beacon_tag_)) return false;
  judge(carrier, false, beacon_tag_);
  read_dimensions({carrier, nullptr, signs_}, beacon_tag_);
  return true;
}

void Matcher::match_beacon(const Beacon& beacon, const NameIndex& leaves) {
  steps_.begin();
  std::optional<TemplateId> page;
  const auto holds = [&](const Leaf& leaf) {
    if (leaf.url_template.value != 0) {
      if (!page) page = template_of(beacon.page);
      if (*page != leaf.url_template) return false;
    }
    return attrs_hold(leaf.attrs, beacon);
  };
  const auto match = [&](std::string_view event) {
    for (const std::uint16_t leaf : leaves.find(event)) {
      if (holds(definition_.leaves[leaf])) steps_.set_true(leaf);
    }
  };
  match({});
  if (!beacon.name.empty()) match(beacon.name);
  matched_ = steps_.finish();
}

// --- Whose message it is, and what it says about him.

bool Matcher::has_visitor(const RequestTag& tag) {
  if (tag.key_mask != 0) return true;
  if (!matched_.empty()) counters_.add(EventCount::kNoIdentity);
  return false;
}

void Matcher::identify(const Carried& message, RequestTag& tag) {
  tag.key_mask = 0;
  for (const std::size_t identity : identities_used_) {
    for (const SourceReader& source : identities_[identity].sources) {
      const std::string_view value = source.text(message);
      if (value.empty() || value.size() > kIdentityValueBytesMax) continue;
      if ((tag.key_mask >> identity & 1) != 0) {
        hash_another(identity, value, tag);
        continue;
      }
      hash_key(identity, value, tag);
      if (!identities_[identity].links) break;
      more_keys_[identity].count = 0;
    }
  }
}

// One value may come by several ways, and is one key.
void Matcher::hash_another(std::size_t identity, std::string_view value, const RequestTag& tag) {
  const IdentityReader& of = identities_[identity];
  MoreKeys& more = more_keys_[identity];
  const SessionKey key = key_under(of.session.current, value);
  if (more.count == more.keys.size() || key == tag.keys[identity]) return;
  for (std::size_t i = 0; i < more.count; ++i) {
    if (more.keys[i].key == key) return;
  }
  more.keys[more.count++] = {key, of.session.use_previous ? key_under(of.session.previous, value) : SessionKey{},
                             static_cast<std::uint32_t>(siphash13_64(of.owner, bytes(value)))};
}

// The source is not in the hash: a cookie and a beacon field with the same value are the same visitor.
void Matcher::hash_key(std::size_t identity, std::string_view value, RequestTag& tag) {
  const IdentityReader& of = identities_[identity];
  tag.keys[identity] = key_under(of.session.current, value);
  previous_keys_[identity] = of.session.use_previous ? key_under(of.session.previous, value) : SessionKey{};
  tag.owner_hashes[identity] = static_cast<std::uint32_t>(siphash13_64(of.owner, bytes(value)));
  tag.key_mask = static_cast<std::uint8_t>(tag.key_mask | 1u << identity);
  if (hint_.soon != nullptr) hint_.soon(hint_.context, tag.owner_hashes[identity]);
}

// --- Events.

Event Matcher::make_event(Channel channel, const RequestTag& tag) {
  Event event;
  event.channel = channel;
  event.filter = tag.filter;
  event.page = tag.path_template;
  event.dimension_count = tag.dimension_count;
  if (tag.correlates != decltype(tag.correlates){}) event.extras.say().correlates = tag.correlates;
  for (std::size_t i = 0; i < tag.dimension_count; ++i) {
    event.dimensions[i] = {DimensionId{std::size_t{tag.dimensions[2 * i]}}, tag.dimensions[2 * i + 1]};
  }
  return event;
}

void Matcher::set_visitor(std::size_t identity, const RequestTag& tag, Event& event) const {
  event.identity = IdentityId{identity};
  event.key = tag.keys[identity];
  event.owner_hash = tag.owner_hashes[identity];
  // An answer's visitor was asked for under both keys by its request.
  const bool asks = carries_keys(event.channel);
  event.previous_key = asks ? previous_keys_[identity] : SessionKey{};
  if (asks && any_links_) set_more_keys(more_keys_[identity], event);
}

// An event of an identity before may have said some.
void Matcher::set_more_keys(const MoreKeys& more, Event& event) {
  if (more.count == 0 && event.extras.more_keys().empty()) return;
  EventExtras::Values& says = event.extras.say();
  says.more_key_count = static_cast<std::uint8_t>(more.count);
  says.more_keys = more.keys;
}

// false: there is no room for all.
bool Matcher::add_matches(Run run, Event& event) const {
  for (const std::uint16_t index : run) {
    if (event.match_count == kEventMatchesMax) return false;
    event.matches[event.match_count++] = {steps_.step(index).journey, steps_.step(index).step};
  }
  return true;
}

// The journeys of the event's identity from matched_[from] on, as many as it has room for; where the next event begins.
// A journey is never split, or its steps could count twice: one with more matches or clocks than any event holds loses
// the rest of its own, which is counted.
std::size_t Matcher::add_journeys(std::size_t from, const Beacon* beacon, Event& event) const {
  event.match_count = event.clock_count = 0;
  for (std::size_t at = from, end = from; at < matched_.size(); at = end) {
    const StepRef& first = steps_.step(matched_[at]);
    while (end < matched_.size() && steps_.step(matched_[end]).journey == first.journey) ++end;
    if (first.identity != event.identity) continue;
    const Run run = matched_.subspan(at, end - at);
    const auto matches = event.match_count, clocks = event.clock_count;
    const bool all_matches = add_matches(run, event);
    if (all_matches && (beacon == nullptr || add_clocks(run, *beacon, event))) continue;
    if (matches == 0) {
      counters_.add(EventCount::kTooManyMatches);
      continue;
    }
    event.match_count = matches;
    event.clock_count = clocks;
    return at;
  }
  return matched_.size();
}

}  // namespace bellrock::journey
