// What decides a count, hashed: counts of different versions are never mixed. Independent of the order of documents and
// of names that only people read. Start-up only.
#pragma once

#include "dataplane/journey/definition.h"

namespace bellrock::config {

// Fills Journey::version (identity, attempt rules and steps) and Objective::version (that, and all that tells its good
// attempts from its bad ones). A target is not part of it: it judges counts and does not change them.
void set_versions(journey::Definition& definition);

}  // namespace bellrock::config
