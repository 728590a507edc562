// The compiled configuration as bytes: control/config encodes it, the board carries it, the edge decodes it at start.
// `decode` trusts nothing: counts are compared with base/limits.h before memory is taken, every index is checked
// against the table it points into, match trees have their children behind them. Start-up only, any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"
#include "dataplane/journey/definition.h"

namespace bellrock::journey {

// Changes with every change of the encoding; a snapshot of another format is refused.
inline constexpr std::uint32_t kSnapshotFormat = 12;

std::vector<std::uint8_t> encode(const Definition& definition);

// On failure `detail` is the offset at which the bytes stop making sense, or the index of the bad table entry.
Result<Definition> decode(Bytes snapshot);

// Whether every count is within limits.h and every reference points into its table. `decode` has done this already.
Status<> check(const Definition& definition);

}  // namespace bellrock::journey
