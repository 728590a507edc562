// What DpdkEnv and its ports share. Only for io/dpdk_*.cpp: the one header of this project that includes DPDK's.
#pragma once

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <string>

#include "dataplane/io/dpdk_env.h"
#include "dataplane/io/xdp_sockets.h"

namespace bellrock::io {

struct DpdkEnv::State {
  std::uint16_t device = 0;
  std::uint16_t queues = 0;  // receive queues
  std::uint16_t transmit_queues = 1;
  bool started = false;
  bool symmetric_rss = false;
  bool finite = false;
  bool capture_times = false;
  int timestamp_offset = -1;
  std::uint64_t timestamp_flag = 0;
  std::string driver;
  XdpSockets xdp;                      // of AF_XDP
  rte_mempool* pool = nullptr;         // what the device fills
  rte_mempool* joined_pool = nullptr;  // packets of several buffers, copied into one
};

}  // namespace bellrock::io
