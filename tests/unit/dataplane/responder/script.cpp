#include "tests/unit/dataplane/responder/script.h"

#include <algorithm>
#include <fstream>

namespace bellrock::responder::test {

namespace {

constexpr Mac kOurMac{2, 0, 0, 0, 0, 1};
const Octets kPeerMac{2, 0, 0, 0, 0, 9};

Duration duration(const std::string& text) {
  std::size_t used = 0;
  const long long value = std::stoll(text, &used);
  return text.substr(used) == "s" ? value * kSecond : value * kMillisecond;
}

const std::map<std::string, CloseReason> kReasons{
    {"finished", CloseReason::kFinished},  {"reset", CloseReason::kPeerReset}, {"aborted", CloseReason::kAborted},
    {"timed-out", CloseReason::kTimedOut}, {"idle", CloseReason::kIdle},       {"lingered", CloseReason::kLingered},
    {"evicted", CloseReason::kEvicted},    {"stalled", CloseReason::kStalled}, {"revoked", CloseReason::kRevoked}};

}  // namespace

Words::Words(const std::string& line) {
  std::istringstream in(line);
  for (std::string word; in >> word;) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) {
      plain_.push_back(word);
    } else {
      keyed_[word.substr(0, equals)] = word.substr(equals + 1);
    }
  }
}

const std::string& Words::at(std::size_t i) const {
  static const std::string kNone;
  return i < plain_.size() ? plain_[i] : kNone;
}

bool Words::has(const std::string& word) {
  used_[word] = true;
  return keyed_.contains(word) || std::find(plain_.begin(), plain_.end(), word) != plain_.end();
}

std::optional<std::string> Words::text(const std::string& key) {
  used_[key] = true;
  return keyed_.contains(key) ? std::optional(keyed_[key]) : std::nullopt;
}

std::optional<std::int64_t> Words::number(const std::string& key) {
  const auto value = text(key);
  return value ? std::optional<std::int64_t>(std::stoll(*value)) : std::nullopt;
}

std::string Words::unused() const {
  for (const auto& [key, value] : keyed_) {
    if (!used_.contains(key)) return key;
  }
  return "";
}

Words Words::behind(std::size_t count) const {
  Words rest;
  rest.plain_.assign(plain_.begin() + static_cast<std::ptrdiff_t>(std::min(count, plain_.size())), plain_.end());
  rest.keyed_ = keyed_;
  return rest;
}

std::string Script::run() {
  std::ifstream file(path_);
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (const std::size_t comment = line.find('#'); comment != std::string::npos) line.resize(comment);
    if (line.find_first_not_of(' ') == std::string::npos) continue;
    Problem problem = step(line);
    if (!problem && !server_.problems.empty()) problem = server_.problems.front();
    if (problem) return path_ + ":" + std::to_string(number) + ": " + line + "\n  " + *problem;
  }
  const Problem problem = at_end();
  return problem ? path_ + ": at the end: " + *problem : "";
}

Script::Problem Script::step(const std::string& line) {
  Words words(line);
  const std::string& verb = words.at(0);
  if (verb == "set") return set(words.behind(1));
  if (verb == "reply") {
    std::string& bytes = reply_bytes_[words.at(1)];
    for (int i = 0; i < std::stoi(words.at(2)); ++i)
      bytes += static_cast<char>('a' + (i + static_cast<int>(reply_ids_.size()) * 7) % 26);
    reply_ids_[words.at(1)] = replies_.add(bellrock::bytes(bytes));
    return std::nullopt;
  }
  start();
  if (verb == "serve") return serve(words.behind(1));
  if (verb == "repeat") {
    const std::size_t from = line.find(words.at(1)) + words.at(1).size();
    for (int i = 0; i < std::stoi(words.at(1)); ++i) {
      if (Problem problem = step(line.substr(from))) return problem;
    }
    return std::nullopt;
  }
  if (verb == "peer") {
    current_ = static_cast<unsigned>(std::stoul(words.at(1)));
    return std::nullopt;
  }
  if (verb == "out") return out(words.behind(1));
  if (verb == "flood") return flood(std::stoul(words.at(1)));
  if (verb == "in" || verb == "do" || verb == "wait" || verb == "open") {
    if (!came_out_.empty()) return "a frame came out that the script does not name, before this line";
    begin_action();
    Problem problem;
    if (verb == "in") problem = in(words.behind(1));
    if (verb == "do") problem = act(words.behind(1));
    if (verb == "open") problem = open(words.behind(1));
    if (verb == "wait") {
      now_ = now_ + duration(words.at(1));
      responder_->advance(now_);
    }
    collect();
    return problem;
  }
  return expect(words);
}

Script::Problem Script::set(const Words& words) {
  if (responder_) return "set comes first";
  const std::string& key = words.at(0);
  const std::string& value = words.at(1);
  const auto number = [&] { return std::stoul(value); };
  if (key == "mtu") return config_.mtu = static_cast<std::uint16_t>(number()), std::nullopt;
  if (key == "window") return config_.receive_window = static_cast<std::uint16_t>(number()), std::nullopt;
  if (key == "connections") return config_.connections = static_cast<std::uint32_t>(number()), std::nullopt;
  if (key == "stubs") return config_.time_wait_stubs = static_cast<std::uint32_t>(number()), std::nullopt;
  if (key == "per-source") return config_.connections_per_source = static_cast<std::uint32_t>(number()), std::nullopt;
  if (key == "kept-bytes") return config_.out_of_order_bytes = number(), std::nullopt;
  if (key == "resets") return config_.resets_per_second = static_cast<std::uint32_t>(number()), std::nullopt;
  if (key == "echoes") return config_.echoes_per_second = static_cast<std::uint32_t>(number()), std::nullopt;
  if (key == "syns") return config_.syn_acks_per_second = static_cast<std::uint32_t>(number()), std::nullopt;
  if (key == "retransmissions") return config_.retransmissions = static_cast<std::uint8_t>(number()), std::nullopt;
  if (key == "probes") return config_.window_probes = static_cast<std::uint8_t>(number()), std::nullopt;
  if (key == "idle") return config_.idle = duration(value), std::nullopt;
  if (key == "linger") return config_.linger = duration(value), std::nullopt;
  if (key == "time-wait") return config_.time_wait = duration(value), std::nullopt;
  if (key == "reply-timeout") return config_.reply_timeout = duration(value), std::nullopt;
  if (key == "rto-min") return config_.rto_min = duration(value), std::nullopt;
  if (key == "isn") return isn_ = static_cast<std::uint32_t>(number()), std::nullopt;
  if (key == "buffers") return buffers_max_ = number(), std::nullopt;
  if (key == "ipv6") return ipv6_ = true, std::nullopt;
  if (key == "vlan") return tags_.emplace_back(0x8100, number()), std::nullopt;
  if (key == "provider-vlan") return tags_.emplace_back(0x88a8, number()), std::nullopt;
  return "unknown setting";
}

void Script::start() {
  if (responder_) return;
  addresses_ = {Address{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1},
                Address{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  Config config = config_;
  if (config.connections == Config{}.connections) config.connections = 64;
  if (config.time_wait_stubs == Config{}.time_wait_stubs) config.time_wait_stubs = 64;
  if (config.out_of_order_bytes == Config{}.out_of_order_bytes) config.out_of_order_bytes = 64 * 2'048;
  config.mac = kOurMac;
  config.addresses = addresses_;
  config.ports = ports_;
  config.secret = {0x1234, 0x5678};
  config_ = config;
  server_.replies = &replies_;
  responder_ = std::make_unique<Responder<ScriptedServer>>(config, replies_, outbox_, counters_, server_);
  responder_->advance(now_);
}

// As many empty buffers as the script wants; their old bytes are rubbish.
void Script::begin_action() {
  buffers_.resize(std::max(buffers_.size(), buffers_max_));
  for (std::size_t i = outbox_.offered(); i < buffers_max_; ++i) {
    buffers_[i].assign(config_.mtu + kLinkBytesMax, 0xdd);
    outbox_.offer(buffers_[i].data());
  }
}

void Script::collect() {
  for (const OutFrame& frame : outbox_.ready()) {
    came_out_.emplace_back(frame.data, frame.data + frame.bytes);
    ++frames_out_;
  }
  outbox_.sent();
  for (std::size_t i = 0; outbox_.offered() > 0 && i < kOutFramesMax; ++i) {
    if (outbox_.next() != nullptr) outbox_.filled(0);
    outbox_.sent();
  }
}

Peer& Script::peer() {
  Peer& peer = peers_[current_];
  if (!peer.path.source.empty()) return peer;
  peer.isn = isn_;
  peer.path.from_mac = kPeerMac;
  peer.path.to_mac = {kOurMac.begin(), kOurMac.end()};
  peer.path.tags = tags_;
  peer.path.ipv6 = ipv6_;
  peer.path.source_port = static_cast<std::uint16_t>(40'000 + current_);
  peer.path.destination_port = 80;
  const Address& ours = addresses_[ipv6_ ? 1 : 0];
  peer.path.destination = {ours.begin() + (ipv6_ ? 0 : 12), ours.end()};
  peer.path.source = peer.path.destination;
  peer.path.source.back() = static_cast<std::uint8_t>(current_ < 100 ? 7 : current_);  // 100 and more: another source
  return peer;
}

std::optional<ConnectionIndex> Script::connection() {
  for (const auto& [index, number] : server_.open) {
    if (server_.connections[number].flow.source.port == peer().path.source_port) return index;
  }
  return std::nullopt;
}

ScriptedServer::Seen* Script::seen() {
  const auto found = server_.by_port.find(peer().path.source_port);
  return found == server_.by_port.end() ? nullptr : &server_.connections[found->second];
}

std::uint32_t Script::clock() const { return 1'000 + static_cast<std::uint32_t>((now_ - begin_) / kMillisecond); }

void Script::deliver(const Octets& frame, std::uint32_t wire_bytes) {
  const auto size = static_cast<std::uint32_t>(frame.size());
  const Packet packet{.data = frame,
                      .wire_bytes = wire_bytes == 0 ? size : wire_bytes,
                      .link = LinkType::kEthernet,
                      .time = now_,
                      .ordinal = 0};
  verdict_ = responder_->on_frame(packet, now_);
}

Script::Problem Script::serve(Words words) {
  const std::string& what = words.at(0);
  const auto reply = [&](const std::string& name) { return reply_ids_.contains(name) ? reply_ids_[name] : kNoReply; };
  if (what == "reply") {
    server_.reply = reply(words.at(1));
    server_.close_after_reply = words.has("close");
  } else if (what == "take") {
    server_.take_max = std::stoul(words.at(1));
  } else if (what == "room") {
    server_.answers_are_room = true;
  } else if (what == "close") {
    server_.close_on_data = true;
  } else if (what == "abort") {
    server_.abort_on_data = true;
  } else if (what == "half-close") {
    server_.close_on_half_close = words.has("close");
    server_.half_close_reply = reply(words.at(1));
  } else {
    return "unknown order to the server";
  }
  return std::nullopt;
}

Script::Problem Script::act(Words words) {
  const std::string& what = words.at(0);
  if (what == "window")
    return responder_->set_window(static_cast<std::uint16_t>(std::stoul(words.at(1)))), std::nullopt;
  if (what == "buffers") return buffers_max_ = std::stoul(words.at(1)), std::nullopt;
  if (what == "revoke") return replies_.revoke(reply_ids_[words.at(1)]), std::nullopt;
  const auto index = connection();
  if (!index) return "no connection";
  if (what == "respond") {
    for (std::size_t i = 1; i < words.size() && words.at(i) != "close"; ++i) {
      if (!server_.respond(*responder_, *index, reply_ids_[words.at(i)], words.has("close"))) return "no room";
    }
  } else if (what == "close") {
    responder_->close(*index);
  } else if (what == "abort") {
    responder_->abort(*index);
  } else if (what == "deadline") {
    responder_->set_deadline(*index, duration(words.at(1)));
  } else if (what == "no-deadline") {
    responder_->clear_deadline(*index);
  } else if (what != "resume") {
    return "unknown act";
  }
  responder_->resume(*index);
  return std::nullopt;
}

Script::Problem Script::open(Words words) {
  Peer& from = peer();
  from.timestamps = words.has("ts");
  if (const auto window = words.number("win")) from.window = static_cast<std::uint16_t>(*window);
  std::string syn = "S 0";
  if (const auto mss = words.text("mss")) syn += *mss == "none" ? "" : " mss=" + *mss;
  if (!words.has("mss")) syn += " mss=1460";
  if (const auto scale = words.text("ws")) syn += " ws=" + *scale;
  const std::string sack = words.has("sack") ? " sackok" : "";
  syn += sack;
  if (Problem problem = in(Words(syn))) return problem;
  collect();
  if (Problem problem = out(Words("SA 0 ack=1" + sack))) return problem;
  begin_action();
  if (Problem problem = in(Words("A 1"))) return problem;
  return connection() ? std::nullopt : Problem("the handshake opened nothing");
}

// SYNs of as many sources, whose answers nobody will ever acknowledge.
Script::Problem Script::flood(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    TcpFrame frame = peer().path;
    frame.source.back() = static_cast<std::uint8_t>(i % 200 + 20);
    frame.source_port = static_cast<std::uint16_t>(10'000 + i / 200);
    frame.sequence = static_cast<std::uint32_t>(i * 77'777);
    frame.flags = tcp_flag::kSyn;
    frame.mss = 1'460;
    begin_action();
    deliver(build(frame));
    collect();
    if (came_out_.size() > 1) return "more than one answer";
    if (!came_out_.empty() && read(came_out_.front()).frame.flags != (tcp_flag::kSyn | tcp_flag::kAck))
      return "another answer than a SYN-ACK";
    came_out_.clear();
  }
  return std::nullopt;
}

std::uint64_t Script::counter(const std::string& name, Problem& problem) const {
  for (std::size_t i = 0; i < kFrameVerdictNames.size(); ++i) {
    if (kFrameVerdictNames[i] == name) return counters_.pending(counter::id(static_cast<FrameVerdict>(i)));
  }
  for (std::size_t i = 0; i < kResponderCountNames.size(); ++i) {
    if (kResponderCountNames[i] == name) return counters_.pending(counter::id(static_cast<ResponderCount>(i)));
  }
  problem = "no counter has this name";
  return 0;
}

Script::Problem Script::expect(const Words& words) {
  const std::string& what = words.at(0);
  const std::string& value = words.at(1);
  const auto compare = [&](std::uint64_t got) -> Problem {
    if (got == std::stoull(value)) return std::nullopt;
    return "it is " + std::to_string(got);
  };
  if (what == "count") {
    Problem problem;
    const std::uint64_t got = counter(value, problem);
    if (!problem && got != std::stoull(words.at(2))) problem = "it is " + std::to_string(got);
    return problem;
  }
  if (what == "verdict") {
    const std::string got = verdict_ ? std::string(kFrameVerdictNames[static_cast<std::size_t>(*verdict_)]) : "none";
    return got == value ? std::nullopt : Problem("it is " + got);
  }
  if (what == "live") return compare(responder_->live());
  if (what == "stubs") return compare(responder_->stubs());
  if (what == "opened") return compare(server_.connections.size());
  if (what == "kept") return compare(responder_->out_of_order_blocks() - responder_->out_of_order_blocks_free());
  ScriptedServer::Seen* of = seen();
  if (of == nullptr) return "the server knows no such connection";
  if (what == "bytes") return compare(of->bytes);
  if (what == "deadlines") return compare(of->deadlines);
  if (what == "half-closed") return of->half_closed ? std::nullopt : Problem("it is not");
  if (what == "alive") return of->closed ? Problem("it is closed") : std::nullopt;
  if (what == "pending") return compare(responder_->pending(*connection()));
  if (what == "closed") {
    if (!kReasons.contains(value)) return "no such reason";
    if (!of->closed) return "it is still open";
    return of->reason == kReasons.at(value) ? std::nullopt : Problem("for another reason");
  }
  return "unknown statement";
}

Script::Problem Script::at_end() {
  if (!responder_) return "nothing happened";
  if (!came_out_.empty()) return "a frame came out that the script does not name";
  std::uint64_t verdicts = 0;
  for (std::size_t i = 0; i < kFrameVerdictNames.size(); ++i)
    verdicts += counters_.pending(counter::id(static_cast<FrameVerdict>(i)));
  if (verdicts != counters_.pending(counter::id(ResponderCount::kFramesIn))) return "frames in are not Σ verdicts";
  if (frames_out_ != counters_.pending(counter::id(ResponderCount::kFramesOut))) return "frames out are miscounted";
  if (responder_->live() != server_.open.size()) return "the server was not told of every end";
  return std::nullopt;
}

}  // namespace bellrock::responder::test
