// Where exceptions end: what the store's public functions return instead.
#pragma once

#include <exception>
#include <utility>

#include "control/store/series_store.h"

namespace bellrock::store {

// Runs `body` and turns what it throws into a failure.
template <typename Body>
auto guarded(Body&& body) -> Result<decltype(body()), StoreError> {
  try {
    return body();
  } catch (const std::exception& error) {
    return Failure{StoreError{error.what(), false}};
  }
}

}  // namespace bellrock::store
