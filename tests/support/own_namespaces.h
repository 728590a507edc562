// A mount and a network namespace of this process's own, with an empty bpffs at /sys/fs/bpf and the loopback interface
// up: nothing that a test pins, attaches or names outlives it, and nothing of the machine is seen. Needs root.
// Called once, before any thread is made. Ends the process with a message where it fails.
#pragma once

namespace bellrock::support {

void enter_own_namespaces();

}  // namespace bellrock::support
