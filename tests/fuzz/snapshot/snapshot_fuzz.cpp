// Any bytes as a snapshot on the board: refused, or a definition that passes its check and encodes to the same bytes.
#include <cstdint>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/journey/snapshot.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bellrock;
  const auto decoded = journey::decode(Bytes(data, size));
  if (!decoded.ok()) return 0;
  CHECK(journey::check(*decoded).ok());
  CHECK(journey::encode(*decoded) == std::vector<std::uint8_t>(data, data + size));
  return 0;
}
