// `bellrock lint --from`: what a centre has counted, asked of a centre.
#include <gtest/gtest.h>

#include <sstream>

#include "control/cli/commands/lint.h"
#include "control/cli/exit_code.h"
#include "control/cli/lint/rules.h"
#include "tests/unit/control/cli/scratch_files.h"
#include "tests/unit/control/plane/centre.h"

namespace bellrock::cli {
namespace {

// The centre's checkout as its owners would have it watched: they hope for the page a second after the payment.
const char* const kWatched = R"(apiVersion: bellrock/v1
kind: Identity
metadata: {name: web}
spec: {keys: [{cookie: sid}]}
---
apiVersion: bellrock/v1
kind: Journey
metadata: {name: checkout}
spec:
  identity: web
  steps:
    - {name: open, kind: start, match: {http: {at: request, method: GET, path: /checkout}}}
    - {name: pay, kind: ack, match: {http: {at: response, method: POST, path: /pay, status: 2xx}}}
    - {name: paid, kind: success, match: {http: {at: response, path: /thanks, status: 2xx}}}
  silent_failure: {after: pay, expect: paid, within: 1s}
  objectives:
    - {name: fast, sli: latency, from: pay, to: paid, clock: {both_http: edge}, op: lte, value: 1s, target: 0.95}
)";

TEST(LintFrom, FindsAWindowThatSuccessesDoNotKeep) {
  plane::Centre centre;
  const ScratchFiles scratch;
  const LintOptions options{
      .files = {scratch.write("checkout.yaml", kWatched)}, .from = centre.url(), .output = "json"};
  for (std::uint64_t seq = 1; seq <= 13; ++seq) {
    std::ostringstream out, err;
    const int exit_code = run_lint(options, out, err);
    const bool enough = 90 * (seq - 1) >= kObservedAttemptsMin;
    EXPECT_EQ(exit_code, enough ? kDifferent : kDone) << seq << out.str() << err.str();
    EXPECT_EQ(out.str().find("BR2003") != std::string::npos, enough);
    const auto window = store::kStart + static_cast<std::int64_t>(seq) * 10;
    ASSERT_EQ(centre.send(plane::shop_frame(seq, window)).status, 200u);
  }
}

}  // namespace
}  // namespace bellrock::cli
