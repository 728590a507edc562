// Where something was written, for messages that come later than reading. Owned, copyable.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace bellrock::config {

struct Written {
  std::string file;
  int line = 0, column = 0;  // from 1
  std::string key;           // path of the key: spec.steps[2].match
};

// The parts of journeys by name: "checkout", "checkout/steps/pay", "checkout/objectives/e2e",
// "checkout/objectives/e2e/op", "checkout/silent_failure/within". A step's own latency is an objective of its name.
// Of Sites "frustration", "frustration/loop", "frustration/pages/PATH" and "frustration/pages/PATH/loop". And
// kSnippetPlace: the name of the file that an edge serves.
using Places = std::map<std::string, Written>;
inline constexpr std::string_view kSnippetPlace = "edge/snippet/file";

}  // namespace bellrock::config
