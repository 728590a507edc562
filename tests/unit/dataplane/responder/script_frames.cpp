// The frames of a script: what `in` sends and how `out` judges what came.
#include <algorithm>

#include "tests/unit/dataplane/responder/script.h"

namespace bellrock::responder::test {

namespace {

constexpr std::string_view kFlagLetters = "FSRPAUEC";

std::uint8_t flags_of(const std::string& letters) {
  unsigned flags = 0;
  for (const char letter : letters) flags |= 1u << kFlagLetters.find(letter);
  return static_cast<std::uint8_t>(flags);
}

std::string letters_of(unsigned flags) {
  std::string out;
  for (std::size_t i = 0; i < kFlagLetters.size(); ++i) {
    if ((flags >> i & 1) != 0) out += kFlagLetters[i];
  }
  return out;
}

Octets from_hex(const std::string& text) {
  Octets out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out.push_back(static_cast<std::uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
  return out;
}

void store_checksum(Octets& data, std::size_t at, const Octets& before) {
  data[at] = data[at + 1] = 0;
  Octets summed = before;
  summed.insert(summed.end(), data.begin(), data.end());
  const unsigned sum = checksum(summed);
  data[at] = static_cast<std::uint8_t>(sum >> 8);
  data[at + 1] = static_cast<std::uint8_t>(sum);
}

std::string ranges_text(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& ranges, std::uint32_t isn) {
  std::string out;
  for (const auto& [begin, end] : ranges)
    out += (out.empty() ? "" : ",") + std::to_string(begin - isn) + "-" + std::to_string(end - isn);
  return out.empty() ? "none" : out;
}

template <typename T>
std::optional<std::string> differs(const char* what, const T& wanted, const T& got) {
  if (wanted == got) return std::nullopt;
  std::ostringstream text;
  text << what << " is " << got;
  return text.str();
}

// As a stack does that lets its device compute TCP's checksum: the field has the pseudo header's sum, not inverted.
void leave_sum_to_device(Octets& frame, std::size_t ip) {
  const auto at = [&](std::size_t offset) { return frame.begin() + static_cast<std::ptrdiff_t>(ip + offset); };
  const std::uint16_t sum = checksum(pseudo_header({at(12), at(16)}, {at(16), at(20)}, 6, frame.size() - ip - 20));
  frame[ip + 36] = static_cast<std::uint8_t>(~sum >> 8);
  frame[ip + 37] = static_cast<std::uint8_t>(~sum);
}

}  // namespace

// in FLAGS SEQUENCE …, or in WORD … for what is not TCP.
Script::Problem Script::in(Words words) {
  Peer& from = peer();
  const bool tcp = words.at(0).find_first_not_of(kFlagLetters) == std::string::npos || words.at(0) == "none";
  Octets frame = tcp ? segment(words, from) : special(words, from);
  if (frame.empty()) return "unknown kind of frame";
  spoil(words, frame, from);
  std::uint32_t wire_bytes = 0;
  if (words.has("cut")) {
    wire_bytes = static_cast<std::uint32_t>(frame.size());
    frame.resize(frame.size() - 1);
  }
  if (const std::string key = words.unused(); !key.empty()) return "unknown key " + key;
  deliver(frame, wire_bytes);
  return std::nullopt;
}

Octets Script::segment(Words& words, Peer& from) {
  TcpFrame frame = from.path;
  frame.flags = words.at(0) == "none" ? std::uint8_t{0} : flags_of(words.at(0));
  const std::int64_t sequence = std::stoll(words.at(1));
  frame.sequence = from.isn + static_cast<std::uint32_t>(sequence);
  const bool syn = words.at(0).find('S') != std::string::npos;
  const std::int64_t length = words.number("len").value_or(0);
  for (std::int64_t i = 0; i < length; ++i)
    frame.payload.push_back(stream_byte(static_cast<std::uint64_t>(sequence + i - (syn ? 0 : 1))));
  if (words.has("forged")) {
    for (std::uint8_t& byte : frame.payload) byte = static_cast<std::uint8_t>(~byte);
  }
  if ((frame.flags & tcp_flag::kAck) != 0)
    frame.acknowledgement =
        from.our_isn.value_or(0) + static_cast<std::uint32_t>(words.number("ack").value_or(from.our_next));
  if (const auto window = words.number("win")) from.window = static_cast<std::uint16_t>(*window);
  frame.window = from.window;
  frame.urgent = static_cast<std::uint16_t>(words.number("urg").value_or(0));
  if (const auto mss = words.number("mss")) frame.mss = static_cast<std::uint16_t>(*mss);
  if (const auto scale = words.number("ws")) frame.window_scale = static_cast<unsigned>(*scale);
  frame.sack_permitted = words.has("sackok");
  const auto ts = words.text("ts");
  if (ts ? *ts != "none" : from.timestamps)
    frame.timestamps = {ts ? static_cast<std::uint32_t>(std::stoul(*ts)) : clock(), syn ? 0 : from.ts_seen};
  if (syn && ts) from.timestamps = true;
  if (const auto port = words.number("port")) frame.destination_port = static_cast<std::uint16_t>(*port);
  const auto raw = words.text("options");
  return build(frame, raw ? std::optional(from_hex(*raw)) : std::nullopt);
}

// What is wrong with the frame, if anything is.
void Script::spoil(Words& words, Octets& frame, const Peer& from) const {
  const std::size_t ip = 14 + 4 * from.path.tags.size();
  const auto resum_ip = [&] {
    Octets header(frame.begin() + static_cast<std::ptrdiff_t>(ip),
                  frame.begin() + static_cast<std::ptrdiff_t>(ip + 20));
    store_checksum(header, 10, {});
    std::copy(header.begin(), header.end(), frame.begin() + static_cast<std::ptrdiff_t>(ip));
  };
  if (words.has("bad-sum")) frame.back() ^= 1;
  if (words.has("bad-header-sum")) frame[ip + 10] ^= 1;
  if (words.has("other-mac")) frame[5] ^= 1;
  if (words.has("group-mac")) std::fill(frame.begin(), frame.begin() + 6, 0xff);
  if (words.has("third-tag")) {
    const Octets tag{0x81, 0, 0, 5};
    for (int i = 0; i < 3; ++i) frame.insert(frame.begin() + 12, tag.begin(), tag.end());
  }
  if (from.path.ipv6) {
    if (words.has("other-address")) frame[ip + 39] ^= 1;
    const auto source6 = frame.begin() + static_cast<std::ptrdiff_t>(ip + 8);
    if (words.has("loopback-source")) {
      std::fill_n(source6, 16, std::uint8_t{0});
      source6[15] = 1;
    }
    if (words.has("mapped-source")) {
      std::fill_n(source6, 10, std::uint8_t{0});
      source6[10] = source6[11] = 0xff;
    }
    if (words.has("extension")) {  // an empty destination options header
      const Octets header{frame[ip + 6], 0, 1, 4, 0, 0, 0, 0};
      frame[ip + 6] = 60;
      frame[ip + 5] = static_cast<std::uint8_t>(frame[ip + 5] + 8);
      frame.insert(frame.begin() + static_cast<std::ptrdiff_t>(ip + 40), header.begin(), header.end());
    }
    return;
  }
  if (words.has("partial-sum")) leave_sum_to_device(frame, ip);
  if (words.has("fragment")) frame[ip + 6] = 0x20;
  if (words.has("other-address")) frame[ip + 19] ^= 1;
  if (words.has("group-source")) frame[ip + 12] = 224;
  if (words.has("our-source")) frame[ip + 15] = frame[ip + 19];
  if (words.has("udp")) frame[ip + 9] = 17;
  if (words.has("header-option")) {
    const Octets option{1, 1, 1, 0};
    frame.insert(frame.begin() + static_cast<std::ptrdiff_t>(ip + 20), option.begin(), option.end());
    frame[ip] = 0x46;
    frame[ip + 3] = static_cast<std::uint8_t>(frame[ip + 3] + 4);
    Octets header(frame.begin() + static_cast<std::ptrdiff_t>(ip),
                  frame.begin() + static_cast<std::ptrdiff_t>(ip + 24));
    store_checksum(header, 10, {});
    std::copy(header.begin(), header.end(), frame.begin() + static_cast<std::ptrdiff_t>(ip));
    return;
  }
  if (!words.has("bad-header-sum") && frame[12] == 8 && frame[13] == 0) resum_ip();
}

Octets Script::special(Words& words, Peer& from) {
  TcpFrame frame = from.path;
  const std::string kind = words.at(0);
  Octets out;
  if (kind == "arp") {
    frame.to_mac.assign(6, 0xff);
    out = link_header(frame, 0x0806);
    Octets arp{0, 1, 8, 0, 6, 4, 0, static_cast<std::uint8_t>(words.number("op").value_or(1))};
    arp.insert(arp.end(), frame.from_mac.begin(), frame.from_mac.end());
    arp.insert(arp.end(), frame.source.begin(), frame.source.end());
    arp.insert(arp.end(), 6, 0);
    arp.insert(arp.end(), frame.destination.begin(), frame.destination.end());
    if (words.has("another")) arp.back() ^= 1;
    out.insert(out.end(), arp.begin(), arp.end());
    return out;
  }
  Octets message;
  const unsigned protocol = frame.ipv6 ? 58 : 1;
  if (kind == "ping") {
    message = {static_cast<std::uint8_t>(frame.ipv6 ? 128 : 8), 0, 0, 0, 7, 7, 0, 1};
    message.resize(message.size() + static_cast<std::size_t>(words.number("len").value_or(0)), 0x55);
  } else if (kind == "solicit") {
    message.assign(8, 0);
    message[0] = 135;
    message.insert(message.end(), frame.destination.begin(), frame.destination.end());
    if (words.has("another")) message.back() ^= 2;
    if (words.has("probe")) {
      frame.source.assign(16, 0);
    } else {
      message.insert(message.end(), {1, 1});
      message.insert(message.end(), frame.from_mac.begin(), frame.from_mac.end());
    }
    if (!words.has("directly")) frame.to_mac = {0x33, 0x33, 0xff, 0, 0, frame.destination.back()};
    if (!words.has("directly"))
      frame.destination = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, frame.destination.back()};
  } else if (kind == "icmp") {  // about a segment that we sent
    const auto mtu = static_cast<std::uint32_t>(words.number("mtu").value_or(0));
    message = {static_cast<std::uint8_t>(*words.number("type")),
               static_cast<std::uint8_t>(words.number("code").value_or(0)), 0, 0};
    put32(message, mtu);
    TcpFrame quoted = frame;
    std::swap(quoted.source, quoted.destination);
    std::swap(quoted.source_port, quoted.destination_port);
    if (words.has("another")) ++quoted.destination_port;
    Octets start;
    put16(start, quoted.source_port);
    put16(start, quoted.destination_port);
    put32(start, from.our_isn.value_or(0) + static_cast<std::uint32_t>(*words.number("seq")));
    const Octets packet = ip_packet(quoted, 6, start);
    message.insert(message.end(), packet.begin(), packet.end());
  } else {
    return {};
  }
  store_checksum(message, 2,
                 frame.ipv6 ? pseudo_header(frame.source, frame.destination, protocol, message.size()) : Octets{});
  out = link_header(frame, frame.ipv6 ? 0x86dd : 0x0800);
  const Octets packet = ip_packet(frame, protocol, message);
  out.insert(out.end(), packet.begin(), packet.end());
  return out;
}

// out FLAGS SEQUENCE …, out WORD …, or out nothing.
Script::Problem Script::out(Words words) {
  if (words.at(0) == "nothing") return came_out_.empty() ? std::nullopt : Problem("a frame came out");
  if (came_out_.empty()) return "nothing came out";
  const Octets bytes = came_out_.front();
  came_out_.pop_front();
  return check_frame(words, bytes);
}

Script::Problem Script::check_frame(Words& words, const Octets& bytes) {
  const Read got = read(bytes);
  const Peer& to = peer();
  const bool all_nodes = words.at(0) == "advertise" && words.has("all");
  if (!got.problem.empty()) return got.problem;
  if (bytes.size() > config_.mtu + 14 + 4 * tags_.size()) return "a frame above the MTU";
  if (!all_nodes && got.frame.to_mac != to.path.from_mac) return "another MAC address";
  if (got.frame.from_mac != to.path.to_mac) return "not from our MAC address";
  if (got.frame.tags != to.path.tags) return "other tags";
  Problem problem = got.tcp ? check_segment(words, got) : check_special(words, got);
  if (!problem) {
    if (const std::string key = words.unused(); !key.empty()) problem = "unknown key " + key;
  }
  return problem;
}

Script::Problem Script::check_segment(Words& words, const Read& got) {
  Peer& to = peer();
  const TcpFrame& frame = got.frame;
  if (frame.source != to.path.destination || frame.destination != to.path.source) return "other addresses";
  if (frame.destination_port != to.path.source_port) return "another peer's port";
  if ((frame.flags & tcp_flag::kSyn) != 0) {
    to.our_isn = frame.sequence;
    to.our_next = 0;
  }
  const std::uint32_t sequence = frame.sequence - to.our_isn.value_or(0);
  const std::uint32_t acknowledgement = frame.acknowledgement - to.isn;
  std::ostringstream text;
  text << letters_of(frame.flags) << " " << sequence << " len=" << frame.payload.size() << " ack=" << acknowledgement
       << " win=" << frame.window << " sack=" << ranges_text(frame.sack, to.isn);
  const std::string shown = " in " + text.str();
  if (frame.flags != flags_of(words.at(0))) return "other flags" + shown;
  if (sequence != static_cast<std::uint32_t>(std::stoll(words.at(1)))) return "another sequence number" + shown;
  if (frame.payload.size() != static_cast<std::size_t>(words.number("len").value_or(0)))
    return "another length" + shown;
  const auto ack = words.number("ack");
  if (ack && acknowledgement != static_cast<std::uint32_t>(*ack)) return "another acknowledgement" + shown;
  const auto window = words.number("win");
  if (window && frame.window != *window) return "another window" + shown;
  if (const auto sack = words.text("sack"); (sack ? *sack : "none") != ranges_text(frame.sack, to.isn))
    return "other SACK blocks" + shown;
  const bool reset = (frame.flags & tcp_flag::kRst) != 0;
  if (frame.timestamps.has_value() != (to.timestamps && !reset)) return "timestamps, or none, against the rule" + shown;
  if (frame.timestamps) {
    to.ts_seen = frame.timestamps->first;
    const auto echo = words.number("echo");
    if (echo && frame.timestamps->second != *echo) return "echo is " + std::to_string(frame.timestamps->second);
  }
  if (const auto mss = words.number("mss"))
    if (Problem problem = differs<std::int64_t>("MSS", *mss, frame.mss.value_or(0))) return problem;
  if (const auto scale = words.text("ws"))
    if (Problem problem =
            differs<std::string>("scale", *scale, frame.window_scale ? std::to_string(*frame.window_scale) : "none"))
      return problem;
  if ((frame.flags & tcp_flag::kSyn) != 0 && words.has("sackok") != frame.sack_permitted)
    return "SACK permitted is wrong";
  if (!reset) {
    const std::uint32_t end =
        sequence + static_cast<std::uint32_t>(frame.payload.size()) + (frame.flags & 1u) + (frame.flags >> 1 & 1u);
    if (distance(to.our_next, end) > 0) to.our_next = end;
  }
  return check_payload(got);
}

Script::Problem Script::check_payload(const Read& got) {
  if (got.frame.payload.empty()) return std::nullopt;
  const ScriptedServer::Seen* of = seen();
  if (of == nullptr) return "a payload without a connection";
  const std::uint32_t offset = got.frame.sequence - *peer().our_isn - 1;
  const std::string payload(got.frame.payload.begin(), got.frame.payload.end());
  if (offset > of->sent.size() || of->sent.compare(offset, payload.size(), payload) != 0) return "wrong payload";
  return std::nullopt;
}

Script::Problem Script::check_special(Words& words, const Read& got) {
  const std::string& kind = words.at(0);
  const Octets& packet = got.network;
  const TcpFrame& path = peer().path;
  if (kind == "arp") {
    if (got.ether_type != 0x0806 || packet.size() != 28 || packet[7] != 2) return "no ARP reply";
    const Octets sender(packet.begin() + 14, packet.begin() + 18), target(packet.begin() + 24, packet.end());
    const Octets mac(packet.begin() + 8, packet.begin() + 14), to(packet.begin() + 18, packet.begin() + 24);
    return sender == path.destination && target == path.source && mac == path.to_mac && to == path.from_mac
               ? std::nullopt
               : Problem("other addresses in it");
  }
  const std::size_t header = path.ipv6 ? 40 : 20;
  if (got.protocol != (path.ipv6 ? 58 : 1)) return "no ICMP";
  Octets message(packet.begin() + static_cast<std::ptrdiff_t>(header), packet.end());
  Octets summed = path.ipv6 ? pseudo_header(got.frame.source, got.frame.destination, 58, message.size()) : Octets{};
  summed.insert(summed.end(), message.begin(), message.end());
  if (checksum(summed) != 0) return "a wrong ICMP checksum";
  if (got.frame.source != path.destination) return "not from our address";
  if (kind == "pong") {
    if (message[0] != (path.ipv6 ? 129 : 0) || message[4] != 7 || got.frame.destination != path.source)
      return "no echo reply";
    return differs<std::size_t>("its length", 8 + static_cast<std::size_t>(words.number("len").value_or(0)),
                                message.size());
  }
  if (kind == "advertise") {
    const bool all = words.has("all");
    if (message[0] != 136 || message.size() != 32 || packet[7] != 255) return "no advertisement";
    if (message[4] != (all ? 0x20 : 0x60)) return "other flags";
    const Octets mac(message.begin() + 26, message.end());
    return mac == path.to_mac && (all || got.frame.destination == path.source) ? std::nullopt
                                                                               : Problem("another target");
  }
  return "this is not what the script names";
}

}  // namespace bellrock::responder::test
