// Any bytes as a delta frame: what decodes must encode to a frame that decodes to the same, byte for byte.
// The first byte chooses: 0, the rest is taken as it is; else the rest is a Protobuf message that is compressed first,
// since a mutated zstd frame seldom gets past its checksum.
#include <zstd.h>

#include <cstdint>
#include <vector>

#include "control/flow/histogram.h"
#include "control/proto/frame_codec.h"
#include "dataplane/base/check.h"

using namespace bellrock;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Bytes input(data + 1, size - 1);
  std::vector<std::uint8_t> squeezed;
  if (data[0] != 0) {
    squeezed.resize(ZSTD_compressBound(input.size()));
    squeezed.resize(ZSTD_compress(squeezed.data(), squeezed.size(), input.data(), input.size(), 1));
    input = squeezed;
  }
  const auto decoded = proto::decode(input);
  if (!decoded.ok()) return 0;
  const auto bytes = proto::encode(decoded->frame);
  const auto again = proto::decode(bytes);
  CHECK(again.ok());
  CHECK(again->frame.windows == decoded->frame.windows);
  CHECK(proto::encode(again->frame) == bytes);
  std::uint64_t recorded = 0;
  for (const auto& [start, series] : decoded->frame.windows) {
    for (const auto& [key, histogram] : series) {
      recorded += histogram.n;
      const auto sum = control::measured(histogram);
      CHECK(sum == 0 || sum == histogram.n);
    }
  }
  CHECK(recorded == decoded->frame.recorded);
  // What is left out is of a newer schema, and bounded together with the rest.
  CHECK(decoded->schema > proto::kSchema || decoded->unknown_series == 0);
  CHECK(decoded->unknown_series != 0 || decoded->unknown_recorded == 0);
  CHECK(decoded->unknown_series <= proto::kSeriesMax);
  CHECK(decoded->unknown_recorded <= proto::kRecordedMax - recorded);
  CHECK(again->unknown_series == 0);
  return 0;
}
