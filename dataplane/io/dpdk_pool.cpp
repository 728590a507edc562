#include "dataplane/io/dpdk_pool.h"

#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>

#include <cstdint>

namespace bellrock::io {
namespace {

constexpr unsigned kPage = 4'096;
constexpr unsigned kFlags = RTE_MEMPOOL_F_NO_SPREAD;  // else a line is added to each, against strides of a power of two

// What is left of a page for a buffer: its header and trailer do not depend on its size.
unsigned usable_bytes() {
  rte_mempool_objsz size{};
  rte_mempool_calc_obj_size(kPage / 2, kFlags, &size);
  return kPage - size.header_size - size.trailer_size;
}

bool fill(rte_mempool* pool, unsigned bytes) {
  rte_pktmbuf_pool_private shape{};
  shape.mbuf_data_room_size = static_cast<std::uint16_t>(bytes - sizeof(rte_mbuf));
  const int error = rte_mempool_set_ops_byname(pool, rte_mbuf_best_mempool_ops(), nullptr);
  if (error != 0) {
    rte_errno = -error;
    return false;
  }
  rte_pktmbuf_pool_init(pool, &shape);
  const int populated = rte_mempool_populate_default(pool);
  if (populated < 0) rte_errno = -populated;
  if (populated <= 0) return false;
  if (pool->nb_mem_chunks != 1) {  // memory in pieces: only the first would be the kernel's
    rte_errno = ENOMEM;
    return false;
  }
  rte_mempool_obj_iter(pool, rte_pktmbuf_init, nullptr);
  return true;
}

}  // namespace

rte_mempool* make_page_pool(const char* name, unsigned buffers, unsigned cache, int socket) {
  const unsigned bytes = usable_bytes();
  rte_mempool* const pool =
      rte_mempool_create_empty(name, buffers, bytes, cache, sizeof(rte_pktmbuf_pool_private), socket, kFlags);
  if (pool == nullptr || fill(pool, bytes)) return pool;
  const int error = rte_errno;
  rte_mempool_free(pool);
  rte_errno = error;
  return nullptr;
}

}  // namespace bellrock::io
