// Every document that a command writes follows the schema that is published for it.
#include <gtest/gtest.h>

#include "control/cli/commands/backlog.h"
#include "control/cli/commands/change.h"
#include "control/cli/commands/effect.h"
#include "control/cli/commands/incident.h"
#include "control/cli/commands/slo.h"
#include "control/cli/commands/slo_gate.h"
#include "control/cli/commands/top.h"
#include "tests/unit/control/cli/schema_folder.h"
#include "tests/unit/control/plane/traffic.h"

namespace bellrock::cli {
namespace {

slo::Composite shop_composite() {
  return {"shop",
          slo::CompositeKind::kAttempt,
          {{"checkout", "success", 1}, {"checkout", "fast", 1}},
          900'000'000,
          false,
          std::nullopt,
          7 * 24 * 3'600};
}

void add_all(const plane::Centre& centre, SchemaFolder& folder) {
  const CentreOptions json{centre.url(), 5, "json"};
  const ChangeMark mark{"deploy", "checkout", "2.0", "kay"};
  folder.add("change_mark", [&](auto& out, auto& err) { run_change_mark(json, mark, out, err); });
  folder.add("change_list", [&](auto& out, auto& err) { run_change_list(json, false, out, err); });
  folder.add("slo_list", [&](auto& out, auto& err) { run_slo_list(json, false, out, err); });
  folder.add("slo_explain", [&](auto& out, auto& err) { run_slo_explain(json, "success", "6h", false, out, err); });
  folder.add("slo_explain_composite",
             [&](auto& out, auto& err) { run_slo_explain(json, "shop", "6h", false, out, err); });
  folder.add("slo_gate",
             [&](auto& out, auto& err) { run_slo_gate(json, "success", std::to_string(centre.now - 600), out, err); });
  folder.add("slo_history", [&](auto& out, auto& err) { run_slo_history(json, "success", "6h", false, out, err); });
  folder.add("journey_effect", [&](auto& out, auto& err) { run_journey_effect(json, "", "6h", false, out, err); });
  folder.add("backlog_rank", [&](auto& out, auto& err) {
    run_backlog_rank(json, {.efforts = {"checkout/success=2.5"}}, false, out, err);
  });
  folder.add("top", [&](auto& out, auto& err) { run_top(json, {}, false, out, err, [](double) { return true; }); });
  folder.add("incident_list", [&](auto& out, auto& err) { run_incident_list(json, false, false, out, err); });
}

TEST(Schemas, HoldForACentreWithoutData) {
  plane::Centre centre;
  centre.catalog.composites = {shop_composite()};
  SchemaFolder folder;
  add_all(centre, folder);
  folder.check(11);
}

TEST(Schemas, HoldInTheMiddleOfAnIncidentAndAfterIt) {
  plane::Centre centre;
  centre.catalog.composites = {shop_composite()};
  ASSERT_EQ(centre.send(plane::shop_frame(1)).status, 200u);
  plane::Traffic traffic(centre);
  traffic.seq = 1;
  for (const bool after : {false, true}) {
    traffic.minutes(60, 500, 1);
    traffic.minutes(12, 0, 500);
    if (after) traffic.minutes(400, 500, 1);
    centre.look();
    SchemaFolder folder;
    add_all(centre, folder);
    const CentreOptions json{centre.url(), 5, "json"};
    folder.add("incident_export", [&](auto& out, auto& err) {
      run_incident_export(json, centre.json("/api/v1/incidents")["incidents"][0]["id"], out, err);
    });
    folder.check(12);
  }
}

}  // namespace
}  // namespace bellrock::cli
