// For findings that are more than a slip of the pen: why they matter, a piece of configuration that has them, and the
// same piece mended. `bellrock explain CODE` prints them; a test checks that each piece has, or has not, its finding.
#pragma once

#include <string_view>

namespace bellrock::cli {

struct Explanation {
  std::string_view code;
  std::string_view why;
  // Of a Journey's `spec`, or a whole document where it begins with apiVersion.
  std::string_view wrong, right;
};

// Null: the code is explained by its line alone.
const Explanation* explanation_of(std::string_view code);

}  // namespace bellrock::cli
