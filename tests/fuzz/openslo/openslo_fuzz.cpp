// Any bytes as OpenSLO documents: findings are complete, and what is taken is written as documents that read as the
// same objectives and are written as the same bytes.
#include <cstdint>
#include <string>

#include "control/openslo/openslo.h"
#include "dataplane/base/bytes.h"
#include "dataplane/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bellrock;
  const auto documents = openslo::read("fuzz.yaml", std::string(text(Bytes(data, size))));
  for (const auto& finding : documents.diagnostics) {
    CHECK(!finding.code.empty() && !finding.message.empty() && !finding.fix.empty());
    CHECK(finding.line > 0 && finding.column > 0);
  }
  if (!documents.ok()) return 0;
  const std::string written = openslo::write(documents.slos);
  const auto again = openslo::read("written.yaml", written);
  CHECK(again.ok());
  CHECK(again.slos == documents.slos);
  CHECK(openslo::write(again.slos) == written);
  return 0;
}
