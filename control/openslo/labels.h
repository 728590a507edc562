// Names that are made of other names: DNS labels (RFC 1123: at most 63 lower-case letters, digits and '-', which is at
// neither end), each of them given once. The same calls give the same labels. One writer, one thread.
#pragma once

#include <set>
#include <string>

namespace bellrock::openslo {

class Labels {
 public:
  // `text` with '-' for '_', cut where it is too long and numbered where it is taken, and `suffix`, which stays whole.
  // `text` begins with a letter or a digit, and `suffix` has at most 20 characters.
  std::string label(const std::string& text, const std::string& suffix = "");

 private:
  std::set<std::string> used_;
};

}  // namespace bellrock::openslo
