#include "control/proto/unknown_fields.h"

#include "bellrock/v1/frame.pb.h"

namespace bellrock::proto {

std::uint64_t count_unknown(const v1::DeltaFrame& message) {
  const auto of = [](const auto& one) {
    return static_cast<std::uint64_t>(one.GetReflection()->GetUnknownFields(one).field_count());
  };
  std::uint64_t sum = of(message) + of(message.edge()) + of(message.clock());
  for (const auto& one : message.lost()) sum += of(one);
  for (const auto& one : message.open()) sum += of(one);
  for (const auto& one : message.board_lost()) sum += of(one);
  for (const auto& one : message.counters()) sum += of(one);
  for (const auto& window : message.windows()) {
    sum += of(window);
    for (const auto& one : window.series()) sum += of(one);
  }
  return sum;
}

}  // namespace bellrock::proto
