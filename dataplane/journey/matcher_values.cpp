// What a message says beside its steps: dimensions, what tells attempts apart, money, numbers, page views,
// client durations.
#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <utility>

#include "dataplane/journey/conditions.h"
#include "dataplane/journey/error_code.h"
#include "dataplane/journey/matcher.h"
#include "dataplane/journey/top_table.h"

namespace bellrock::journey {
namespace {

// 1 + the minor units that a text says.
std::uint64_t amount_of(std::string_view text) {
  std::uint64_t amount = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && amount <= kAmountMax ? amount + 1 : kBadAmount;
}

constexpr std::uint32_t kPageTimeMaxUs = 3'600'000'000;  // longer is counted as that, or is none

// Of a beacon's milliseconds.
std::uint32_t page_time_us(double milliseconds) {
  const bool is_time = milliseconds >= 0 && milliseconds * 1'000 <= double{kPageTimeMaxUs};  // not of NaN
  return is_time ? static_cast<std::uint32_t>(std::llrint(milliseconds * 1'000)) : kNoPageTime;
}

// A beacon's milliseconds in nanoseconds, half to even. What is not a duration, or longer than 31 years, is none.
ClientDuration client_duration(ClockId clock, double milliseconds) {
  constexpr double kMillisecondsMax = 1e12;
  if (!(milliseconds >= 0 && milliseconds <= kMillisecondsMax)) return {.clock = clock, .valid = false};
  return {.clock = clock, .valid = true, .duration = std::llrint(milliseconds * 1e6)};
}

std::uint8_t connection_of(std::string_view text) {
  const auto known = std::find(kConnectionNames.begin() + 1, kConnectionNames.end(), text);
  return known == kConnectionNames.end() ? std::uint8_t{0}
                                         : static_cast<std::uint8_t>(known - kConnectionNames.begin());
}

// Nothing: the beacon does not have the field.
std::optional<ClientDuration> read_clock(ClockId id, const Clock& clock, const Beacon& beacon) {
  if (!clock.is_attr) return Beacon::absent(beacon.dur) ? std::nullopt : std::optional{client_duration(id, beacon.dur)};
  const Attr* attr = find_attr(beacon, clock.attr);
  if (attr == nullptr) return std::nullopt;
  return client_duration(id, attr->type == Attr::Type::kNumber ? attr->number : Beacon::kAbsent);
}

}  // namespace

void Matcher::read_dimensions(const Carried& message, RequestTag& tag) const {
  tag.dimension_count = 0;
  for (const auto& [dimension, reader] : dimensions_) {
    const auto value = reader.value(message);
    if (!value) continue;
    tag.dimensions[2u * tag.dimension_count] = dimension.value;
    tag.dimensions[2u * tag.dimension_count + 1] = *value;
    ++tag.dimension_count;
  }
}

// The shortest of the times that it is within. An answer that began before its request was whole took none.
void Matcher::read_answer_times(const HttpResponse& response, const RequestTag& tag, Event& event) const {
  const Duration took = std::max<Duration>(response.first - tag.request_last, 0);
  for (const DimensionId id : answer_times_) {
    const std::vector<Duration>& bounds = definition_.dimensions[id.index()].bounds;
    const auto within = std::lower_bound(bounds.begin(), bounds.end(), took);
    const std::size_t value = within == bounds.end() ? 0 : 1 + static_cast<std::size_t>(within - bounds.begin());
    event.dimensions[event.dimension_count++] = {id, static_cast<std::uint8_t>(value)};
  }
}

// Where the message is a step, or its answer may be one. The hash tells one visitor's attempts apart, so that it need
// not be a good one of many; it stays on the board.
void Matcher::read_correlates(const Carried& message, RequestTag& tag) const {
  tag.correlates = {};
  const bool answer_counts = message.beacon == nullptr && tag.response_leaves != decltype(tag.response_leaves){};
  if (matched_.empty() && !answer_counts) return;
  std::array<char, kCorrelateBytesMax> scratch;
  for (std::size_t i = 0; i < correlates_.size() && i < tag.correlates.size(); ++i) {
    for (const TextReader& source : correlates_[i]) {
      const std::string_view value = source.text(message, scratch);
      if (value.empty()) continue;
      const auto hash = static_cast<std::uint32_t>(siphash13_64(owner_key_, bytes(value)));
      tag.correlates[i] = hash == 0 ? 1 : hash;
      break;
    }
  }
}

void Matcher::read_amounts(const Carried& message, Event& event) const {
  std::array<char, 64> scratch;  // a longer number is no amount
  for (const std::uint16_t index : matched_) {
    const std::size_t amount = steps_.step(index).amount;
    if (amount == 0 || !amounts_[amount - 1].present(message)) continue;
    event.extras.say().amounts[amount - 1] = amount_of(amounts_[amount - 1].text(message, scratch));
  }
}

void Matcher::read_tops(const Carried& message, Event& event) const {
  std::array<char, kTopTextBytesMax + 1> scratch;
  for (const auto& [dimension, source] : tops_) {
    if (!source.present(message)) continue;
    const std::string_view text = source.text(message, scratch);
    EventExtras::Values& values = event.extras.say();
    if (values.top_count == values.tops.size()) return;
    TopText& top = values.tops[values.top_count++];
    top.dimension = dimension;
    if (!is_top_text(text)) continue;
    top.size = static_cast<std::uint8_t>(text.size());
    std::copy(text.begin(), text.end(), top.text.begin());
  }
}

void Matcher::read_of_page(const Beacon& beacon, Event& event) const {
  if (beacon.type == BeaconType::kClick) return read_click(beacon, event);
  beacon.type == BeaconType::kError ? read_error(beacon, event) : read_vitals(beacon, event);
}

void Matcher::read_error(const Beacon& beacon, Event& event) const {
  counters_.add(EventCount::kPageErrors);
  PageError& error = event.extras.say().error;
  error.said = true;
  if (!error_page_of_.empty()) error.page = error_page_of_[template_of(beacon.page).index()];
  error.size = static_cast<std::uint8_t>(write_error_code(beacon, error.text));
}

// Milliseconds in microseconds, and a CLS in millionths; what is neither is none.
void Matcher::read_vitals(const Beacon& beacon, Event& event) const {
  const double said[kVitals] = {beacon.lcp,  beacon.inp, beacon.cls * 1'000, beacon.fcp,
                                beacon.ttfb, beacon.dcl, beacon.load};
  constexpr double kMillisecondsMax = 3'600'000;
  VitalValues view{.page = page_of_[template_of(beacon.page).index()],
                   .device = static_cast<std::uint8_t>(signs_.device),
                   .connection = connection_of(beacon.conn)};
  for (std::size_t i = 0; i < kVitals; ++i) {
    if (Beacon::absent(said[i])) continue;
    if (!(said[i] >= 0 && said[i] <= kMillisecondsMax)) {
      counters_.add(EventCount::kBadVital);
      continue;
    }
    view.values[i] = static_cast<std::uint32_t>(std::llrint(said[i] * 1'000));
    view.said = static_cast<std::uint8_t>(view.said | 1u << i);
  }
  if (view.said != 0) event.extras.say().vitals = view;
}

// Which place of the grid: the last column and row include the page's edge.
std::uint16_t Matcher::read_place(const Beacon& beacon) const {
  if (!definition_.click_grid.on) return kNoClickPlace;
  if (Beacon::absent(beacon.x) && Beacon::absent(beacon.y)) {
    return counters_.add(EventCount::kClicksUnplaced), kNoClickPlace;
  }
  constexpr double kExtentMax = 1e7;  // pixels: no page is as long
  const auto on_page = [](double at, double extent) {
    return extent > 0 && extent <= kExtentMax && at >= 0 && at <= extent;
  };
  if (!on_page(beacon.x, beacon.w) || !on_page(beacon.y, beacon.h)) {
    return counters_.add(EventCount::kBadClickPlace), kNoClickPlace;
  }
  const auto cut = [](double at, double extent, std::uint16_t parts) {
    return std::min(static_cast<std::uint16_t>(at / extent * parts), static_cast<std::uint16_t>(parts - 1));
  };
  return static_cast<std::uint16_t>(cut(beacon.y, beacon.h, kClickRows) * kClickColumns +
                                    cut(beacon.x, beacon.w, kClickColumns));
}

// A click that says no kind is one like any other.
void Matcher::read_click(const Beacon& beacon, Event& event) const {
  counters_.add(EventCount::kClicks);
  const auto kind = beacon.kind.empty() ? kClickKindNames.begin()
                                        : std::find(kClickKindNames.begin(), kClickKindNames.end(), beacon.kind);
  if (kind == kClickKindNames.end()) return counters_.add(EventCount::kBadClick);
  const std::uint8_t page = click_page_of_[template_of(beacon.page).index()];
  event.extras.say_click({.page = page,
                          .device = static_cast<std::uint8_t>(signs_.device),
                          .kind = static_cast<ClickKind>(kind - kClickKindNames.begin()),
                          .place = page == 0 ? kNoClickPlace : read_place(beacon)});
}

// A GET of a page that is listed: of others nobody can tell whether they are pages.
void Matcher::read_view(const HttpRequest& request, const RequestTag& tag, Event& event) const {
  if (request.method != Method::kGet || viewed_page_of_.empty()) return;
  const std::uint8_t page = viewed_page_of_[tag.path_template.index()];
  if (page == 0) return;
  event.extras.say().viewed = {.number = static_cast<std::uint8_t>(1 + page),
                               .device = static_cast<std::uint8_t>(signs_.device),
                               .may_begin = true};
}

// Where it is, and of which page view: one that does not say cannot be told from those before. `t` runs since the page
// was loaded: a page view began as long ago, but for a route of it, which is told when it begins. Vitals are told again
// when the page is left.
void Matcher::read_view(const Beacon& beacon, Event& event) const {
  constexpr double kAgeMax = 24.0 * 3'600'000;
  const std::uint8_t page = viewed_page_of_.empty() ? 0 : viewed_page_of_[template_of(beacon.page).index()];
  ViewedPage viewed{.number = static_cast<std::uint8_t>(1 + page),
                    .device = static_cast<std::uint8_t>(signs_.device),
                    .may_begin = !beacon.pv.empty()};
  if (viewed.may_begin) {
    const auto id = static_cast<std::uint32_t>(siphash13_64(owner_key_, bytes(beacon.pv)));
    viewed.id = id == 0 ? 1 : id;
  }
  viewed.may_be_late = beacon.type == BeaconType::kVitals;
  const bool route = beacon.type == BeaconType::kAction && beacon.name == "route";
  if (!route && beacon.t >= 0 && beacon.t <= kAgeMax) viewed.age_ms = static_cast<std::uint32_t>(beacon.t);
  event.extras.say().viewed = viewed;
}

// --- Who sent it.

static_assert(static_cast<unsigned>(EventCount::kClassSynthetic) - static_cast<unsigned>(EventCount::kClassUnknown) ==
              static_cast<unsigned>(VisitorClass::kSynthetic));

void Matcher::judge(const HttpRequest& request, bool synthetic, RequestTag& tag) {
  signs_ = visitors_.read(request);
  const VisitorClass sender = synthetic ? VisitorClass::kSynthetic : signs_.kind;
  counters_.add(
      static_cast<EventCount>(static_cast<unsigned>(EventCount::kClassUnknown) + static_cast<unsigned>(sender)));
  tag.filter = visitors_.filter(signs_, request, synthetic);
}

// --- Page views, and calls of their scripts.

// A beacon may say that a call's path is its page: it is one of the others.
PageSight Matcher::sight_of(PageSight::What what, TemplateId path, const RequestTag& tag) const {
  PageSight sight{.what = what, .path = path};
  if (!covered_page_of_.empty()) sight.page = covered_page_of_[path.index()];
  if (what == PageSight::What::kBeacon && sight.page > definition_.coverage_pages.size()) sight.page = 0;
  for (std::size_t i = 0; definition_.coverage.has_place && i < tag.dimension_count; ++i) {
    if (tag.dimensions[2 * i] == definition_.coverage.place.value) sight.place = tag.dimensions[2 * i + 1];
  }
  return sight;
}

// An answer that began before its request was whole took no time.
PageSight Matcher::answer_sight(PageSight::What what, const HttpResponse& response, const RequestTag& tag) const {
  PageSight sight = sight_of(what, tag.path_template, tag);
  sight.device = static_cast<std::uint8_t>(tag.device);
  sight.browser = tag.browser;
  const Duration took = std::max<Duration>(response.first - tag.request_last, 0) / kMicrosecond;
  sight.first_us = static_cast<std::uint32_t>(std::min<Duration>(took, kPageTimeMaxUs));
  return sight;
}

// A number above 1 was not its page view's first, whether the page view or the session is numbered.
PageSight Matcher::beacon_sight(const Beacon& beacon) const {
  PageSight sight = sight_of(PageSight::What::kBeacon, template_of(beacon.page), beacon_tag_);
  sight.device = static_cast<std::uint8_t>(signs_.device);
  sight.browser = signs_.browser;
  sight.first = !(beacon.n > 1);
  if (beacon.pv.data() != nullptr) {
    const auto hash = static_cast<std::uint32_t>(siphash13_64(owner_key_, bytes(beacon.pv)));
    sight.view = hash == 0 ? 1 : hash;
  }
  if (beacon.type != BeaconType::kVitals || !definition_.coverage.split) return sight;
  sight.first_us = page_time_us(beacon.ttfb);
  sight.load_us = page_time_us(beacon.load);
  if (beacon.t >= 0 && beacon.t < double{kNoPageTime}) sight.age_ms = static_cast<std::uint32_t>(beacon.t);
  return sight;
}

// None: it is of no call whose time is split.
const CoverageCall* Matcher::call_of(const Beacon& beacon) const {
  if (beacon.type != BeaconType::kAction && beacon.type != BeaconType::kStep) return nullptr;
  const auto found = call_events_.find(beacon.name);
  return found.empty() ? nullptr : &definition_.coverage_calls[found.front()];
}

PageSight Matcher::call_beacon_sight(const CoverageCall& call, const Beacon& beacon) const {
  PageSight sight = sight_of(PageSight::What::kCallBeacon, call.path, beacon_tag_);
  sight.device = static_cast<std::uint8_t>(signs_.device);
  sight.first_us = page_time_us(beacon.ttfb);
  sight.load_us = page_time_us(beacon.dur);
  if (sight.first_us == kNoPageTime) std::swap(sight.first_us, sight.load_us);
  return sight;
}

// Under the identity's key, or under none. Its other keys were told by the message's own event, if they are linked.
Event Matcher::sight_event(Channel channel, const RequestTag& tag, const PageSight& sight) const {
  const std::size_t identity = definition_.coverage.identity.index();
  Event event;
  event.channel = channel;
  event.activity = false;
  event.extras.say().sight = sight;
  event.identity = definition_.coverage.identity;
  if ((tag.key_mask >> identity & 1) == 0) return event;
  event.key = tag.keys[identity];
  event.owner_hash = tag.owner_hashes[identity];
  if (channel == Channel::kBeacon) event.previous_key = previous_keys_[identity];
  return event;
}

// Anything else is not linked to: whoever sends beacons could write it.
void Matcher::read_replay(const Beacon& beacon, Event& event) const {
  const std::string_view prefix = definition_.replay_prefix;
  const std::string_view rest = beacon.replay.substr(std::min(prefix.size(), beacon.replay.size()));
  if (!beacon.replay.starts_with(prefix) || !is_replay_text(rest)) return counters_.add(EventCount::kBadReplay);
  ReplayPointer& replay = event.extras.say().replay;
  replay.size = static_cast<std::uint8_t>(rest.size());
  std::copy(rest.begin(), rest.end(), replay.text.bytes.begin());
}

// Its question and score, and whose attempts it may be about: of the first identity with a key on the beacon that a
// journey has which asks the question and, where the beacon names one, is it.
Answer Matcher::read_answer(const Beacon& beacon) const {
  counters_.add(EventCount::kFeedback);
  const auto known = std::find(kQuestionNames.begin(), kQuestionNames.end(), beacon.kind);
  if (known == kQuestionNames.end()) return counters_.add(EventCount::kFeedbackBadQuestion), Answer{};
  const auto question = static_cast<Question>(known - kQuestionNames.begin());
  const AnswerRange range = range_of(question);
  if (!(beacon.score >= range.first && beacon.score <= range.last) || beacon.score != std::floor(beacon.score)) {
    return counters_.add(EventCount::kFeedbackBadScore), Answer{};
  }
  Answer answer{.question = question, .answer = static_cast<std::uint8_t>(beacon.score)};
  for (unsigned left = beacon_tag_.key_mask; left != 0; left &= left - 1) {
    answer.identity = IdentityId{static_cast<std::size_t>(std::countr_zero(left))};
    for (const std::uint8_t index : asking_) {
      const Journey& journey = definition_.journeys[index];
      if (journey.identity != answer.identity || (journey.feedback.questions & question_bit(question)) == 0) continue;
      if (beacon.name.empty()) return answer;
      if (beacon.name != journey.name) continue;
      answer.journey = static_cast<std::uint16_t>(1 + index);
      return answer;
    }
  }
  return counters_.add(EventCount::kFeedbackUnjoined), Answer{};
}

// Without a page view, numbers are the session's.
void Matcher::read_number(const Beacon& beacon, Event& event) const {
  constexpr double kNumberMax = 4e9;
  if (!(beacon.n >= 0 && beacon.n <= kNumberMax) || beacon.n != std::floor(beacon.n)) return;
  event.numbered = true;
  event.number = static_cast<std::uint32_t>(beacon.n);
  event.page_view = static_cast<std::uint32_t>(siphash13_64(owner_key_, bytes(beacon.pv)));
}

bool Matcher::add_clocks(Run run, const Beacon& beacon, Event& event) const {
  for (const std::uint16_t index : run) {
    for (const ClockId clock : steps_.step(index).clocks) {
      const auto has_it = [clock](const ClientDuration& c) { return c.clock == clock; };
      if (std::any_of(event.clocks.begin(), event.clocks.begin() + event.clock_count, has_it)) continue;
      const auto duration = read_clock(clock, definition_.clocks[clock.index()], beacon);
      if (!duration) continue;
      if (event.clock_count == kEventClocksMax) return false;
      event.clocks[event.clock_count++] = *duration;
    }
  }
  return true;
}

}  // namespace bellrock::journey
