// Which nodes are heard of, and so whether what fires, or that nothing does, may be the collector's own doing. Pure,
// any thread. Times are Unix seconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "control/plane/range.h"
#include "control/store/series_store.h"

namespace bellrock::plane {

// A node that was not heard of for this long is stale: what it sees is in no figure. It is longer than the longest
// pause of an agent that found nobody (agent/uplink.h) and its next try take together.
inline constexpr std::int64_t kStaleSeconds = 120;
// One that was not heard of for this long is gone: it was taken away, and nobody waits for it.
inline constexpr std::int64_t kGoneSeconds = kDaySeconds;
// A clock that is certainly off by more than this is wrong: what its node counts lands in wrong windows of ten seconds
// often enough to matter.
inline constexpr std::int64_t kClockOffMs = 2'000;

struct NodesHeard {
  std::size_t heard = 0, silent = 0, gone = 0;
  std::int64_t silent_since = 0;  // since when the first of the silent ones is stale, or the last of those gone
  std::string first_silent;       // its name
  std::size_t awaited = 0;        // not heard of, and nothing follows from that yet (towards)

  [[nodiscard]] bool suspect() const { return silent != 0 || blind(); }
  // Fewer nodes are heard of than are silent, or none that there ever was: too little is seen to judge by.
  [[nodiscard]] bool blind() const { return heard + awaited == 0 ? silent + gone != 0 : heard < silent; }
  // "2 of 20 nodes are not heard of, since 2026-05-01T12:30:00Z first edge-7".
  [[nodiscard]] std::string text() const;
};

// A node that began anew has several sources: the one heard of last counts.
NodesHeard nodes_heard(std::span<const store::SourceStatus> sources, std::int64_t now);

// The same as far as somebody may be woken by it: nobody is silent towards a centre that was not there. Until it has
// taken requests for as long as a node must be silent to be stale, whoever is not heard of is awaited.
NodesHeard towards(std::int64_t listening_since, NodesHeard nodes, std::int64_t now);

// Since when a centre takes requests. Whoever closes its address for a moment, as a reload does, misses nobody.
class Listening {
 public:
  static constexpr std::int64_t kMomentSeconds = 10;

  void begin(std::int64_t now) {
    if (since_ == 0 || now < ended_ || now - ended_ > kMomentSeconds) since_ = now;
  }
  void end(std::int64_t now) { ended_ = now; }
  [[nodiscard]] std::int64_t since() const { return since_; }

 private:
  std::int64_t since_ = 0, ended_ = 0;
};

}  // namespace bellrock::plane
