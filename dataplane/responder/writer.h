// Writes frames into the outbox: link, IP and TCP headers with right checksums. One thread. Answers go to the MAC
// address and under the tags that the peer's frames have. Checksums are made in software.
#pragma once

#include "dataplane/base/huge_array.h"
#include "dataplane/responder/config.h"
#include "dataplane/responder/outbox.h"

namespace bellrock::responder {

// From one of our addresses to a peer.
struct Path {
  const std::uint8_t* mac;  // the peer's or its router's
  std::uint32_t tags;
  std::uint8_t address;
  std::uint16_t peer_port;
  std::uint16_t local_port;
  std::array<std::uint64_t, 2> peer;
};

struct Header {
  std::uint32_t sequence;
  std::uint32_t acknowledgement;
  std::uint8_t flags;
  std::uint16_t window;
  Bytes options;  // a multiple of 4, at most 40
};

class Writer {
 public:
  Writer(const Config& config, Outbox& outbox);

  // Where the payload goes, or nullptr without a buffer. finish() follows, before anything else.
  [[nodiscard]] std::uint8_t* begin(const Path& path, const Header& header);
  // `payload_sum` is the one's complement sum of the payload.
  void finish(std::size_t payload_bytes, std::uint64_t payload_sum);

  // Link header only, back to where a frame came from; where the network layer goes, or nullptr. finish_frame follows.
  [[nodiscard]] std::uint8_t* begin_frame(const std::uint8_t* mac, std::uint32_t tags, std::uint16_t ether_type);
  void finish_frame(std::size_t network_bytes);

  [[nodiscard]] bool is_ipv4(std::uint8_t address) const { return locals_[address].ipv4; }
  [[nodiscard]] const std::uint8_t* address(std::uint8_t address) const { return locals_[address].bytes.data(); }
  [[nodiscard]] const Mac& mac() const { return mac_; }

 private:
  struct Local {
    Address bytes{};
    std::uint64_t sum = 0;  // of the address
    bool ipv4 = false;
  };

  Outbox& outbox_;
  Mac mac_;
  std::array<Local, kAddressesMax> locals_{};
  std::uint8_t* frame_ = nullptr;
  std::uint8_t* network_ = nullptr;
  std::uint8_t* tcp_ = nullptr;
  std::size_t tcp_header_bytes_ = 0;
  std::uint64_t addresses_sum_ = 0;
  bool ipv4_ = false;
};

}  // namespace bellrock::responder
