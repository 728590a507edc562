// One receive queue of the DPDK device. A Port; used by its worker's thread, which it makes known to the EAL with the
// first burst. Packet::buffer is the mbuf: packets stay valid until they are released, also past the next burst and on
// another thread, so that software distribution can hand them on.
// Times: the capture's where the device plays a capture (microseconds), else the burst's tick; never going back.
// Packets of several mbufs are copied into one; where that has no room, the first part is given as a cut packet.
#pragma once

#include <array>
#include <memory>

#include "dataplane/flow/out_frame.h"
#include "dataplane/io/dpdk_env.h"
#include "dataplane/io/port.h"

struct rte_mbuf;

namespace bellrock::io {

class DpdkPort {
 public:
  DpdkPort(DpdkEnv& env, std::uint16_t queue);

  std::span<const Packet> rx_burst(Instant tick);
  void release(std::span<const Packet> packets);

  // Empty buffers for frames to send, with room for kOutMtuMax bytes of IP and its link header; fewer than asked for
  // when the pool is empty. They come from the pool that the device fills, which AF_XDP can send from without a copy.
  std::size_t lend(std::span<OutFrame> frames);
  // Hands filled frames to the device. Those that it does not take are lost, as on a wire, and counted in unsent().
  void send(std::span<const OutFrame> frames);
  // Gives back frames that stayed empty.
  void give_back(std::span<const OutFrame> frames);
  [[nodiscard]] std::uint64_t unsent() const { return unsent_; }

  // True once a device that plays a file once has given nothing for kEmptyPollsAtEnd polls in a row. The driver does
  // not say when its file is read: an empty poll means that, or that the buffer pool was empty in that moment. So
  // whoever holds packets back must release them while polling. Live devices never end.
  [[nodiscard]] bool ended() const { return finite_ && empty_polls_ >= kEmptyPollsAtEnd; }
  static constexpr std::uint32_t kEmptyPollsAtEnd = 64;

  [[nodiscard]] std::uint64_t time_backwards() const { return time_backwards_; }
  [[nodiscard]] std::uint64_t cut_chains() const { return cut_chains_; }

 private:
  void attach_thread();
  void view(rte_mbuf* buffer, Instant tick, Packet& packet);
  [[nodiscard]] Instant time_of(const rte_mbuf& buffer, Instant tick);
  [[nodiscard]] rte_mbuf* joined(rte_mbuf* chain);

  DpdkEnv::State& env_;
  const std::uint16_t queue_;
  const bool finite_;
  bool attached_ = false;
  std::uint32_t empty_polls_ = 0;
  Instant last_;
  std::uint64_t ordinal_ = 0, time_backwards_ = 0, cut_chains_ = 0, unsent_ = 0;
  std::array<Packet, kBurstMax> burst_{};
};
static_assert(Port<DpdkPort>);

}  // namespace bellrock::io
