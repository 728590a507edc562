#include "tools/impair/impairment.h"

#include "tools/impair/too_big.h"

namespace bellrock::impair {

using traffic::derive;

Impairment::Impairment(const Rates& rates, std::uint64_t seed)
    : rates_(rates),
      loss_(derive(seed, 1)),
      duplicate_(derive(seed, 2)),
      reorder_(derive(seed, 3)),
      corrupt_(derive(seed, 4)),
      jitter_(derive(seed, 5)),
      pieces_(derive(seed, 6)) {}

void Impairment::apply(Bytes frame, std::vector<Outgoing>& out) {
  ++statistics_.received;
  if (!find_ip(frame)) {
    ++statistics_.given;
    out.push_back({rates_.delay_us, false, Frame(frame.begin(), frame.end())});
    return;
  }
  if (is_too_big(frame, rates_.mtu)) {
    ++statistics_.too_big;
    if (auto answer = too_big(frame, rates_.mtu)) {
      ++statistics_.too_big_said;
      out.push_back({0, true, std::move(*answer)});
    }
    return;
  }
  std::vector<Frame> pieces = cut(frame, rates_.pieces, pieces_);
  if (pieces.empty()) return give(Frame(frame.begin(), frame.end()), out);
  ++statistics_.cut;
  statistics_.pieces_added += pieces.size() - 1;
  for (Frame& piece : pieces) give(std::move(piece), out);
}

void Impairment::give(Frame frame, std::vector<Outgoing>& out) {
  // Every chance is drawn for every frame, so that the decisions of one kind depend on its own rate alone.
  const bool lost = loss_.chance(rates_.loss), twice = duplicate_.chance(rates_.duplicate);
  const bool late = reorder_.chance(rates_.reorder), broken = corrupt_.chance(rates_.corrupt);
  std::int64_t delay_us = rates_.delay_us + (late ? rates_.reorder_us : 0);
  if (rates_.jitter_us > 0) delay_us += jitter_.between(0, rates_.jitter_us);
  if (lost) {
    ++statistics_.lost;
    return;
  }
  if (broken) corrupt(frame);
  statistics_.reordered += late ? 1 : 0;
  if (twice) {
    ++statistics_.duplicated;
    ++statistics_.given;
    out.push_back({delay_us, false, frame});
  }
  ++statistics_.given;
  out.push_back({delay_us, false, std::move(frame)});
}

// The change of one byte never leaves an internet checksum right (RFC 1071): it moves the sum by less than 0xffff.
void Impairment::corrupt(Frame& frame) {
  const auto ip = find_ip(frame);
  if (!ip) return;
  ++statistics_.corrupted;
  const std::size_t at = ip->at + corrupt_.below(ip->end - ip->at);
  frame[at] ^= static_cast<std::uint8_t>(1 + corrupt_.below(255));
}

}  // namespace bellrock::impair
