// How `bellrock slo list` and `slo explain` show composites: several objectives as one.
#pragma once

#include <iosfwd>

#include "control/cli/output.h"

namespace bellrock::cli {

// A table of the centre's composites; nothing where it has none, or is too old to know of them.
void composites_table(const Json& slos, bool colours, std::ostream& out);
// One of them with its parts, and its sums in words.
void composite_text(const Json& document, bool colours, std::ostream& out);

}  // namespace bellrock::cli
