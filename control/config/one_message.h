// What can be said for certain of a message that is exactly what one condition asks for. Pure, any thread.
#pragma once

#include <cstddef>

#include "dataplane/journey/definition.h"

namespace bellrock::config {

// Every message that meets `leaf` matches the tree at nodes[root]. False where it is not certain.
bool surely_matches(const journey::Definition& definition, std::size_t root, const journey::Leaf& leaf);

// No message at all matches it, as far as that is certain.
bool never_matches(const journey::Definition& definition, std::size_t root);

}  // namespace bellrock::config
