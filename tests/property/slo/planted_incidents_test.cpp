// Thirty simulated days of fifty objectives with planted outages and slow burns: each is paged in the minute that the
// rule gives for its counts, worked out here by a slow scan in integers of any size, and nothing else is.
#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <random>

#include "control/slo/alerts.h"

namespace bellrock::slo {
namespace {

using boost::multiprecision::cpp_int;

constexpr std::int64_t kStart = 1'700'000'040 - 1'700'000'040 % kDaySeconds;
constexpr int kMinutes = 30 * 24 * 60;

struct Planted {
  int from = 0, to = 0;  // minutes
  double error = 0;      // share of the attempts that are bad
  double lost = 0;       // share of the attempts whose end is unknown, as when a node's board vanished
};

struct Slo {
  std::uint64_t target_e9 = 0;
  double attempts_per_minute = 0;
  double background = 0;  // share of bad attempts on a quiet day
  std::vector<Planted> planted;
  std::vector<Events> minutes;
};

Policy policy_of(unsigned number) {
  Policy policy;
  policy.period_s = (number % 2 ? 28 : 30) * kDaySeconds;
  policy.pairs = default_pairs(policy.period_s);
  return policy;
}

// By the formula for even traffic: minutes until a pair that pages holds at this share of bad attempts.
int minutes_to_page(const Policy& policy, std::uint64_t target_e9, double error) {
  std::int64_t least = -1;
  for (const auto& pair : policy.pairs) {
    if (pair.severity != Severity::kPage) continue;
    const auto seconds = seconds_to_hold(pair, target_e9, static_cast<std::uint64_t>(error * kOne));
    if (seconds && (least < 0 || *seconds < least)) least = *seconds;
  }
  return static_cast<int>((least + 59) / 60);
}

// Traffic with a day's rhythm, errors at a third of the budget.
Slo make_slo(unsigned number) {
  std::mt19937_64 random(number + 1);
  constexpr std::uint64_t kTargets[] = {950'000'000, 992'000'000, 995'000'000, 999'000'000};
  constexpr double kRates[] = {0.05, 1, 20, 300, 5'000};  // one of them with three attempts an hour
  Slo slo;
  slo.target_e9 = kTargets[number % 4];
  slo.attempts_per_minute = kRates[number / 4 % 5];
  const double allowed = static_cast<double>(kOne - slo.target_e9) / kOne;
  slo.background = allowed / 3;
  if (slo.attempts_per_minute >= 20) {
    // Two of them, days apart; the first ten hours and the days around them are quiet.
    for (int i = 0; i < 2; ++i) {
      Planted one;
      one.from = (5 + 13 * i) * 1'440 + static_cast<int>(random() % 1'440);
      const bool slow = (number + static_cast<unsigned>(i)) % 3 == 0;
      one.error = slow ? std::min(0.9, 10 * allowed) : 0.5 + 0.5 * static_cast<double>(random() % 100) / 100;
      // Long enough to be seen, also at night.
      one.to = one.from + 2 * minutes_to_page(policy_of(number), slo.target_e9, one.error) + 15;
      one.to += static_cast<int>(random() % 120);
      slo.planted.push_back(one);
    }
  }
  // Attempts without a known end are no cause to wake anybody up.
  slo.planted.push_back({25 * 1'440, 25 * 1'440 + 90, slo.background, 0.6});
  for (int minute = 0; minute < kMinutes; ++minute) {
    const double rhythm = 1 + 0.6 * std::sin(2 * M_PI * minute / 1'440);
    const auto n = std::poisson_distribution<std::uint64_t>(slo.attempts_per_minute * rhythm)(random);
    double error = slo.background, lost = 0.001;
    for (const auto& one : slo.planted) {
      if (minute >= one.from && minute < one.to) error = one.error, lost = one.lost + 0.001;
    }
    const auto unknown = std::binomial_distribution<std::uint64_t>(n, lost)(random);
    const auto bad = std::binomial_distribution<std::uint64_t>(n - unknown, error)(random);
    slo.minutes.push_back({n - unknown - bad, bad, unknown, 0});
  }
  return slo;
}

// The rule, read literally: both windows above factor * (1 - target), and in the long one enough failures for the
// lower Wilson bound to be above it too. Windows are added up from their minutes each time.
bool rule_holds(const Slo& slo, int minute, const BurnPair& pair, const LowTrafficGate& gate) {
  const auto sum = [&](std::int64_t seconds) {
    std::pair<std::uint64_t, std::uint64_t> bad_all;
    for (int i = std::max(0, minute - static_cast<int>(seconds / 60)); i < minute; ++i) {
      const Events& one = slo.minutes[static_cast<std::size_t>(i)];
      bad_all.first += static_cast<std::uint64_t>(one.bad);
      bad_all.second += static_cast<std::uint64_t>(one.all());
    }
    return bad_all;
  };
  const auto above = [&](std::uint64_t bad, std::uint64_t all) {
    return cpp_int(bad) * kOne * kOne * pair.long_s >
           cpp_int(all) * pair.share_e9 * pair.period_s * (kOne - slo.target_e9);
  };
  const auto [short_bad, short_all] = sum(pair.short_s);
  if (!above(short_bad, short_all)) return false;
  const auto [bad, all] = sum(pair.long_s);
  if (!above(bad, all) || bad < gate.failures_min) return false;
  const double n = static_cast<double>(all), p = static_cast<double>(bad) / n, z2 = gate.z * gate.z;
  const double low = (p + z2 / (2 * n) - gate.z * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n))) / (1 + z2 / n);
  return low > pair.factor() * static_cast<double>(kOne - slo.target_e9) / kOne;
}

// The first minute at or after `from` at whose end a pair that pages holds.
int rule_pages(const Slo& slo, int from, const Policy& policy) {
  for (int minute = from; minute <= kMinutes; ++minute) {
    for (const auto& pair : policy.pairs) {
      if (pair.severity == Severity::kPage && rule_holds(slo, minute, pair, policy.gate)) return minute;
    }
  }
  return -1;
}

struct Found {
  std::vector<Transition> changes;
  std::vector<Incident> incidents;
};

Found run(const Slo& slo, const Policy& policy) {
  Found all;
  History history;
  Alerts alerts(slo.target_e9, policy);
  for (int minute = 0; minute < kMinutes; ++minute) {
    const std::int64_t now = kStart + 60 * (minute + 1);
    history.add(now - 60, slo.minutes[static_cast<std::size_t>(minute)]);
    for (const auto& change : alerts.tick(now, history, {})) all.changes.push_back(change);
  }
  all.incidents = alerts.incidents();
  return all;
}

int minute_of(std::int64_t unix_s) { return static_cast<int>((unix_s - kStart) / 60); }

// What was planted and goes on in this minute, or has just ended.
const Planted* cause_of(const Slo& slo, int minute) {
  for (const auto& one : slo.planted) {
    if (one.lost == 0 && minute > one.from && minute <= one.to + 1) return &one;
  }
  return nullptr;
}

TEST(PlantedIncidents, EachIsPagedInTheMinuteOfTheRuleAndNothingElseIsInThirtyDaysOfFiftyObjectives) {
  std::size_t planted = 0, tickets = 0;
  int onset_off_max = 0;
  for (unsigned number = 0; number < 50; ++number) {
    const Slo slo = make_slo(number);
    const Policy policy = policy_of(number);
    const Found found = run(slo, policy);
    std::vector<int> pages;
    for (const auto& change : found.changes) {
      if (change.change == Change::kFired && change.severity == Severity::kPage) pages.push_back(minute_of(change.at));
      tickets += change.change == Change::kFired && change.severity == Severity::kTicket;
    }
    for (const auto& one : slo.planted) {
      if (one.lost > 0) continue;
      ++planted;
      const auto page = std::lower_bound(pages.begin(), pages.end(), one.from);
      ASSERT_NE(page, pages.end()) << "objective " << number << " was not paged for minute " << one.from;
      EXPECT_EQ(*page, rule_pages(slo, one.from, policy)) << "objective " << number;
      // With room for the day's rhythm and for chance.
      const int by_formula = minutes_to_page(policy, slo.target_e9, one.error);
      EXPECT_LE(*page - one.from, by_formula * 2 + 15) << "objective " << number;
    }
    // Every page is that of an incident, and every incident has its cause; with few attempts in five minutes an alert
    // may rest and come again before the incident is over, which wakes nobody a second time.
    for (const int page : pages) {
      const bool known = std::any_of(found.incidents.begin(), found.incidents.end(), [&](const Incident& incident) {
        return minute_of(incident.detected) <= page && page <= minute_of(incident.closed);
      });
      EXPECT_TRUE(known) << "objective " << number << " was paged without a cause at " << page;
    }
    for (const auto& incident : found.incidents) {
      const Planted* const cause = cause_of(slo, minute_of(incident.detected));
      ASSERT_TRUE(cause) << "objective " << number << ": an incident without a cause at minute "
                         << minute_of(incident.detected);
      onset_off_max = std::max(onset_off_max, std::abs(minute_of(incident.onset) - cause->from));
      EXPECT_FALSE(incident.open());
      EXPECT_NEAR(minute_of(incident.recovered), cause->to, 20) << "objective " << number;
    }
  }
  EXPECT_EQ(planted, 52u);
  EXPECT_LE(onset_off_max, 20);
  RecordProperty("planted", static_cast<int>(planted));
  RecordProperty("tickets", static_cast<int>(tickets));
}

TEST(PlantedIncidents, AlertsReplayedOverTheSameHistoryAreTheSame) {
  for (unsigned number = 8; number < 50; number += 8) {
    const Slo slo = make_slo(number);
    const Policy policy = policy_of(number);
    const Found live = run(slo, policy);
    // The whole history is there from the first tick on: what comes later must not matter.
    History history;
    for (int minute = 0; minute < kMinutes; ++minute) {
      history.add(kStart + 60 * minute, slo.minutes[static_cast<std::size_t>(minute)]);
    }
    Alerts alerts(slo.target_e9, policy);
    std::vector<Transition> changes;
    for (int minute = 0; minute < kMinutes; ++minute) {
      for (const auto& change : alerts.tick(kStart + 60 * (minute + 1), history, {})) changes.push_back(change);
    }
    EXPECT_EQ(changes, live.changes) << number;
    EXPECT_EQ(alerts.incidents(), live.incidents) << number;
  }
}

}  // namespace
}  // namespace bellrock::slo
