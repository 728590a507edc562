// A device as an edge's port: its packets are observed, or answered. Main thread.
#pragma once

#include "dataplane/app/job.h"

namespace bellrock::app {

// Until a stop, the end of a device that plays a capture, or of the interface (device_watch.h). Returns the exit code.
int run_live(const Job& job);

}  // namespace bellrock::app
