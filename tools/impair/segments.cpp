#include "tools/impair/segments.h"

#include <algorithm>

namespace bellrock::impair {
namespace {

constexpr std::uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kPsh = 0x08, kUrg = 0x20, kCwr = 0x80;

Frame piece(Bytes frame, const TcpPlace& tcp, std::size_t from, std::size_t bytes, std::uint16_t number) {
  const Bytes payload = frame.subspan(tcp.payload + from, bytes);
  Frame result(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(tcp.payload));
  result.insert(result.end(), payload.begin(), payload.end());
  std::uint8_t* ip = &result[tcp.ip.at];
  const std::size_t packet_bytes = result.size() - tcp.ip.at;
  if (tcp.ip.v6) {
    store_be16(ip + 4, static_cast<std::uint16_t>(packet_bytes - 40));
  } else {
    store_be16(ip + 2, static_cast<std::uint16_t>(packet_bytes));
    store_be16(ip + 4, static_cast<std::uint16_t>(load_be16(ip + 4) + number));
  }
  std::uint8_t* header = &result[tcp.at];
  store_be32(header + 4, load_be32(header + 4) + static_cast<std::uint32_t>(from));
  const bool last = tcp.payload + from + bytes == tcp.ip.end;
  if (!last) header[13] &= static_cast<std::uint8_t>(~(kFin | kPsh));
  if (number != 0) header[13] &= static_cast<std::uint8_t>(~kCwr);
  TcpPlace place = tcp;
  place.ip.end = result.size();
  write_checksums(result, place);
  return result;
}

}  // namespace

std::vector<Frame> cut(Bytes frame, PieceSizes sizes, traffic::Random& random) {
  std::vector<Frame> pieces;
  if (sizes.max == 0) return pieces;
  const auto tcp = find_tcp(frame);
  if (!tcp || tcp->ip.end - tcp->payload <= sizes.max) return pieces;
  if ((frame[tcp->at + 13] & (kSyn | kRst | kUrg)) != 0 || !tcp_checksum_is_right(frame, *tcp)) return pieces;
  const std::size_t total = tcp->ip.end - tcp->payload;
  for (std::size_t from = 0; from < total;) {
    const auto wanted = static_cast<std::size_t>(random.between(sizes.min, sizes.max));
    const std::size_t bytes = std::min(wanted, total - from);
    pieces.push_back(piece(frame, *tcp, from, bytes, static_cast<std::uint16_t>(pieces.size())));
    from += bytes;
  }
  return pieces;
}

}  // namespace bellrock::impair
