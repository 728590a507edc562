// Gates, changes and incidents against a whole centre.
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <sstream>
#include <vector>

#include "control/cli/commands/change.h"
#include "control/cli/commands/incident.h"
#include "control/cli/commands/slo.h"
#include "control/cli/commands/slo_gate.h"
#include "control/cli/commands/slo_time.h"
#include "control/cli/exit_code.h"
#include "tests/unit/control/plane/traffic.h"

namespace bellrock::cli {
namespace {

struct Ran {
  int exit_code;
  std::string out, err;
};

template <typename Command>
Ran run(Command&& command) {
  std::ostringstream out, err;
  const int code = command(out, err);
  return {code, out.str(), err.str()};
}

CentreOptions at(const plane::Centre& centre, const char* output = "table") { return {centre.url(), 5, output}; }

Ran gate(const plane::Centre& centre, const std::optional<std::string>& since = {}, const char* output = "table") {
  return run([&](auto& out, auto& err) { return run_slo_gate(at(centre, output), "success", since, out, err); });
}

TEST(SloGate, EndsWithACodeThatAPipelineCanGoBy) {
  plane::Centre centre;
  plane::Traffic traffic(centre);
  EXPECT_EQ(gate(centre).exit_code, kInconclusive);
  traffic.minutes(90, 500, 1);
  centre.look();
  const Ran pass = gate(centre);
  EXPECT_EQ(pass.exit_code, kDone) << pass.err;
  EXPECT_NE(pass.out.find("pass  checkout/success"), std::string::npos) << pass.out;
  const std::string since = utc_text(traffic.at);
  traffic.minutes(20, 0, 500);
  centre.look();
  const Ran fail = gate(centre, since);
  EXPECT_EQ(fail.exit_code, kDifferent);
  for (const char* part :
       {"fail", "freeze", "an alert is firing: page", "before 60 of 30,060 bad, after 10,000 of 10,000 bad"}) {
    EXPECT_NE(fail.out.find(part), std::string::npos) << part << "\n" << fail.out;
  }
  EXPECT_EQ(Json::parse(gate(centre, since, "json").out).at("verdict"), "fail");
  EXPECT_EQ(gate(centre, "yesterday").exit_code, kUsage);
}

TEST(SloGate, AnEmptyTimeOfAChangeIsRefusedAndNotTakenForNone) {
  plane::Centre centre;
  plane::Traffic traffic(centre);
  traffic.minutes(90, 500, 1);
  centre.look();
  ASSERT_EQ(gate(centre).exit_code, kDone);
  for (const char* const since : {"", "0", "000", " ", "2026-02-31T12:30:00Z", "1970-01-01T00:00:00Z"}) {
    const Ran refused = gate(centre, since);
    EXPECT_EQ(refused.exit_code, kUsage) << since;
    EXPECT_EQ(refused.out, "");
    EXPECT_NE(refused.err.find("--since takes Unix seconds above 0 or a UTC time such as 2026-05-01T12:30:00Z"),
              std::string::npos)
        << refused.err;
  }
}

TEST(SloGate, AnEmptyTimeOnTheCommandLineIsNotLeftOut) {
  const auto parsed = [](std::vector<std::string> arguments) {
    CLI::App app;
    int exit_code = -1;
    add_slo_gate(*app.add_subcommand("slo"), exit_code);
    add_change(app, exit_code);
    std::reverse(arguments.begin(), arguments.end());
    app.parse(arguments);
    return exit_code;
  };
  const std::string nobody = "http://127.0.0.1:1";
  EXPECT_EQ(parsed({"slo", "gate", "x", "--centre", nobody}), kUnreachable);
  EXPECT_EQ(parsed({"slo", "gate", "x", "--centre", nobody, "--since", ""}), kUsage);
  EXPECT_EQ(parsed({"change", "mark", "x", "--centre", nobody}), kUnreachable);
  EXPECT_EQ(parsed({"change", "mark", "x", "--centre", nobody, "--at", ""}), kUsage);
}

TEST(SloHistory, ShowsWhatEachSliceTookOfTheBudget) {
  plane::Centre centre;
  plane::Traffic traffic(centre);
  traffic.minutes(10, 496, 4);
  const auto history = [&](const char* output) {
    return run([&](auto& out, auto& err) {
      return run_slo_history(at(centre, output), "checkout/success", "6h", false, out, err);
    });
  };
  EXPECT_NE(history("table").out.find("OF THE BUDGET"), std::string::npos);
  EXPECT_NE(history("table").out.find("50.000 %"), std::string::npos) << history("table").out;
  std::istringstream lines(history("jsonl").out);
  int n = 0;
  for (std::string line; std::getline(lines, line); ++n) EXPECT_TRUE(Json::parse(line).contains("burned"));
  EXPECT_EQ(n, 2);
}

TEST(SloExplain, ShowsWhatFiresAndHowSoonItWould) {
  plane::Centre centre;
  plane::Traffic traffic(centre);
  traffic.minutes(90, 500, 1);
  traffic.minutes(10, 0, 500);
  centre.look();
  const Ran ran =
      run([&](auto& out, auto& err) { return run_slo_explain(at(centre), "success", "6h", false, out, err); });
  EXPECT_NE(ran.out.find("missed, page"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("1h + 5m"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("firing"), std::string::npos) << ran.out;
}

TEST(ChangeMark, IsListedWithItsVerdict) {
  plane::Centre centre;
  plane::Traffic traffic(centre);
  traffic.minutes(90, 500, 1);
  const ChangeMark mark{"deploy", "checkout", "2.0", "kay", std::to_string(traffic.at)};
  const Ran marked = run([&](auto& out, auto& err) { return run_change_mark(at(centre), mark, out, err); });
  EXPECT_EQ(marked.exit_code, kDone) << marked.err;
  EXPECT_EQ(marked.out, "marked as change 1\n");
  traffic.minutes(30, 480, 20);
  const Ran list = run([&](auto& out, auto& err) { return run_change_list(at(centre), false, out, err); });
  EXPECT_NE(list.out.find("60 of 30,060  600 of 15,000  bad"), std::string::npos) << list.out;
  EXPECT_EQ(run([&](auto& out, auto& err) {
              return run_change_mark(at(centre), {"x", "none", "", ""}, out, err);
            }).exit_code,
            kUsage);
  EXPECT_EQ(run([&](auto& out, auto& err) {
              return run_change_mark(at(centre), {"x", "", "", "", "noon"}, out, err);
            }).exit_code,
            kUsage);
}

TEST(ChangeMark, ATimeThatIsEmptyOrDoesNotExistMarksNothing) {
  plane::Centre centre;
  for (const char* const when : {"", "0", "2026-02-31T12:30:00Z"}) {
    const Ran refused = run([&](auto& out, auto& err) {
      return run_change_mark(at(centre), {"x", "", "", "", when}, out, err);
    });
    EXPECT_EQ(refused.exit_code, kUsage) << when;
    EXPECT_NE(refused.err.find("--at takes Unix seconds above 0"), std::string::npos) << refused.err;
  }
  EXPECT_TRUE(centre.json("/api/v1/changes")["changes"].empty());
}

TEST(Incident, IsListedAndExportedAsADocument) {
  plane::Centre centre;
  plane::Traffic traffic(centre);
  traffic.minutes(120, 500, 1);
  const ChangeMark mark{"deploy | <b> of @kay, see https://www.example.com", "", "2.0", "",
                        std::to_string(traffic.at - 60)};
  ASSERT_EQ(run([&](auto& out, auto& err) { return run_change_mark(at(centre), mark, out, err); }).exit_code, kDone);
  traffic.minutes(12, 0, 500);
  traffic.minutes(400, 500, 1);
  centre.look();
  const Ran list = run([&](auto& out, auto& err) { return run_incident_list(at(centre), false, false, out, err); });
  EXPECT_NE(list.out.find("checkout/success  page      closed"), std::string::npos) << list.out;
  EXPECT_NE(list.out.find("12 min"), std::string::npos) << list.out;
  const auto id = Json::parse(run([&](auto& out, auto& err) {
                                return run_incident_list(at(centre, "json"), false, false, out, err);
                              }).out)
                      .at("incidents")
                      .at(0)
                      .at("id")
                      .get<std::uint64_t>();
  const Ran document = run([&](auto& out, auto& err) { return run_incident_export(at(centre), id, out, err); });
  for (const char* part :
       {"# Incident", "## Timeline", "change: deploy \\| \\<b\\> of @<!-- -->kay, see https:\\//www\\.example.com 2.0",
        "first alert", "6,000 bad attempts", "asks for a postmortem", "| phone | 6,000 |",
        "## What visitors had of it"}) {
    EXPECT_NE(document.out.find(part), std::string::npos) << part << "\n" << document.out;
  }
  EXPECT_EQ(run([&](auto& out, auto& err) { return run_incident_export(at(centre), 999, out, err); }).exit_code,
            kUsage);
  EXPECT_EQ(run([&](auto& out, auto& err) { return run_incident_list(at(centre), true, false, out, err); }).out, "");
}

TEST(Incident, OneThatLateCountsTookBackIsListedAndExportedAsWithdrawn) {
  plane::Centre centre;
  plane::Traffic traffic(centre);
  traffic.minutes(120, 500, 1);
  traffic.minutes(12, 0, 500);
  centre.look();
  traffic.at -= 12 * 60;
  traffic.minutes(12, 5'000'000, 0);
  centre.look();
  const Ran list = run([&](auto& out, auto& err) { return run_incident_list(at(centre), false, false, out, err); });
  EXPECT_NE(list.out.find("checkout/success  page      withdrawn"), std::string::npos) << list.out;
  const auto id = centre.json("/api/v1/incidents")["incidents"][0]["id"].get<std::uint64_t>();
  const Ran document = run([&](auto& out, auto& err) { return run_incident_export(at(centre), id, out, err); });
  EXPECT_NE(document.out.find("Severity page, withdrawn"), std::string::npos) << document.out;
  EXPECT_NE(document.out.find("Counts that came late say that it never was"), std::string::npos) << document.out;
  EXPECT_EQ(document.out.find("asks for a postmortem"), std::string::npos) << document.out;
}

TEST(Incident, ExportSaysWhatCorrectionsTakeOut) {
  plane::Centre centre;
  plane::Traffic traffic(centre);
  traffic.minutes(120, 500, 1);
  const std::int64_t began = traffic.at;
  traffic.minutes(12, 0, 500);
  centre.look();
  ASSERT_EQ(centre
                .post_json("/api/v1/corrections",
                           {{"from_unix_s", began}, {"to_unix_s", began + 480}, {"who", "kay"}, {"why", "load | test"}})
                .status,
            201u);
  const auto id = centre.json("/api/v1/incidents")["incidents"][0]["id"].get<std::uint64_t>();
  const Ran document = run([&](auto& out, auto& err) { return run_incident_export(at(centre), id, out, err); });
  for (const char* part : {"2,000 bad attempts", "without them 6,000 attempts were bad", "| kay | load \\| test |"}) {
    EXPECT_NE(document.out.find(part), std::string::npos) << part << "\n" << document.out;
  }
}

TEST(Times, AreSecondsOrUniversalTimeAndNothingElse) {
  EXPECT_EQ(parse_time("1764126000"), 1'764'126'000);
  EXPECT_EQ(parse_time("2025-11-26T03:00:00Z"), 1'764'126'000);
  EXPECT_EQ(utc_text(1'764'126'000), "2025-11-26T03:00:00Z");
  for (const char* text : {"", "noon", "2025-11-26", "2025-11-26T03:00:00", "2025-11-26T03:00:00Zx", "-5", "1e9"}) {
    EXPECT_FALSE(parse_time(text).has_value()) << text;
  }
}

TEST(Times, OnADayThatTheMonthDoesNotHaveAreRefused) {
  for (const char* text : {"2026-02-31T12:30:00Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
                           "2026-04-31T00:00:00Z", "2026-00-10T00:00:00Z", "2026-13-01T00:00:00Z",
                           "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z"}) {
    EXPECT_FALSE(parse_time(text).has_value()) << text;
  }
  for (const char* text : {"2024-02-29T00:00:00Z", "2000-02-29T23:59:59Z", "2026-12-31T23:59:59Z"}) {
    const auto at = parse_time(text);
    ASSERT_TRUE(at.has_value()) << text;
    EXPECT_EQ(utc_text(*at), text);
  }
}

}  // namespace
}  // namespace bellrock::cli
