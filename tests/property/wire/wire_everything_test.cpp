// With everything switched on that a configuration can ask for, and visitors who do and say whatever they like, an
// agent sends no more than the plan's bound; nor where what they say finds no room.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <random>
#include <span>
#include <string>

#include "control/config/loader.h"
#include "control/harvest/footprint.h"
#include "dataplane/app/core.h"
#include "dataplane/journey/snapshot.h"
#include "tests/property/wire/agent_side.h"

namespace bellrock {
namespace {

const std::string kEverything = R"(apiVersion: bellrock/v1
kind: Site
metadata: {name: shop}
spec:
  vitals: [/, /list]
  clicks: {pages: [/, /list], grid: {suppress_below: 2, every: 1m}}
  frustration: {pages: [/, /list]}
  coverage: {identity: web, pages: [/, /list], within: 10s, split: true, place: {from: header.x-country, set: [de, fr]}}
---
apiVersion: bellrock/v1
kind: Identity
metadata: {name: web}
spec: {keys: [{cookie: sid}, {beacon: sid}], lifetime: {idle: 1m, max: 1h}}
---
apiVersion: bellrock/v1
kind: Journey
metadata: {name: checkout}
spec:
  identity: web
  attempt: {count: session, idle: 20s}
  steps:
    - {name: open, kind: start, match: {http: {at: request, path: /checkout}}}
    - {name: pay, kind: commit, match: {http: {at: request, method: POST, path: /pay}}}
    - {name: paid, kind: ack, match: {http: {at: response, method: POST, path: /pay, status: 2xx}}, latency: {from: pay, op: lt, value: 1s, target: 0.9}}
    - {name: done, kind: success, match: {beacon: {event: done}}}
    - {name: declined, kind: failure, class: user, match: {beacon: {event: declined}}}
    - {name: broken, kind: failure, class: system, match: {http: {at: response, path: /pay, status: 5xx}}}
    - {name: left, kind: cancel, match: {beacon: {event: left}}}
  silent_failure: {after: paid, expect: done, within: 10s}
  recovery: {within: 10s}
  feedback: {questions: [ces, csat, nps], latency: paid}
  storyboards: {keep: 16}
  distinct_sessions: true
  value: {from: query.x, currency: EUR, at: pay}
  correlate_with: [{cause: {step: paid, latency: true}, effect: [abandoned], method: [table, hazard], strata: [device, returning]}]
  objectives:
    - {name: works, sli: success, count_from: pay, target: 0.9, bad: [failed.system, silent_failure, abandoned], exclude: [failed.user, cancelled]}
    - {name: e2e, sli: latency, from: pay, to: done, clock: {client: beacon.dur}, op: lt, value: 3s, target: 0.9}
    - {name: steady, sli: consistency, of: e2e, min_attempts: 2, target: 0.9}
  dimensions: {device: {set: [phone, tablet, desktop]}, release: {from: beacon.rel, top: 6}, browser: {set: [chrome, safari]}}
)";

journey::Definition everything(std::uint32_t cells) {
  const config::SourceText source{"everything.yaml", kEverything};
  config::Loaded loaded = config::load_texts({&source, 1});
  EXPECT_TRUE(loaded.ok()) << (loaded.ok() ? "" : to_line(loaded.diagnostics.front()));
  loaded.definition.limits.cells_per_core = cells;
  return std::move(loaded.definition);
}

// Whoever sends what he likes: any step at any time, and every place, band, answer and value.
class Mob {
 public:
  explicit Mob(const journey::Definition& definition) : definition_(definition) {}

  Event next(Instant now) {
    Event event = message(now);
    const std::uint64_t what = below(8);
    if (what < 4) add_steps(event);
    if (what == 4) event.extras.say().vitals = vitals();
    if (what == 5) event.extras.say_click(click());
    if (what == 6) event.extras.say().viewed = view();
    if (what == 7) event.extras.say().sight = sight();
    return event;
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  std::uint8_t byte_below(std::size_t bound) { return static_cast<std::uint8_t>(below(bound)); }
  // Of every size there is, from a microsecond to hours.
  Duration some_time() { return std::llround(std::exp2(std::uniform_real_distribution<double>(10, 44)(random_))); }
  std::uint32_t some_us() { return static_cast<std::uint32_t>(std::min<Duration>(some_time() / 1'000, 3'600'000'000)); }

  Event message(Instant now) {
    const std::uint64_t visitor = 1 + below(4'000);
    Event event;
    event.time = now;
    event.key = {{visitor * 0x9e37'79b9'7f4a'7c15, visitor}};
    event.owner_hash = static_cast<std::uint32_t>(visitor * 0x9e37'79b1);
    event.channel = static_cast<Channel>(below(4));
    event.activity = event.channel != Channel::kHttpEnd;
    event.aborted = event.channel == Channel::kHttpEnd;
    event.edge_time = now + some_time();
    if (event.channel == Channel::kHttpResponse || event.channel == Channel::kHttpEnd) event.request_time = request_;
    if (event.channel == Channel::kHttpRequest) request_ = event.edge_time;
    return event;
  }

  void add_steps(Event& event) {
    const journey::Journey& journey = definition_.journeys[0];
    for (std::uint64_t i = 1 + below(2); i > 0; --i) {
      event.matches[event.match_count++] = {JourneyId{0}, StepId{below(journey.steps.size())}};
    }
    EventExtras::Values& says = event.extras.say();
    for (std::uint64_t& amount : says.amounts) amount = 1 + below(std::uint64_t{1} << below(50));
    for (std::size_t i = 0; i < definition_.dimensions.size(); ++i) {
      const journey::Dimension& dimension = definition_.dimensions[i];
      if (dimension.top != 0) {
        say_text(DimensionId{i}, says);
      } else if (event.dimension_count < event.dimensions.size()) {
        event.dimensions[event.dimension_count++] = {DimensionId{i}, byte_below(dimension.values.size() + 1)};
      }
    }
    if (event.channel != Channel::kBeacon) return;
    event.clocks[event.clock_count++] = {ClockId{0}, true, some_time()};
    const auto question = static_cast<Question>(below(kQuestions));
    const AnswerRange range = range_of(question);
    const auto score = static_cast<std::uint8_t>(range.first + below(std::uint64_t{1} + range.last - range.first));
    if (below(2) == 0) says.answer = {question, score, IdentityId{}, 0};
  }
  // As long as it can be; some come often enough to be told apart.
  void say_text(DimensionId dimension, EventExtras::Values& says) {
    TopText& top = says.tops[says.top_count++];
    top.dimension = dimension;
    top.size = static_cast<std::uint8_t>(top.text.size());
    const std::string number = std::to_string(below(below(2) == 0 ? 12 : 1'000'000));
    top.text.fill('x');
    std::copy(number.begin(), number.end(), top.text.begin());
  }

  VitalValues vitals() {
    VitalValues view{.page = byte_below(3),
                     .device = byte_below(kDeviceNames.size()),
                     .connection = byte_below(kConnectionNames.size()),
                     .said = (1u << kVitals) - 1};
    for (std::uint32_t& value : view.values) value = some_us();
    return view;
  }
  Click click() {
    return {byte_below(3), byte_below(kDeviceNames.size()), static_cast<ClickKind>(below(kClickKinds)),
            static_cast<std::uint16_t>(below(10) == 0 ? kNoClickPlace : below(kClickPlaces))};
  }
  ViewedPage view() {
    return {.number = static_cast<std::uint8_t>(1 + below(3)),
            .device = byte_below(kDeviceNames.size()),
            .may_begin = true,
            .id = static_cast<std::uint32_t>(1 + below(1'000'000))};
  }
  PageSight sight() {
    PageSight sight{.what = below(2) == 0 ? PageSight::What::kPage : PageSight::What::kBeacon,
                    .page = byte_below(3),
                    .device = byte_below(kDeviceNames.size()),
                    .browser = byte_below(1 + definition_.visitors.browsers.size()),
                    .place = byte_below(3),
                    .first = below(2) == 0,
                    .path = {}};
    sight.path = TemplateId{std::size_t{sight.page}};
    sight.first_us = some_us();
    if (sight.what == PageSight::What::kBeacon) sight.load_us = some_us();
    return sight;
  }

  const journey::Definition& definition_;
  Instant request_;
  std::mt19937_64 random_{1};
};

void expect_below_the_bound(const journey::Definition& definition, std::uint64_t per_second, bool fits) {
  constexpr std::uint64_t kSeconds = 130;  // two tables of clicks, and the windows around them
  const harvest::Footprint plan = harvest::footprint(definition, journey::encode(definition).size(), kSecond);
  EXPECT_EQ(plan.board.fits(), fits);
  board::Board board = board_of(definition);
  app::Core core(definition, board, 0, app::Pace::kLive, nullptr);
  Agent agent(board, definition);
  Mob mob(definition);
  Sent sent;
  for (std::uint64_t second = 0; second < kSeconds; ++second) {
    const Instant begin{kFirst + static_cast<std::int64_t>(second) * kSecond};
    for (std::uint64_t i = 0; i < per_second; ++i) {
      core.on_event(mob.next(begin + static_cast<std::int64_t>(i) * (kSecond / static_cast<Duration>(per_second))));
      core.commit();
    }
    agent.ask();
    core.seal_if_asked();
    agent.collect(sent);
    if ((second + 1) % 10 == 0) agent.end_window(sent);
  }
  sent.seconds = kSeconds;
  std::cout << per_second << " events/s: " << sent.per_second() << " B/s, " << sent.storyboards
            << " storyboards; largest window " << sent.window_bytes_max << " B, bound " << plan.wire.window_bytes
            << " B; largest message " << sent.message_bytes_max << " B, bound " << plan.wire.frame_bytes << " B\n";
  EXPECT_LT(sent.window_bytes_max, plan.wire.window_bytes);
  EXPECT_LT(sent.message_bytes_max, plan.wire.frame_bytes);
  EXPECT_LT(sent.per_second() * 86'400, static_cast<double>(harvest::day_bytes_at(plan.wire, per_second)));
  EXPECT_EQ(sent.overflow == 0, fits);
  EXPECT_GT(sent.storyboards, 0u);
  for (std::size_t kind = 0; kind <= static_cast<std::size_t>(CellKind::kSplit); ++kind) {
    EXPECT_TRUE(sent.kinds.contains(static_cast<CellKind>(kind))) << "nothing was sent of kind " << kind;
  }
}

TEST(WireOfEverything, StaysBelowThePlannedBoundWhateverVisitorsDo) {
  expect_below_the_bound(everything(65'536), 3'000, true);
}

TEST(WireOfEverything, StaysBelowItWhereSeriesFindNoRoom) { expect_below_the_bound(everything(256), 3'000, false); }

}  // namespace
}  // namespace bellrock
