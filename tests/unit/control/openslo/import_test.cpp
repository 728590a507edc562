// What `bellrock slo import` makes of OpenSLO documents is a configuration of ours.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "control/cli/commands/slo_import.h"
#include "control/cli/exit_code.h"
#include "control/config/files.h"
#include "control/openslo/openslo.h"
#include "tests/unit/control/config/support.h"
#include "tests/unit/control/store/frames.h"

namespace bellrock::cli {
namespace {

const std::string kJourney = config::journey_text(
    "  objectives: [{name: success, sli: success, count_from: pay, target: 0.992, "
    "bad: [failed.system, abandoned.waiting], exclude: [abandoned, superseded, failed.user]}]\n");

// The policies beside the journey that they are for.
config::Loaded with_journey(const std::string& policies) { return config::load_text(policies + "---\n" + kJourney); }

TEST(SloImport, MakesPoliciesThatValidate) {
  const store::ScratchFolder folder;
  openslo::Slo slo{"checkout",
                   "success",
                   "pay",
                   992'000'000,
                   true,
                   30 * slo::kDaySeconds,
                   slo::default_pairs(30 * slo::kDaySeconds)};
  std::ofstream(folder.file("slos.yaml")) << openslo::write({&slo, 1});
  std::ostringstream out, err;
  ASSERT_EQ(run_slo_import(folder.file("slos.yaml"), out, err), kDone) << err.str();
  const config::Loaded loaded = with_journey(out.str());
  ASSERT_TRUE(loaded.ok()) << config::lines(loaded) << out.str();
  ASSERT_EQ(loaded.policies.size(), 1u);
  EXPECT_EQ(loaded.policies[0].window, 30 * 24 * kHour);
  ASSERT_EQ(loaded.policies[0].alerts.size(), 4u);
  EXPECT_EQ(loaded.policies[0].alerts[3].burned_e9, 100'000'000u);
}

TEST(SloImport, AWholePolicySurvivesTheWayThroughOpenSlo) {
  const store::ScratchFolder folder;
  openslo::Slo slo{"checkout", "success", "", 992'000'000, true, 30 * slo::kDaySeconds, {}};
  slo.extras = {
      7, 900, 1'800, {{slo::kOne / 4, slo::BudgetAction::kGate}, {slo::kOne, slo::BudgetAction::kFreeze}}, 300'000'000};
  std::ofstream(folder.file("slos.yaml")) << openslo::write({&slo, 1});
  std::ostringstream out, err;
  ASSERT_EQ(run_slo_import(folder.file("slos.yaml"), out, err), kDone) << err.str();
  const config::Loaded loaded = with_journey(out.str());
  ASSERT_TRUE(loaded.ok()) << config::lines(loaded) << out.str();
  ASSERT_EQ(loaded.policies.size(), 1u);
  const config::Policy& policy = loaded.policies[0];
  EXPECT_TRUE(policy.has_alerts) << "who asks for no alerts is not paged by the usual ones";
  EXPECT_TRUE(policy.alerts.empty());
  EXPECT_EQ(policy.failures_min, 7u);
  EXPECT_EQ(policy.keep_firing, 15 * kMinute);
  EXPECT_EQ(policy.recovered, 30 * kMinute);
  ASSERT_EQ(policy.budget.size(), 2u);
  EXPECT_EQ(policy.budget[0].burned_e9, 250'000'000u);
  EXPECT_EQ(policy.budget[0].action, config::PolicyAction::kGate);
  EXPECT_EQ(policy.budget[1].burned_e9, 1'000'000'000u);
  EXPECT_EQ(policy.postmortem_e9, 300'000'000u);
}

TEST(SloImport, ABudgetWithoutStepsStaysOne) {
  const store::ScratchFolder folder;
  openslo::Slo slo{"checkout", "success", "", 992'000'000, true, 28 * slo::kDaySeconds, {}};
  slo.extras.steps.clear();
  std::ofstream(folder.file("slos.yaml")) << openslo::write({&slo, 1});
  std::ostringstream out, err;
  ASSERT_EQ(run_slo_import(folder.file("slos.yaml"), out, err), kDone) << err.str();
  const config::Loaded loaded = with_journey(out.str());
  ASSERT_TRUE(loaded.ok()) << config::lines(loaded) << out.str();
  EXPECT_TRUE(loaded.policies[0].has_budget);
  EXPECT_TRUE(loaded.policies[0].budget.empty());
}

TEST(SloImport, PoliciesHaveNamesOfTheirOwnWhereJourneysAndObjectivesReadAlikeOrAreLong) {
  const store::ScratchFolder folder;
  const std::string name(63, 'x');
  std::vector<openslo::Slo> slos;
  for (const auto& [journey, objective] :
       {std::pair("a", "b-c"), std::pair("a-b", "c"), std::pair("a_b", "c"), std::pair(name.c_str(), name.c_str())}) {
    slos.push_back({journey, objective, "", 992'000'000, false, 28 * slo::kDaySeconds, {}});
  }
  std::ofstream(folder.file("slos.yaml")) << openslo::write(slos);
  std::ostringstream out, err;
  ASSERT_EQ(run_slo_import(folder.file("slos.yaml"), out, err), kDone) << err.str();
  const config::Loaded loaded = config::load_text(out.str());
  for (const char* const code : {"BR1109", "BR1202"}) {
    EXPECT_FALSE(config::has_code(loaded, code)) << config::lines(loaded) << out.str();
  }
}

// An SLO of `target` for what with_journey() has at 0.992, in a file of its own.
std::string slo_file(const store::ScratchFolder& folder, std::uint64_t target_e9) {
  const openslo::Slo slo{"checkout", "success", "", target_e9, false, 28 * slo::kDaySeconds, {}};
  std::ofstream(folder.file("slos.yaml")) << openslo::write({&slo, 1});
  return folder.file("slos.yaml");
}

TEST(SloImport, ATargetThatIsNotTakenOverIsWarnedOfAtItsPlace) {
  const store::ScratchFolder folder;
  const std::string file = slo_file(folder, 999'000'000);
  std::ostringstream out, err;
  EXPECT_EQ(run_slo_import(file, out, err), kDone);
  for (const char* const part : {"slos.yaml:38:16: warning BR1912 [spec.objectives[0].target]: the target 0.999 is not "
                                 "taken over: the one that counts is that of `checkout/success`",
                                 "fix: write `target: 0.999` there"}) {
    EXPECT_NE(err.str().find(part), std::string::npos) << part << '\n' << err.str();
  }
  EXPECT_EQ(std::count(err.view().begin(), err.view().end(), '\n'), 1) << "one line for each";
  EXPECT_NE(out.str().find("kind: Policy"), std::string::npos);
}

TEST(SloImport, WithTheJourneysOnlyATargetThatTheyDoNotHaveIsWarnedOf) {
  const store::ScratchFolder folder;
  const std::string journeys = folder.file("journeys.yaml");
  std::ofstream(journeys) << kJourney;
  std::ostringstream out, err;
  EXPECT_EQ(run_slo_import(slo_file(folder, 992'000'000), out, err, {journeys}), kDone);
  EXPECT_EQ(err.str(), "");
  EXPECT_EQ(run_slo_import(slo_file(folder, 999'000'000), out, err, {journeys}), kDone);
  for (const char* const part :
       {"BR1912", "the target 0.999 is not taken over: `checkout/success` has 0.992 in the configuration",
        "fix: write `target: 0.999` there, or 0.992 here"}) {
    EXPECT_NE(err.str().find(part), std::string::npos) << part << '\n' << err.str();
  }
  EXPECT_EQ(run_slo_import(slo_file(folder, 992'000'000), out, err, {folder.file("none.yaml")}), kInvalidConfiguration);
  EXPECT_NE(err.str().find("BR1001"), std::string::npos) << err.str();
}

TEST(SloImport, SaysWhatItCannotRead) {
  const store::ScratchFolder folder;
  std::ofstream(folder.file("bad.yaml")) << "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: x}\nspec: {}\n";
  std::ostringstream out, err;
  EXPECT_EQ(run_slo_import(folder.file("bad.yaml"), out, err), kInvalidConfiguration);
  EXPECT_NE(err.str().find("bad.yaml:4"), std::string::npos) << err.str();
  EXPECT_EQ(out.str(), "");
  EXPECT_EQ(run_slo_import(folder.file("none.yaml"), out, err), kUnusable);
}

TEST(SloImport, ADirectoryIsSaidToBeOne) {
  const store::ScratchFolder folder;
  std::ostringstream out, err;
  EXPECT_EQ(run_slo_import(folder.file(""), out, err), kUnusable);
  EXPECT_NE(err.str().find("it is a directory"), std::string::npos) << err.str();
}

TEST(SloImport, ADocumentForEachOfAThousandObjectivesIsRead) {
  const store::ScratchFolder folder;
  std::vector<openslo::Slo> slos;
  for (int i = 0; i < 1'000; ++i) {
    slos.push_back({"journey-" + std::to_string(i / 10), "objective-" + std::to_string(i % 10), "", 992'000'000, false,
                    28 * slo::kDaySeconds, slo::default_pairs(28 * slo::kDaySeconds)});
  }
  const std::string text = openslo::write(slos);
  ASSERT_GT(text.size(), 2 * config::kFileBytesMax);
  std::ofstream(folder.file("slos.yaml")) << text;
  std::ostringstream out, err;
  ASSERT_EQ(run_slo_import(folder.file("slos.yaml"), out, err), kDone) << err.str();
  EXPECT_LT(out.str().size(), config::kFileBytesMax) << "a configuration that can be read";
  slos.push_back(slos[0]);
  slos.back().journey = "one-more";
  std::ofstream(folder.file("slos.yaml")) << openslo::write(slos);
  EXPECT_EQ(run_slo_import(folder.file("slos.yaml"), out, err), kInvalidConfiguration);
  EXPECT_NE(err.str().find("BR1201"), std::string::npos) << err.str();
}

TEST(SloImport, AFileLargerThanDocumentsCanBeIsRefused) {
  const store::ScratchFolder folder;
  std::ofstream(folder.file("large.yaml")) << std::string(2 * openslo::kDocumentsBytesMax, ' ');
  std::ostringstream out, err;
  EXPECT_EQ(run_slo_import(folder.file("large.yaml"), out, err), kInvalidConfiguration);
  EXPECT_NE(err.str().find("BR1004"), std::string::npos) << err.str();
}

}  // namespace
}  // namespace bellrock::cli
