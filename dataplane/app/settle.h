// For another number of workers: those of the board read up to its settle point, so that all stand at the same packet,
// and apply what they handed to each other. A kill in between leaves a board to be settled again. Main thread.
#pragma once

#include "dataplane/app/job.h"

namespace bellrock::app {

// In a process of its own, which gives up its rights: this one has yet to attach to the board that comes next. Returns
// the exit code.
int settle_apart(const Job& job);

}  // namespace bellrock::app
