// Every document that an offline command writes follows the schema that is published for it.
#include <gtest/gtest.h>

#include <sstream>

#include "control/cli/commands/discover.h"
#include "control/cli/commands/journey.h"
#include "control/cli/commands/lint.h"
#include "control/cli/commands/plan.h"
#include "tests/unit/control/cli/schema_folder.h"

namespace bellrock::cli {
namespace {

TEST(OfflineSchemas, HoldForTheShop) {
  const std::string config = BELLROCK_SOURCE "/config";
  SchemaFolder folder;
  folder.add("plan", [&](auto& out, auto& err) { run_plan({{config}, 1'000, "json"}, false, out, err); });
  folder.add("lint", [&](auto& out, auto& err) { run_lint({.files = {config}, .output = "json"}, out, err); });
  folder.add("journey_test",
             [&](auto& out, auto& err) { run_journey_test({.files = {config}, .output = "json"}, false, out, err); });
  folder.add("journey_discover", [&](auto& out, auto& err) {
    run_discover({.pcap = BELLROCK_TEST_DATA "/shop.pcap", .output = "json"}, false, out, err);
  });
  folder.check(4);
}

TEST(OfflineSchemas, HoldWhereThereIsMuchToSay) {
  const std::string broken = BELLROCK_TEST_DATA "/broken-config/test-event.yaml";
  const std::string failing = BELLROCK_TEST_DATA "/definition-tests/failing.yaml";
  SchemaFolder folder;
  folder.add("plan", [&](auto& out, auto& err) { run_plan({{failing}, {}, "json"}, false, out, err); });
  folder.add("lint", [&](auto& out, auto& err) { run_lint({.files = {broken}, .output = "json"}, out, err); });
  folder.add("journey_test",
             [&](auto& out, auto& err) { run_journey_test({.files = {failing}, .output = "json"}, false, out, err); });
  folder.check(3);
}

}  // namespace
}  // namespace bellrock::cli
