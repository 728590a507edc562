// What /metrics says of objectives, against the rules that a Prometheus would record itself.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

#include "control/plane/policy_json.h"
#include "control/plane/status.h"
#include "tests/support/in_the_end.h"
#include "tests/unit/control/plane/receiver.h"
#include "tests/unit/control/plane/traffic.h"

namespace bellrock::plane {
namespace {

// A centre of the shop whose first objective alerts on one pair of long windows, and whose second one has no target.
struct Measured {
  Measured() : catalog(make_catalog(shop())) {
    slo::Policy& policy = catalog.journeys[0].policies[0];
    policy.pairs = {
        {slo::Severity::kTicket, 2 * slo::kHourSeconds, slo::kHourSeconds, slo::kOne / 10, policy.period_s}};
    catalog.journeys[0].objectives[1].target_e9 = 0;
  }

  std::string page() {
    Watch watch(*centre.store, catalog);
    EXPECT_TRUE(watch.run(centre.now).ok());
    const auto snapshot = centre.store->snapshot();
    const auto text = metrics_text(**snapshot, catalog, centre.intake, centre.now, watch.state().get());
    EXPECT_TRUE(text.ok());
    return *text;
  }

  Centre centre;
  Catalog catalog;
};

// The names of samples that begin with `slo:`, which have one objective here.
std::set<std::string> measured_names(const std::string& page) {
  std::set<std::string> names;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("slo:")) names.insert(line.substr(0, line.find('{')));
  }
  return names;
}

std::set<std::string> recorded_names(const std::string& rules) {
  const std::string before = "- record: '";
  std::set<std::string> names;
  for (std::size_t at = rules.find(before); at != std::string::npos; at = rules.find(before, at + 1)) {
    const std::string name =
        rules.substr(at + before.size(), rules.find('\'', at + before.size()) - at - before.size());
    if (name.starts_with("slo:")) names.insert(name);
  }
  return names;
}

TEST(Metrics, HaveTheNamesThatTheRulesRecordWhateverWindowsThePolicyHas) {
  Measured measured;
  Traffic(measured.centre).minutes(120, 490, 10);
  const std::string page = measured.page(), rules = rules_text(measured.catalog);
  EXPECT_EQ(measured_names(page), recorded_names(rules));
  EXPECT_TRUE(measured_names(page).contains("slo:sli_error:ratio_rate5m")) << page;
  const std::string present =
      R"(slo:sli_error:ratio_rate5m{sloth_id="checkout-success",sloth_service="checkout",sloth_slo="success",sloth_window="5m"} 0.02)";
  EXPECT_NE(page.find(present), std::string::npos) << page;
}

TEST(Metrics, TwoGaugesOfTheBudgetSayOfWhichAttemptsItIs) {
  Measured measured;
  Traffic(measured.centre).minutes(120, 490, 10);
  const std::string page = measured.page();
  std::map<std::string, std::string> names;  // by what is said of them
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hash, help, name, text;
    words >> hash >> help >> name;
    if (hash != "#" || help != "HELP" || !std::getline(words, text)) continue;
    if (text.find("error budget that is left") == std::string::npos) continue;
    EXPECT_TRUE(names.emplace(text, name).second) << name << " and " << names[text] << text;
  }
  ASSERT_EQ(names.size(), 2u);
  for (const auto& [text, name] : names) {
    const bool ours = name == "bellrock_slo_error_budget_left_ratio";
    EXPECT_NE(text.find(ours ? "attempts whose end is known" : "all attempts, unknown ones too"), std::string::npos)
        << name << text;
  }
}

TEST(Metrics, CountWhatBecameOfMessagesToThoseWhoAreToldAndStatusSaysWhoTakesNone) {
  Receiver hook;
  hook.answer({200, 400});
  Outbox outbox(fast());
  Centre centre;
  EXPECT_EQ(centre.get("/metrics").body.find("bellrock_central_messages"), std::string::npos);
  centre.api.watch_outbox(outbox);
  outbox.put({hook.url(), "{}", {}, ""});
  ASSERT_TRUE(in_the_end([&] { return outbox.counts().sent == 1; }));
  EXPECT_TRUE(centre.json("/api/v1/status")["problems"].empty());
  outbox.put({hook.url(), "{}", {}, ""});
  ASSERT_TRUE(in_the_end([&] { return outbox.counts().refused == 1; }));
  const std::string page = centre.get("/metrics").body;
  for (const char* const sample : {"{result=\"taken\"} 1\n", "{result=\"refused\"} 1\n", "{result=\"dropped\"} 0\n"}) {
    EXPECT_NE(page.find(std::string("bellrock_central_messages_total") + sample), std::string::npos) << sample;
  }
  EXPECT_EQ(centre.json("/api/v1/status")["problems"].size(), 1u);
}

TEST(Metrics, AnObjectiveWithoutTargetHasNeitherATargetNorABudget) {
  Measured measured;
  Traffic(measured.centre).minutes(120, 490, 10);
  const std::string page = measured.page();
  EXPECT_EQ(page.find("sloth_slo=\"fast\""), std::string::npos);
  for (const char* const name : {"bellrock_slo_target_ratio", "bellrock_slo_error_budget_left_ratio"}) {
    const std::string sample = std::string(name) + R"({journey="checkout",objective=")";
    EXPECT_NE(page.find(sample + "success"), std::string::npos) << name;
    EXPECT_EQ(page.find(sample + "fast"), std::string::npos) << name;
  }
  EXPECT_NE(page.find(R"(bellrock_slo_events_total{journey="checkout",objective="fast")"), std::string::npos);
}

}  // namespace
}  // namespace bellrock::plane
