// Any bytes as a configuration file: findings are complete, and what is accepted is a definition that the edge accepts.
#include <cstdint>
#include <string>
#include <vector>

#include "control/config/loader.h"
#include "dataplane/base/bytes.h"
#include "dataplane/base/check.h"
#include "dataplane/journey/snapshot.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bellrock;
  const std::vector<config::SourceText> sources{{"fuzz.yaml", std::string(text(Bytes(data, size)))}};
  const config::Loaded loaded = config::load_texts(sources);
  for (const config::Diagnostic& finding : loaded.diagnostics) {
    CHECK(!finding.code.empty() && !finding.message.empty() && !finding.fix.empty());
    CHECK(finding.line > 0 && finding.column > 0);
  }
  if (!loaded.ok()) return 0;
  const std::vector<std::uint8_t> snapshot = journey::encode(loaded.definition);
  const auto decoded = journey::decode(snapshot);
  CHECK(decoded.ok());
  CHECK(journey::encode(*decoded) == snapshot);
  CHECK(config::content_hash(*decoded) == config::content_hash(loaded.definition));
  return 0;
}
