#include "dataplane/io/dpdk_port.h"

#include <rte_lcore.h>

#include <algorithm>
#include <cstring>

#include "dataplane/io/dpdk_state.h"

namespace bellrock::io {

namespace {
constexpr int kSendTries = 4;
static_assert(kOutMtuMax + 22 <= RTE_MBUF_DEFAULT_DATAROOM, "a frame with two VLAN tags fits into a buffer");
}  // namespace

DpdkPort::DpdkPort(DpdkEnv& env, std::uint16_t queue) : env_(*env.state_), queue_(queue), finite_(env.state_->finite) {}

// Threads that the EAL does not know get no buffer cache of their own. If it has no room for one more, all works but
// slower.
void DpdkPort::attach_thread() {
  attached_ = true;
  if (rte_lcore_id() == LCORE_ID_ANY) (void)rte_thread_register();
}

std::span<const Packet> DpdkPort::rx_burst(Instant tick) {
  if (!attached_) [[unlikely]]
    attach_thread();
  std::array<rte_mbuf*, kBurstMax> buffers;
  const std::size_t count = rte_eth_rx_burst(env_.device, queue_, buffers.data(), kBurstMax);
  empty_polls_ = count == 0 ? empty_polls_ + 1 : 0;
  for (std::size_t i = 0; i < count; ++i) {
    view(buffers[i], tick, burst_[i]);
  }
  return {burst_.data(), count};
}

void DpdkPort::view(rte_mbuf* buffer, Instant tick, Packet& packet) {
  packet.wire_bytes = buffer->pkt_len;
  packet.time = time_of(*buffer, tick);
  if (buffer->nb_segs > 1) [[unlikely]]
    buffer = joined(buffer);
  packet.data = Bytes(rte_pktmbuf_mtod(buffer, const std::uint8_t*), buffer->data_len);
  packet.link = LinkType::kEthernet;
  packet.ordinal = ordinal_++;
  packet.buffer = buffer;
}

Instant DpdkPort::time_of(const rte_mbuf& buffer, Instant tick) {
  Instant time = tick;
  if (env_.capture_times && (buffer.ol_flags & env_.timestamp_flag) != 0) {
    std::uint64_t micros;
    std::memcpy(&micros, reinterpret_cast<const std::uint8_t*>(&buffer) + env_.timestamp_offset, sizeof micros);
    time = Instant{static_cast<std::int64_t>(micros) * kMicrosecond};
  }
  if (time < last_) {
    ++time_backwards_;
    time = last_;
  }
  last_ = time;
  return time;
}

// The chain's bytes in one buffer. Without a free one, or with too many bytes, the chain as it is: its first part then
// stands for a packet that the capture cut.
rte_mbuf* DpdkPort::joined(rte_mbuf* chain) {
  rte_mbuf* whole = chain->pkt_len <= 65'535 ? rte_pktmbuf_alloc(env_.joined_pool) : nullptr;
  if (whole == nullptr) {
    ++cut_chains_;
    return chain;
  }
  whole->data_off = 0;
  char* to = rte_pktmbuf_mtod(whole, char*);
  for (const rte_mbuf* part = chain; part != nullptr; part = part->next) {
    std::memcpy(to, rte_pktmbuf_mtod(part, const char*), part->data_len);
    to += part->data_len;
  }
  whole->pkt_len = chain->pkt_len;
  whole->data_len = static_cast<std::uint16_t>(chain->pkt_len);
  rte_pktmbuf_free(chain);
  return whole;
}

std::size_t DpdkPort::lend(std::span<OutFrame> frames) {
  if (!attached_) [[unlikely]]
    attach_thread();
  std::array<rte_mbuf*, kOutFramesMax> buffers;
  const std::size_t count = std::min(frames.size(), buffers.size());
  if (count == 0 || rte_pktmbuf_alloc_bulk(env_.pool, buffers.data(), static_cast<unsigned>(count)) != 0) return 0;
  for (std::size_t i = 0; i < count; ++i) {
    frames[i] = {rte_pktmbuf_mtod(buffers[i], std::uint8_t*), 0, buffers[i]};
  }
  return count;
}

void DpdkPort::send(std::span<const OutFrame> frames) {
  std::array<rte_mbuf*, kOutFramesMax> buffers;
  const auto count = static_cast<std::uint16_t>(std::min(frames.size(), buffers.size()));
  for (std::size_t i = 0; i < count; ++i) {
    auto* buffer = static_cast<rte_mbuf*>(frames[i].buffer);
    buffer->data_len = static_cast<std::uint16_t>(frames[i].bytes);
    buffer->pkt_len = frames[i].bytes;
    buffers[i] = buffer;
  }
  std::uint16_t sent = 0;
  // AF_XDP takes a part when its ring is nearly full, and makes room while it is asked.
  for (int tries = 0; sent < count && tries < kSendTries; ++tries) {
    sent += rte_eth_tx_burst(env_.device, queue_, buffers.data() + sent, static_cast<std::uint16_t>(count - sent));
  }
  if (sent == count) return;
  unsent_ += count - sent;
  rte_pktmbuf_free_bulk(buffers.data() + sent, static_cast<unsigned>(count - sent));
}

void DpdkPort::give_back(std::span<const OutFrame> frames) {
  for (const OutFrame& frame : frames) rte_pktmbuf_free(static_cast<rte_mbuf*>(frame.buffer));
}

void DpdkPort::release(std::span<const Packet> packets) {
  std::array<rte_mbuf*, kBurstMax> buffers;
  while (!packets.empty()) {
    const std::size_t count = std::min(packets.size(), buffers.size());
    for (std::size_t i = 0; i < count; ++i) buffers[i] = static_cast<rte_mbuf*>(packets[i].buffer);
    rte_pktmbuf_free_bulk(buffers.data(), static_cast<unsigned>(count));
    packets = packets.subspan(count);
  }
}

}  // namespace bellrock::io
