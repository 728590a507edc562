// What an agent sends depends on the configuration, not on the traffic: events are given to a core as its matcher would
// give them, the banks are harvested every second as an agent harvests them, and what the frames weigh is compared
// between a thousand and a million events a second, and with the bound of harvest/footprint.h.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
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

journey::Definition shop() {
  const std::string directory = BELLROCK_SOURCE "/config/shop";
  return config::load(std::span(&directory, 1)).definition;
}

// With what a payment is worth, and the most frequent of very many releases.
journey::Definition rich_shop() {
  journey::Definition definition = shop();
  for (journey::Journey& journey : definition.journeys) {
    if (journey.name != "checkout") continue;
    journey.dimensions.emplace_back(definition.dimensions.size());
    definition.dimensions.push_back({.name = "release", .source = {}, .values = {}, .bounds = {}, .top = 20});
    definition.amounts.emplace_back();
    journey.value = {.amount = 1, .at = StepId{}, .currency = "EUR", .version = 1};
    for (std::size_t i = 0; i < journey.steps.size(); ++i) {
      if (journey.steps[i].name == "pay") journey.value.at = StepId{i};
    }
  }
  definition.limits.cells_per_core = 16'384;
  return definition;
}

// Visits to the shop, one event after another: most buy, some fail, some leave.
class Shop {
 public:
  explicit Shop(const journey::Definition& definition) : definition_(definition) {
    for (std::size_t j = 0; j < definition.journeys.size(); ++j) {
      (definition.journeys[j].name == "checkout" ? checkout_ : search_) = JourneyId{j};
    }
  }

  // The next event, at `now`.
  Event next(Instant now) {
    if (at_ == visit_.size()) plan_visit();
    Event event = visit_[at_++];
    event.time = now;
    event.edge_time = event.edge_time + (now - Instant{});
    event.key = {{visitor_ * 0x9e37'79b9'7f4a'7c15, visitor_}};
    event.owner_hash = static_cast<std::uint32_t>(visitor_ * 0x9e37'79b1);
    if (event.channel == Channel::kHttpRequest) request_ = event.edge_time;
    if (event.channel == Channel::kHttpResponse || event.channel == Channel::kHttpEnd) event.request_time = request_;
    return event;
  }

 private:
  [[nodiscard]] const journey::Journey& journey(JourneyId id) const { return definition_.journeys[id.index()]; }
  double chance() { return std::uniform_real_distribution<double>()(random_); }
  Duration some_time(double median_ms) {
    return std::llround(median_ms * std::exp(0.5 * std::normal_distribution<double>()(random_)) * 1e6);
  }

  // `mark` is how much later than its packet the step stands: durations of all lengths, whatever the packets' rate is.
  void add(JourneyId id, std::string_view step, Channel channel, Duration mark = 0) {
    Event event;
    event.identity = journey(id).identity;
    event.channel = channel;
    event.activity = channel != Channel::kHttpEnd;
    event.aborted = step.empty();
    event.edge_time = {mark};
    const auto& steps = journey(id).steps;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (steps[i].name == step) event.matches[event.match_count++] = {id, StepId{i}};
    }
    if (journey(id).value.amount != 0) event.extras.say().amounts[0] = 1 + visitor_ % 1'000'000;
    for (const DimensionId dimension : journey(id).dimensions) {
      if (definition_.dimensions[dimension.index()].top != 0) {
        say_release(dimension, event);
        continue;
      }
      const std::size_t values = definition_.dimensions[dimension.index()].values.size();
      event.dimensions[event.dimension_count++] = {dimension, static_cast<std::uint8_t>((visitor_ / 7) % (values + 1))};
      if (dimension == journey(id).dimensions.front()) continue;
      event.dimensions[event.dimension_count - 1].value = static_cast<std::uint8_t>((visitor_ / 31) % (values + 1));
    }
    for (const journey::Objective& objective : journey(id).objectives) {
      if (channel != Channel::kBeacon || !objective.has_client_clock) continue;
      event.clocks[event.clock_count++] = {objective.client_clock, true, some_time(700)};
    }
    visit_.push_back(event);
  }

  // Few that many have, which change with the years, and many that few have.
  void say_release(DimensionId dimension, Event& event) {
    const bool common = chance() < 0.8;
    const std::string text = (common ? "2026." : "test.") + std::to_string(random_() % (common ? 40 : 100'000)) + "." +
                             std::to_string(common ? visitor_ / 20'000 : 0);
    EventExtras::Values& says = event.extras.say();
    TopText& top = says.tops[says.top_count++];
    top.dimension = dimension;
    top.size = static_cast<std::uint8_t>(text.size());
    std::copy(text.begin(), text.end(), top.text.begin());
  }

  void plan_visit() {
    visit_.clear();
    at_ = 0;
    ++visitor_;
    if (chance() < 0.5) {
      add(search_, "query", Channel::kHttpRequest);
      chance() < 0.03 ? add(search_, "broken", Channel::kHttpResponse, some_time(300))
                      : add(search_, "results", Channel::kBeacon, some_time(700));
      return;
    }
    add(checkout_, "open", Channel::kHttpRequest);
    if (chance() < 0.04) return add(checkout_, "left", Channel::kBeacon, some_time(4'000));
    const Duration paid = some_time(2'000);
    add(checkout_, "pay", Channel::kHttpRequest, paid);
    const double fate = chance();
    if (fate < 0.03) return add(checkout_, "", Channel::kHttpEnd, paid + some_time(5'000));
    if (fate < 0.06) return add(checkout_, "broken", Channel::kHttpResponse, paid + some_time(900));
    if (fate < 0.1) return add(checkout_, "declined", Channel::kBeacon, paid + some_time(900));
    add(checkout_, "pay_ok", Channel::kHttpResponse, paid + some_time(400));
    add(checkout_, "confirmed", Channel::kBeacon, paid + some_time(1'500));
  }

  const journey::Definition& definition_;
  JourneyId checkout_, search_;
  std::vector<Event> visit_;
  std::size_t at_ = 0;
  std::uint64_t visitor_ = 0;
  Instant request_;
  std::mt19937_64 random_{1};
};

Sent run(const journey::Definition& definition, std::uint64_t events_per_second, std::uint64_t windows) {
  board::Board board = board_of(definition);
  app::Core core(definition, board, 0, app::Pace::kLive, nullptr);
  Agent agent(board, definition);
  Shop shop(definition);
  Sent sent;
  const std::uint64_t seconds = windows * (kWindow / kSecond);
  for (std::uint64_t second = 0; second < seconds; ++second) {
    const Instant begin{kFirst + static_cast<std::int64_t>(second) * kSecond};
    for (std::uint64_t i = 0; i < events_per_second; ++i) {
      const auto offset = static_cast<std::int64_t>(i * static_cast<std::uint64_t>(kSecond) / events_per_second);
      core.on_event(shop.next(begin + offset));
      core.commit();
    }
    agent.ask();
    core.seal_if_asked();
    agent.collect(sent);
    if ((second + 1) % 10 == 0) agent.end_window(sent);
  }
  sent.seconds = static_cast<double>(seconds);
  return sent;
}

TEST(WireGrowth, IsSlowAndStaysBelowThePlannedBound) {
  const journey::Definition definition = shop();
  const harvest::Footprint plan = harvest::footprint(definition, journey::encode(definition).size(), kSecond);
  ASSERT_TRUE(plan.board.fits());
  std::array<Sent, 3> sent;
  const std::array<std::uint64_t, 3> rates{1'000, 100'000, 1'000'000};
  const std::array<std::uint64_t, 3> windows{6, 3, 2};
  for (std::size_t i = 0; i < rates.size(); ++i) {
    sent[i] = run(definition, rates[i], windows[i]);
    std::cout << rates[i] << " events/s: " << sent[i].per_second() << " B/s in " << sent[i].frames << " frames of "
              << sent[i].series << " series; largest window " << sent[i].window_bytes_max << " B, bound "
              << plan.wire.window_bytes << " B\n";
    EXPECT_LT(sent[i].window_bytes_max, plan.wire.window_bytes);
    EXPECT_LT(sent[i].message_bytes_max, plan.wire.frame_bytes);
    EXPECT_LT(sent[i].per_second() * 86'400, static_cast<double>(harvest::day_bytes_at(plan.wire, rates[i])));
    EXPECT_GT(sent[i].frames, sent[i].seconds / 2) << "an agent harvests every second";
  }
  EXPECT_LE(sent[2].per_second(), 8 * sent[0].per_second());
  EXPECT_LE(sent[2].per_second(), 2 * sent[1].per_second());
  EXPECT_GE(sent[2].per_second(), sent[0].per_second());
}

TEST(WireGrowth, OfMoneyAndOpenEndedValuesStaysBelowThePlannedBoundWhateverVisitorsSay) {
  const journey::Definition definition = rich_shop();
  const harvest::Footprint plan = harvest::footprint(definition, journey::encode(definition).size(), kSecond);
  ASSERT_TRUE(plan.board.fits());
  const Sent sent = run(definition, 20'000, 6);
  std::cout << "20000 events/s: " << sent.per_second() << " B/s; largest window " << sent.window_bytes_max
            << " B, bound " << plan.wire.window_bytes << " B\n";
  EXPECT_LT(sent.window_bytes_max, plan.wire.window_bytes);
  EXPECT_LT(sent.message_bytes_max, plan.wire.frame_bytes);
  EXPECT_LT(sent.per_second() * 86'400, static_cast<double>(harvest::day_bytes_at(plan.wire, 20'000)));
  EXPECT_EQ(sent.overflow, 0u) << "values that come and go ask for no more cells than the plan says";
}

}  // namespace
}  // namespace bellrock
