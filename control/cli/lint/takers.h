// Which steps stand in each other's way: a message is offered to a journey's steps in the order of the list, and the
// first that can count takes it. Pure, any thread.
#pragma once

#include <cstddef>
#include <optional>

#include "dataplane/journey/definition.h"

namespace bellrock::cli {

// An earlier step that takes every message of this one whenever it could count. None where that is not certain.
std::optional<std::size_t> taker_of(const journey::Definition& definition, const journey::Journey& journey,
                                    std::size_t step);

}  // namespace bellrock::cli
