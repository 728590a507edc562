// What `check` (snapshot.h) is made of. Pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/base/result.h"
#include "dataplane/journey/definition.h"

namespace bellrock::journey {

inline Status<> require(bool holds, const char* what, std::size_t index) {
  if (holds) return Done{};
  return Failure{Error{what, static_cast<std::int64_t>(index)}};
}

// Sites, visitors, what is told of pages, the server and the limits.
Status<> check_beside_journeys(const Definition& definition);

}  // namespace bellrock::journey
