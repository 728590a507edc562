// A centre under test: a real process in front of a store, and what can be done to both. One thread.
#pragma once

#include <memory>
#include <string>

#include "control/store/series_store.h"

namespace bellrock::fleet {

class Backend {
 public:
  virtual ~Backend() = default;
  [[nodiscard]] virtual std::string url() const = 0;

  // Until it answers. False: it ended by itself, as it may when its disk is full; `why` is what it said.
  virtual bool start(std::string& why) = 0;
  virtual void kill() = 0;  // -9
  virtual void stop() = 0;  // in order

  // -9 to the store's own process. False: it has none.
  virtual bool kill_store() { return false; }
  // Until it answers. False: it does not, as it may when its disk is full.
  virtual bool start_store() { return true; }

  // The disk that the store is on takes `left` more bytes, and then none.
  virtual void fill_disk(std::int64_t left) = 0;
  virtual void free_disk() = 0;

  // What it has kept; while it does not run.
  virtual std::unique_ptr<store::SeriesStore> open() = 0;
};

}  // namespace bellrock::fleet
