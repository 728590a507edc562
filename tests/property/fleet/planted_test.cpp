// A simulated fleet's frames through the centre's own store and watch: fifty objectives, some of them with a handful of
// attempts an hour, and planted incidents. Each pages in the minute that the rule gives for the counts as they were
// made, worked out here by plain sums; nothing else does; and a watch that starts anew comes to the same.
//
// BELLROCK_FLEET_DAYS (3) is how long; tools/nightly has 30.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <set>

#include "control/plane/watch.h"
#include "tests/unit/control/store/sqlite_file.h"
#include "tools/fleet/node.h"
#include "tools/fleet/shop.h"

namespace bellrock::fleet {
namespace {

constexpr std::int64_t kStart = 1'699'920'000;  // a day's beginning
constexpr std::int64_t kStep = 300;             // an alert lasts for five minutes at least: each is seen
constexpr std::int64_t kHour = 3'600;
static_assert(kStart % slo::kDaySeconds == 0);

std::int64_t days() {
  const char* const text = std::getenv("BELLROCK_FLEET_DAYS");
  return text ? std::strtoll(text, nullptr, 10) : 3;
}

// One objective as its nodes counted it, added up from the beginning: sums over a span are differences.
struct Counted {
  const slo::Objective* objective = nullptr;
  const slo::Policy* policy = nullptr;
  std::size_t journey = 0;
  std::vector<std::uint64_t> bad{0}, all{0};

  [[nodiscard]] std::uint64_t sum(const std::vector<std::uint64_t>& of, std::int64_t minute, std::int64_t span) const {
    return of[static_cast<std::size_t>(minute)] -
           of[static_cast<std::size_t>(std::max<std::int64_t>(0, minute - span))];
  }
  [[nodiscard]] bool burns(const slo::BurnPair& pair, std::int64_t minute, std::int64_t span_s) const {
    const control::Uint128 one = slo::kOne;
    return sum(bad, minute, span_s / 60) * one * one * static_cast<std::uint64_t>(pair.long_s) >
           sum(all, minute, span_s / 60) * control::Uint128{pair.share_e9} * static_cast<std::uint64_t>(pair.period_s) *
               (slo::kOne - objective->target_e9);
  }
  // Both windows are above the rate.
  [[nodiscard]] bool burns(const slo::BurnPair& pair, std::int64_t minute) const {
    return burns(pair, minute, pair.short_s) && burns(pair, minute, pair.long_s);
  }
  // Enough failures, and the lower end of Wilson's interval of their share is above the rate as well.
  [[nodiscard]] bool enough(const slo::BurnPair& pair, std::int64_t minute) const {
    const auto failures = sum(bad, minute, pair.long_s / 60);
    if (failures < policy->gate.failures_min) return false;
    const double n = static_cast<double>(sum(all, minute, pair.long_s / 60)), p = static_cast<double>(failures) / n;
    const double z = policy->gate.z, z2 = z * z;
    const double low = (p + z2 / (2 * n) - z * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n))) / (1 + z2 / n);
    return low > pair.factor() * static_cast<double>(slo::kOne - objective->target_e9) / static_cast<double>(slo::kOne);
  }
  [[nodiscard]] bool pages(std::int64_t minute) const {
    return std::any_of(policy->pairs.begin(), policy->pairs.end(), [&](const slo::BurnPair& pair) {
      return pair.severity == slo::Severity::kPage && burns(pair, minute) && enough(pair, minute);
    });
  }
  // Where every share is believed, however few attempts it is of.
  [[nodiscard]] bool would_page_without_gate(std::int64_t minute) const {
    return std::any_of(policy->pairs.begin(), policy->pairs.end(), [&](const slo::BurnPair& pair) {
      return pair.severity == slo::Severity::kPage && burns(pair, minute) && !enough(pair, minute);
    });
  }
};

class Simulation {
 public:
  explicit Simulation(const config::Loaded& loaded)
      : loaded_(loaded),
        catalog_(plane::make_catalog(loaded.definition, loaded.policies)),
        plan_(make_plan(options(), loaded.definition)),
        store_(store::open(folder_)),
        watch_(*store_, catalog_) {
    for (std::size_t i = 0; i < plan_.options.nodes; ++i) nodes_.emplace_back(plan_, loaded.definition, i);
    for (std::size_t j = 0; j < catalog_.size(); ++j) {
      for (std::size_t i = 0; i < catalog_[j].objectives.size(); ++i) {
        counted_.push_back({&catalog_[j].objectives[i], &catalog_[j].policies[i], j, {0}, {0}});
      }
    }
    pages_.resize(counted_.size());
  }

  void live() {
    for (std::int64_t at = plan_.options.from; at < plan_.options.to; at += kStep) {
      if (at % kHour == 0) count(at);  // what lies ahead must not matter
      const std::int64_t now = at + kStep + plane::kWatchSettleSeconds;
      look(now);
      if ((at + kStep) % slo::kDaySeconds == 0) {
        ASSERT_TRUE(store_->trim({now - 6 * kHour, now - 8 * slo::kDaySeconds, now - 35 * slo::kDaySeconds}).ok());
        compare_with_a_new_watch(now);
      }
    }
  }

  const config::Loaded& loaded_;
  plane::Catalog catalog_;
  Plan plan_;
  std::vector<Counted> counted_;
  std::vector<std::set<std::int64_t>> pages_;  // of each objective: the minutes at whose end it was paged
  std::size_t watches_compared_ = 0, alerts_compared_ = 0;

 private:
  static PlanOptions options() {
    PlanOptions options;
    options.seed = 5;
    options.nodes = 2;
    options.from = kStart;
    options.to = kStart + days() * slo::kDaySeconds;
    const int many = static_cast<int>(days());
    options.planted = {std::max(3, many / 3), std::max(2, many / 6), std::max(1, many / 10), 0, 0, 0};
    return options;
  }

  // Objectives over all visitors are what alerts look at; the other series would only take time here.
  static void keep_objectives(control::DeltaFrame& frame) {
    frame.recorded = 0;
    for (auto& [start, window] : frame.windows) {
      std::erase_if(window, [](const auto& one) {
        return one.first.kind != CellKind::kObjective || one.first.scope != CellScope::kTotal;
      });
      for (const auto& [key, histogram] : window) frame.recorded += histogram.n;
    }
  }

  void count(std::int64_t at) {
    std::vector<control::DeltaFrame> frames;
    for (auto& node : nodes_) {
      frames.push_back(node.count(at, at + kHour, 60, 0));
      keep_objectives(frames.back());
    }
    std::vector<store::ReceivedFrame> received;
    for (const auto& frame : frames) received.push_back(store::received(frame));
    const auto applied = store_->apply(received);
    ASSERT_TRUE(applied.ok());
    for (const auto one : *applied) ASSERT_EQ(one, store::Applied::kApplied);
    for (auto& one : counted_) {
      for (std::int64_t minute = at; minute < at + kHour; minute += 60) add_minute(one, minute, frames);
    }
  }

  static void add_minute(Counted& one, std::int64_t minute, const std::vector<control::DeltaFrame>& frames) {
    std::uint64_t bad = 0, all = 0;
    for (const auto& frame : frames) {
      const auto window = frame.windows.find(minute);
      if (window == frame.windows.end()) continue;
      for (const char* verdict : {"good", "bad", "bad.failed", "bad.ended", "unknown"}) {
        const auto cell = window->second.find({one.objective->journey,
                                               one.objective->version,
                                               CellKind::kObjective,
                                               one.objective->name,
                                               verdict,
                                               CellScope::kTotal,
                                               {}});
        if (cell == window->second.end()) continue;
        all += cell->second.n;
        if (*verdict == 'b') bad += cell->second.n;
      }
    }
    one.bad.push_back(one.bad.back() + bad);
    one.all.push_back(one.all.back() + all);
  }

  void look(std::int64_t now) {
    const auto news = watch_.run(now);
    ASSERT_TRUE(news.ok());
    for (const auto& incident : news->incidents) ASSERT_TRUE(store_->write_journal(plane::to_entry(incident)).ok());
    const auto state = watch_.state();
    for (std::size_t i = 0; i < state->size(); ++i) {
      const auto& page = (*state)[i].alerts[static_cast<std::size_t>(slo::Severity::kPage)];
      if (page.firing) pages_[i].insert((page.since - kStart) / 60);
    }
  }

  void compare_with_a_new_watch(std::int64_t now) {
    plane::Watch anew(*store_, catalog_);
    const auto news = anew.run(now);
    ASSERT_TRUE(news.ok());
    EXPECT_TRUE(news->incidents.empty()) << "incidents changed because the watch started again";
    const auto before = watch_.state(), after = anew.state();
    ASSERT_EQ(before->size(), after->size());
    ++watches_compared_;
    for (std::size_t i = 0; i < before->size(); ++i) {
      for (std::size_t severity = 0; severity < slo::kSeverityNames.size(); ++severity) {
        const auto &a = (*before)[i].alerts[severity], &b = (*after)[i].alerts[severity];
        EXPECT_EQ(a.firing, b.firing) << (*before)[i].journey << "/" << (*before)[i].objective << " at " << now;
        if (a.firing && b.firing && now - a.since < slo::kDaySeconds) {
          EXPECT_EQ(a, b);
          ++alerts_compared_;
        }
      }
    }
  }

  store::ScratchFolder folder_;
  std::unique_ptr<store::SeriesStore> store_;
  plane::Watch watch_;
  std::vector<Node> nodes_;
};

// The first minute of a planted incident in which the rule holds for this objective; -1: never.
std::int64_t rule_minute(const Counted& one, const Planted& planted) {
  for (std::int64_t at = planted.from + 60; at <= planted.to; at += 60) {
    if (one.pages((at - kStart) / 60)) return (at - kStart) / 60;
  }
  return -1;
}

bool has_cause(const Plan& plan, const Counted& one, std::int64_t minute) {
  const std::int64_t at = kStart + minute * 60;
  return std::any_of(plan.planted.begin(), plan.planted.end(), [&](const Planted& planted) {
    return (planted.kind == Kind::kOutage || planted.kind == Kind::kSlowBurn) && planted.journey == one.journey &&
           planted.from < at && at <= planted.to + 60;
  });
}

TEST(PlantedHistory, PagesInTheMinuteOfTheRuleAndNeverElseAndAStartOverChangesNothing) {
  const std::string shop = make_shop(10, 5);
  const config::SourceText text{"shop.yaml", shop};
  const auto loaded = config::load_texts({&text, 1});
  ASSERT_TRUE(loaded.ok());
  Simulation simulation(loaded);
  simulation.live();
  if (HasFatalFailure()) return;
  std::size_t incidents = 0, paged = 0, single = 0, pages = 0;
  for (const auto& planted : simulation.plan_.planted) {
    if (planted.kind != Kind::kOutage && planted.kind != Kind::kSlowBurn) continue;
    ++incidents;
    bool seen = false;
    for (std::size_t i = 0; i < simulation.counted_.size(); ++i) {
      const auto& one = simulation.counted_[i];
      if (one.journey != planted.journey) continue;
      const auto minute = rule_minute(one, planted);
      if (minute < 0) continue;
      EXPECT_TRUE(simulation.pages_[i].contains(minute))
          << one.objective->journey << "/" << one.objective->name << " was not paged in minute " << minute;
      const auto within = pages_within(loaded, planted.journey, planted.share);
      ASSERT_TRUE(within);
      seen |= kStart + minute * 60 - planted.from <= 2 * *within + 900;  // a day's rhythm, and chance
      ++paged;
    }
    EXPECT_TRUE(seen) << kKindNames[static_cast<std::size_t>(planted.kind)] << " of journey " << planted.journey
                      << " from " << planted.from << " was not paged in time";
  }
  for (std::size_t i = 0; i < simulation.counted_.size(); ++i) {
    const auto& one = simulation.counted_[i];
    for (const auto minute : simulation.pages_[i]) {
      EXPECT_TRUE(one.pages(minute) && has_cause(simulation.plan_, one, minute))
          << one.objective->journey << "/" << one.objective->name << " was paged without a cause in minute " << minute;
      ++pages;
    }
    for (std::int64_t minute = 1; minute < static_cast<std::int64_t>(one.bad.size()); ++minute) {
      single += one.would_page_without_gate(minute);
    }
  }
  EXPECT_GT(incidents, 3u);
  EXPECT_GT(single, 0u) << "there was no handful of failures that the gate had to hold back";
  EXPECT_EQ(simulation.watches_compared_, static_cast<std::size_t>(days()));
  std::cout << days() << " days of " << simulation.counted_.size() << " objectives: " << incidents
            << " incidents planted, " << paged << " objectives paged for them, " << pages << " pages in all; in "
            << single << " minutes few failures would have paged without the gate; " << simulation.watches_compared_
            << " watches started over, " << simulation.alerts_compared_ << " firing alerts of theirs compared\n";
}

}  // namespace
}  // namespace bellrock::fleet
