// Cell keys and counter ids → names, by the compiled definition. Pure; refuses keys that point outside it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "control/flow/delta_frame.h"
#include "dataplane/base/counters.h"
#include "dataplane/journey/definition.h"

namespace bellrock::harvest {

// What a dimension's value 0 is called.
inline constexpr const char* kOther = "__other__";

class SeriesNames {
 public:
  explicit SeriesNames(const journey::Definition& definition) : definition_(definition) {}
  // `sessions`: of the core whose cell it is, where values of open-ended dimensions have their texts.
  [[nodiscard]] std::optional<control::SeriesKey> series(const CellKey& key,
                                                         std::span<const std::byte> sessions = {}) const;
  // packets, drops.<reason>, stream.<x>, http_error.<x>, beacon_reject.<x>, event.<x>, method.<x>, dialect.<x>,
  // beacon_type.<x>, status.<n>, template.<text>; empty for ids without a meaning.
  [[nodiscard]] std::string counter(CounterId id) const;

 private:
  const journey::Definition& definition_;
};

}  // namespace bellrock::harvest
