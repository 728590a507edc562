// Frames for these tests: TCP over IPv4 or IPv6, with right checksums and any payload.
#pragma once

#include <string>

#include "tools/impair/frame.h"

namespace bellrock::impair {

struct TcpFrame {
  bool v6 = false;
  int vlan_tags = 0;
  std::uint32_t sequence = 1'000;
  std::uint8_t flags = 0x18;  // ACK, PSH
  std::size_t option_words = 3;
  std::size_t padding = 0;
  bool dont_fragment = true;
  std::string payload = {};
};

inline Frame build(const TcpFrame& wanted) {
  Frame frame{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
  for (int i = 0; i < wanted.vlan_tags; ++i)
    frame.insert(frame.end(), {0x81, 0x00, 0x00, static_cast<std::uint8_t>(7 + i)});
  const std::size_t tcp_bytes = 20 + wanted.option_words * 4 + wanted.payload.size();
  if (wanted.v6) {
    frame.insert(frame.end(), {0x86, 0xdd, 0x60, 0, 0, 0, 0, 0, 6, 64});
    store_be16(&frame[frame.size() - 4], static_cast<std::uint16_t>(tcp_bytes));
    for (const std::uint8_t last : std::initializer_list<std::uint8_t>{1, 2}) {
      frame.insert(frame.end(), {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last});
    }
  } else {
    const std::uint8_t fragment = wanted.dont_fragment ? 0x40 : 0;
    frame.insert(frame.end(),
                 {0x08, 0x00, 0x45, 0, 0, 0, 0xff, 0xfe, fragment, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2});
    store_be16(&frame[frame.size() - 18], static_cast<std::uint16_t>(20 + tcp_bytes));
  }
  const std::size_t at = frame.size();
  frame.insert(frame.end(), {0x9c, 0x40, 0, 80, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 4, 0, 0, 0, 0, 0});
  store_be32(&frame[at + 4], wanted.sequence);
  frame[at + 12] = static_cast<std::uint8_t>((5 + wanted.option_words) << 4);
  frame[at + 13] = wanted.flags;
  frame.insert(frame.end(), wanted.option_words * 4, 1);
  frame.insert(frame.end(), wanted.payload.begin(), wanted.payload.end());
  if (const auto tcp = find_tcp(frame)) write_checksums(frame, *tcp);
  frame.insert(frame.end(), wanted.padding, 0);
  return frame;
}

inline std::string payload_of(Bytes frame) {
  const auto tcp = find_tcp(frame);
  return tcp ? std::string(text(frame.subspan(tcp->payload, tcp->ip.end - tcp->payload))) : "no TCP";
}

inline std::string some_text(std::size_t bytes) {
  std::string text(bytes, ' ');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(i * 31 + i / 256);
  return text;
}

inline Frame arp() {
  Frame frame{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 2, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1};
  frame.resize(60);
  return frame;
}

}  // namespace bellrock::impair
