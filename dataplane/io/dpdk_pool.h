// Pools of packet buffers. Only for io/dpdk_*.cpp and their tests: it includes DPDK's headers.
#pragma once

#include <rte_mempool.h>

namespace bellrock::io {

// Buffers that each fill a page of 4 KiB, in one piece of memory without gaps, on NUMA node `socket`; null, with
// rte_errno: no memory.
//
// This is what a device of net_af_xdp needs: the driver gives the kernel a piece of memory of `buffers` times a
// buffer's size, from the first buffer on. DPDK lets no buffer cross a page, so that any other size leaves gaps, the
// last buffers lie behind what the kernel was given, and each of them that the kernel is to fill is lost for ever.
rte_mempool* make_page_pool(const char* name, unsigned buffers, unsigned cache, int socket);

}  // namespace bellrock::io
