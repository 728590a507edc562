// What the centre bears over ClickHouse: see survive.h.
#include <gtest/gtest.h>

#include "tests/system/fleet/clickhouse_backend.h"
#include "tests/system/fleet/survive.h"
#include "tools/fleet/shop.h"

namespace bellrock::fleet {
namespace {

TEST(Faults, LeaveTheTotalsOfTwoHundredNodesAsTheyWereCountedInClickHouse) {
  const std::string shop = make_shop(2, 2);
  const config::SourceText text{"shop.yaml", shop};
  const auto loaded = config::load_texts({&text, 1});
  for (const auto& one : loaded.diagnostics) ADD_FAILURE() << config::to_line(one);
  ClickHouseBackend backend(BELLROCK_BIN "/bellrock-central", shop);
  survive(backend, loaded);
}

}  // namespace
}  // namespace bellrock::fleet
