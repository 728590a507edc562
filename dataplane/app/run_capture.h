// A capture file as an edge's port, from where the board stands. Main thread.
#pragma once

#include <string>
#include <vector>

#include "dataplane/app/job.h"
#include "dataplane/io/pcap_file.h"

namespace bellrock::app {

// The capture that is to be read; empty: packets come from a device.
std::string capture_of(const Job& job);
// Each worker's own view of it, where it goes on.
Result<std::vector<io::PcapFile>> open_capture(const Job& job);
// Reads it to its end, or until a stop. Returns the exit code.
int run_capture(const Job& job);

}  // namespace bellrock::app
