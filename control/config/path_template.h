// Path templates: literal segments and {placeholders}. Pure functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dataplane/journey/definition.h"

namespace bellrock::config {

struct ParsedPath {
  journey::PathTemplate path;
  std::string problem;  // empty: `path` is good
  std::string fix;
};
ParsedPath parse_path_template(std::string_view text);

// Whether some path matches both, and neither has the literal wherever they differ. A literal beats a placeholder;
// /a/{x} and /{y}/b each win once on /a/b, so nothing decides.
bool overlap(const journey::PathTemplate& a, const journey::PathTemplate& b);

}  // namespace bellrock::config
