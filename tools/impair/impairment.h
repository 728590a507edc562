// What happens to the frames of one direction: a frame in, frames with delays out. Pure: same rates, seed and frames,
// same result. Each kind of impairment draws from a chance of its own, so that one rate does not move the others'
// decisions. One thread.
#pragma once

#include <vector>

#include "tools/impair/segments.h"
#include "tools/traffic/random.h"

namespace bellrock::impair {

// Probabilities are from 0 to 1 and independent. Frames that are not IP are only delayed: a test that cannot resolve
// addresses tests nothing.
struct Rates {
  double loss = 0;
  double duplicate = 0;  // a second copy, which follows at once
  double reorder = 0;    // held back for `reorder_us`, so that later ones overtake
  double corrupt = 0;    // one byte of the IP packet changes; checksums stay, and are wrong
  std::int64_t delay_us = 0;
  std::int64_t jitter_us = 0;  // more delay, evenly spread; reorders if frames come closer together
  std::int64_t reorder_us = 5'000;
  PieceSizes pieces = {};  // of TCP payload
  std::uint32_t mtu = 0;   // IP packets beyond it are dropped, and their sender is told; 0: no limit
};

// Conservation: received + pieces_added + duplicated = given + lost + too_big.
struct Statistics {
  std::uint64_t received = 0;
  std::uint64_t cut = 0, pieces_added = 0;  // frames cut, and frames that came of it beyond those
  std::uint64_t duplicated = 0, lost = 0, too_big = 0, given = 0;
  std::uint64_t reordered = 0, corrupted = 0;  // of those given
  std::uint64_t too_big_said = 0;              // answers to the sender, which are not among those given
};

struct Outgoing {
  std::int64_t delay_us = 0;
  bool to_sender = false;
  Frame frame;
};

class Impairment {
 public:
  Impairment(const Rates& rates, std::uint64_t seed);

  // Appends to `out`. Frames with equal delays go in this order.
  void apply(Bytes frame, std::vector<Outgoing>& out);
  [[nodiscard]] const Statistics& statistics() const { return statistics_; }

 private:
  void give(Frame frame, std::vector<Outgoing>& out);
  void corrupt(Frame& frame);

  Rates rates_;
  Statistics statistics_;
  traffic::Random loss_, duplicate_, reorder_, corrupt_, jitter_, pieces_;
};

}  // namespace bellrock::impair
