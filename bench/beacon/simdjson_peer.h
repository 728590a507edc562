// The same 8 fields taken by simdjson's own parsers: the denominators of the beacon bench. Compiled twice: for any
// x86-64, as this project is, and with AVX2 for the whole parser, which is as fast as simdjson gets here. Nothing
// beyond the fields' types is checked, and On-Demand checks nothing that it does not read.
#pragma once

#include <memory>
#include <string_view>

namespace bellrock::bench {

struct Eight {
  double v = 0, ts = 0, dur = 0;
  bool ok = false;
  std::string_view sid, type, page, name;
};

class Peer {
 public:
  virtual ~Peer() = default;
  // `text` has 64 readable bytes behind it. The views live until the next call.
  virtual bool find_ordered(std::string_view text, Eight& out) = 0;  // On-Demand, fields in the document's order
  virtual bool find_any(std::string_view text, Eight& out) = 0;      // On-Demand, object["key"] in whatever order
  virtual bool dom(std::string_view text, Eight& out) = 0;
};

std::unique_ptr<Peer> make_generic_peer();
std::unique_ptr<Peer> make_avx2_peer();  // nullptr where the CPU has none

}  // namespace bellrock::bench
