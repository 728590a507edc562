// Policy documents, and where the centre tells of alerts.
#include "control/config/policy.h"

#include "support.h"

namespace bellrock::config {
namespace {

std::string policy_text(const std::string& spec, const std::string& name = "shop") {
  return "apiVersion: bellrock/v1\nkind: Policy\nmetadata: {name: " + name + "}\nspec: " + spec + "\n---\n" +
         journey_text(
             "  objectives: [{name: success, sli: success, count_from: pay, target: 0.992, "
             "bad: [failed.system, abandoned.waiting], exclude: [abandoned, superseded, failed.user]}]\n");
}

std::string central_text(const std::string& alerts) {
  return "apiVersion: bellrock/v1\nkind: Central\nspec: {alerts: " + alerts + "}\n";
}

TEST(PolicyDocument, FillsEverySetting) {
  const Loaded loaded = load_text(policy_text(
      "{objectives: [checkout/success, \"checkout/*\"], window: 30d, failures_min: 5, keep_firing: 7m, recovered: 15m, "
      "alerts: [{severity: page, burned: 0.02, in: 1h, and: 5m}, {severity: ticket, burned: 0.1, in: 3d, and: 6h}], "
      "budget: [{burned: 0.5, then: notify}, {burned: 1, then: freeze}], postmortem: 0.25}"));
  ASSERT_TRUE(loaded.ok()) << lines(loaded);
  ASSERT_EQ(loaded.policies.size(), 1u);
  const Policy& policy = loaded.policies[0];
  EXPECT_EQ(policy.name, "shop");
  EXPECT_EQ(policy.objectives, (std::vector<std::string>{"checkout/success", "checkout/*"}));
  EXPECT_EQ(policy.window, 30 * 24 * kHour);
  EXPECT_EQ(policy.failures_min, 5u);
  EXPECT_EQ(policy.keep_firing, 7 * kMinute);
  EXPECT_EQ(policy.recovered, 15 * kMinute);
  ASSERT_EQ(policy.alerts.size(), 2u);
  EXPECT_TRUE(policy.alerts[0].page);
  EXPECT_EQ(policy.alerts[1].long_window, 3 * 24 * kHour);
  EXPECT_EQ(policy.alerts[1].burned_e9, 100'000'000u);
  ASSERT_EQ(policy.budget.size(), 2u);
  EXPECT_EQ(policy.budget[1].burned_e9, 1'000'000'000u);
  EXPECT_EQ(policy.budget[1].action, PolicyAction::kFreeze);
  EXPECT_EQ(policy.postmortem_e9, 250'000'000u);
  EXPECT_TRUE(names(policy, "checkout", "success"));
  EXPECT_FALSE(names(policy, "search", "success"));
}

TEST(PolicyDocument, RefusesWhatCannotWork) {
  const auto code = [](const std::string& spec) {
    const Loaded loaded = load_text(policy_text(spec));
    for (const auto& one : loaded.diagnostics) {
      if (!one.warning) return one.code;
    }
    return std::string();
  };
  EXPECT_EQ(code("{window: 30d}"), "");
  EXPECT_EQ(code("{window: 90m}"), "BR1107");
  EXPECT_EQ(code("{window: 46d}"), "BR1107");
  EXPECT_EQ(code("{recovered: 90s}"), "BR1107");
  EXPECT_EQ(code("{objectives: [checkout]}"), "BR1207");
  EXPECT_EQ(code("{objectives: [checkout/none]}"), "BR1207");
  EXPECT_EQ(code("{objectives: [search/success]}"), "BR1207");
  EXPECT_EQ(code("{alerts: [{severity: page, burned: 0.02, in: 5m, and: 1h}]}"), "BR1601");
  EXPECT_EQ(code("{window: 1h, alerts: [{severity: page, burned: 0.02, in: 1h, and: 5m}]}"), "BR1601");
  EXPECT_EQ(code("{alerts: [{severity: loud, burned: 0.02, in: 1h, and: 5m}]}"), "BR1108");
  EXPECT_EQ(code("{alerts: [{severity: page, burned: 2, in: 1h, and: 5m}]}"), "BR1110");
  EXPECT_EQ(code("{alerts: [{severity: page, burned: 0.02, in: 1h}]}"), "BR1102");
  EXPECT_EQ(code("{alerts: [{severity: page, burned: 0.5, in: 1h, and: 5m}]}"), "BR1508");  // 336 times 0.8 %
  EXPECT_EQ(code("{budget: [{burned: 0.5, then: panic}]}"), "BR1108");
  EXPECT_EQ(code("{colour: red}"), "BR1101");
}

TEST(PolicyDocument, AnEmptyListSaysThatThereAreNoAlertsOrStepsAndOneThatIsNotGivenLeavesTheUsualOnes) {
  const Loaded loaded = load_text(policy_text("{window: 1h, alerts: [], budget: []}"));
  ASSERT_EQ(lines(loaded), "");
  EXPECT_TRUE(loaded.policies[0].has_alerts);
  EXPECT_TRUE(loaded.policies[0].alerts.empty());
  EXPECT_TRUE(loaded.policies[0].has_budget);
  EXPECT_TRUE(loaded.policies[0].budget.empty());
  const Loaded usual = load_text(policy_text("{window: 7d}"));
  EXPECT_FALSE(usual.policies[0].has_alerts);
  EXPECT_FALSE(usual.policies[0].has_budget);
  EXPECT_TRUE(has_code(load_text(policy_text("{alerts: none}")), "BR1103"));
}

// 2 % in an hour of 28 days is 13.44 times the budget's rate: more than a target of 0.9 has attempts.
TEST(Policy, AnAlertMustBeAbleToFireOnlyForObjectivesThatThePolicyIsFor) {
  const auto policy = [](const char* name, const std::string& objectives, const char* burned) {
    return std::string("apiVersion: bellrock/v1\nkind: Policy\nmetadata: {name: ") + name + "}\nspec: {" + objectives +
           "alerts: [{severity: page, burned: " + burned + ", in: 1h, and: 5m}]}\n---\n";
  };
  const std::string journey = journey_text(
      "  objectives: [{name: low, sli: success, count_from: pay, target: 0.9, "
      "bad: [failed.system, abandoned.waiting], exclude: [abandoned, superseded, failed.user]}, "
      "{name: high, sli: success, count_from: pay, target: 0.992, "
      "bad: [failed.system, abandoned.waiting], exclude: [abandoned, superseded, failed.user]}]\n");
  const std::string low = policy("low", "objectives: [checkout/low], ", "0.01"), usual = policy("usual", "", "0.02");
  for (const auto& text : {low + usual, usual + low}) {
    EXPECT_FALSE(has_code(load_text(text + journey), "BR1508")) << lines(load_text(text + journey));
  }
  const std::string star = policy("star", "objectives: [\"checkout/*\"], ", "0.02");
  for (const auto& text : {low + star, star + low}) EXPECT_FALSE(has_code(load_text(text + journey), "BR1508"));
  EXPECT_NE(lines(load_text(usual + journey)).find("alert 1 can never fire for `checkout/low`"), std::string::npos)
      << lines(load_text(usual + journey));
  EXPECT_EQ(lines(load_text(usual + journey)).find("checkout/high"), std::string::npos);
}

TEST(Policy, TheNearestPolicyIsThatOfAnObjectiveWhateverTheirOrder) {
  std::vector<Policy> policies(3);
  policies[0].objectives = {"checkout/*"};
  policies[2].objectives = {"checkout/success"};
  EXPECT_EQ(policy_of(policies, "checkout", "success"), &policies[2]);
  EXPECT_EQ(policy_of(policies, "checkout", "fast"), &policies[0]);
  EXPECT_EQ(policy_of(policies, "search", "fast"), &policies[1]);
  EXPECT_EQ(policy_of({}, "search", "fast"), nullptr);
}

TEST(Policy, OneWithoutAlertsBecauseItsWindowIsShortIsWarnedOf) {
  EXPECT_TRUE(has_code(load_text(policy_text("{window: 49h}")), "BR1909"));
  EXPECT_FALSE(has_code(load_text(policy_text("{window: 50h}")), "BR1909"));
  EXPECT_FALSE(has_code(load_text(policy_text("{window: 1h, alerts: []}")), "BR1909"));
}

TEST(CentralDocument, CountsThatAreNotKeptForAWindowAreWarnedOf) {
  const auto central = [](const char* retention) {
    return std::string("apiVersion: bellrock/v1\nkind: Central\nspec: {retention: ") + retention + "}\n---\n";
  };
  const auto kept_shorter = [](const std::string& text) { return has_code(load_text(text), "BR1911"); };
  EXPECT_FALSE(kept_shorter(central("30d") + policy_text("{window: 30d}")));
  EXPECT_TRUE(kept_shorter(central("30d") + policy_text("{window: 31d}")));
  EXPECT_TRUE(kept_shorter(central("27d") + policy_text("{failures_min: 5}"))) << "28 days, by default";
  EXPECT_TRUE(kept_shorter(central("2d") + policy_text("{window: 1d}") +
                           "---\napiVersion: bellrock/v1\nkind: Composite\n"
                           "metadata: {name: all}\nspec: {objectives: [checkout/success], target: 0.9, window: 3d}\n"));
  EXPECT_FALSE(kept_shorter(policy_text("{window: 45d}"))) << "a file for others than the centre";
  const std::string journey = policy_text("{}").substr(policy_text("{}").find("---\n") + 4);
  EXPECT_FALSE(kept_shorter(central("28d") + journey));
  EXPECT_TRUE(kept_shorter(central("1h") + journey)) << "what no policy names has 28 days";
}

TEST(CentralDocument, SaysWhoIsToldOfAlerts) {
  const Loaded loaded =
      load_text(central_text("{alertmanager: \"http://127.0.0.1:9093/\", webhooks: [{url: "
                             "\"http://127.0.0.1:9000/hook?x=1\", secret_file: /etc/secret}]}"));
  ASSERT_EQ(lines(loaded), "");
  EXPECT_EQ(loaded.central.alerts.alertmanagers, (std::vector<std::string>{"http://127.0.0.1:9093"}));
  ASSERT_EQ(loaded.central.alerts.webhooks.size(), 1u);
  EXPECT_EQ(loaded.central.alerts.webhooks[0].url, "http://127.0.0.1:9000/hook?x=1");
  EXPECT_EQ(loaded.central.alerts.webhooks[0].secret_file, "/etc/secret");
  EXPECT_TRUE(has_code(load_text(central_text("{alertmanager: ftp://x}")), "BR1604"));
  EXPECT_NE(lines(load_text(central_text("{alertmanager: \"http://x:9093/api/v2\"}"))).find("an Alertmanager"),
            std::string::npos);
  EXPECT_TRUE(has_code(load_text(central_text("{webhooks: [{url: \"http:///x\"}]}")), "BR1604"));
  EXPECT_TRUE(load_text(central_text("{webhooks: [{url: \"https://x/\"}]}")).ok());
  EXPECT_TRUE(has_code(load_text(central_text("{webhooks: [{url: \"https:///x\"}]}")), "BR1604"));
  EXPECT_TRUE(has_code(load_text(central_text("{webhooks: [{secret_file: /x}]}")), "BR1102"));
}

TEST(CentralDocument, SaysWhereTotalsAreSent) {
  const auto text = [](const std::string& exports) {
    return "apiVersion: bellrock/v1\nkind: Central\nspec:\n  exports: " + exports + "\n";
  };
  const Loaded loaded = load_text(
      text("{remote_write: \"http://127.0.0.1:9090/api/v1/write\", otlp: \"http://127.0.0.1:4318/v1/metrics\"}"));
  ASSERT_EQ(lines(loaded), "");
  EXPECT_EQ(loaded.central.exports.remote_write, "http://127.0.0.1:9090/api/v1/write");
  EXPECT_EQ(loaded.central.exports.otlp, "http://127.0.0.1:4318/v1/metrics");
  EXPECT_EQ(load_text(text("{instance: \"east-1\"}")).central.exports.instance, "east-1");
  EXPECT_EQ(loaded.central.exports.buckets_max, std::nullopt);
  EXPECT_EQ(load_text(text("{max_buckets: 160}")).central.exports.buckets_max, 160u);
  EXPECT_FALSE(load_text(text("{max_buckets: 32}")).diagnostics.empty());
  EXPECT_TRUE(has_code(load_text(text("{remote_write: 9090}")), "BR1604"));
  EXPECT_TRUE(load_text(text("{otlp: \"https://collector/\"}")).ok());
  EXPECT_TRUE(has_code(load_text(text("{statsd: \"http://x/\"}")), "BR1101"));
}

}  // namespace
}  // namespace bellrock::config
