// A store of SQLite in a scratch folder, for the tests of what is SQLite's own.
#pragma once

#include <memory>

#include "control/store/sqlite_store.h"
#include "tests/unit/control/store/frames.h"

namespace bellrock::store {

inline std::unique_ptr<SeriesStore> open(const ScratchFolder& folder) {
  auto store = open_sqlite(folder.file("db"));
  EXPECT_TRUE(store.ok()) << store.error().message;
  return std::move(store).value();
}

}  // namespace bellrock::store
