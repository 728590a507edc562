#include "dataplane/app/live_ports.h"

#include "dataplane/tcp/flow_hash.h"
#include "dataplane/tcp/segment_parser.h"

namespace bellrock::app {

Result<LivePorts> LivePorts::open(const std::vector<std::string>& eal_arguments, std::uint32_t workers, bool serves) {
  LivePorts ports;
  TRY_ASSIGN(auto env, io::DpdkEnv::start({.eal_arguments = eal_arguments,
                                           .queues = static_cast<std::uint16_t>(workers),
                                           .one_direction = serves}));
  ports.env_ = std::make_unique<io::DpdkEnv>(std::move(env));
  ports.counts_ = std::make_unique<PortCounts>(*ports.env_);
  const std::uint16_t queues = ports.env_->queues();
  if (serves && queues < workers) {
    return Failure{Error{"a device needs a queue for each worker that serves (af_packet: qpairs=N); it has", queues}};
  }
  for (std::uint16_t queue = 0; queue < queues; ++queue) {
    ports.ports_.push_back(std::make_unique<io::DpdkPort>(*ports.env_, queue));
  }
  for (std::uint32_t i = 0; i < workers; ++i) {
    auto worker = std::make_unique<LivePort>();
    if (i < queues) {
      worker->port_ = ports.ports_[i].get();
      if (i == 0) worker->counts_ = ports.counts_.get();
    } else {
      ports.lanes_.push_back(std::make_unique<LivePort::Lane>());
      worker->lane_ = ports.lanes_.back().get();
      worker->owner_ = ports.ports_[0].get();
    }
    ports.workers_.push_back(std::move(worker));
  }
  if (queues == 1 && workers > 1) {
    for (auto& lane : ports.lanes_) ports.workers_[0]->lanes_.push_back(lane.get());
    ports.workers_[0]->overflow_.reserve(kBurstMax);
  }
  return ports;
}

std::span<const Packet> LivePort::rx_burst(Instant tick) {
  if (lane_ != nullptr) return {own_.data(), lane_->pop(own_.data(), own_.size())};
  const auto burst = port_->rx_burst(tick);
  return lanes_.empty() ? burst : distribute(burst);
}

// Packets without a flow (not TCP, damaged) stay here: they are only counted.
std::span<const Packet> LivePort::distribute(std::span<const Packet> burst) {
  std::size_t kept = 0;
  overflow_.clear();
  Segment segment;
  for (const Packet& packet : burst) {
    const bool flows = tcp::parse_segment(packet, false, segment).ok();
    const std::size_t worker = flows ? tcp::flow_hash(segment.flow) % (lanes_.size() + 1) : 0;
    if (worker == 0) {
      own_[kept++] = packet;
    } else if (!lanes_[worker - 1]->push(packet)) {
      ++full_;
      full_bytes_ += packet.wire_bytes;
      overflow_.push_back(packet);
    }
  }
  port_->release(overflow_);
  return {own_.data(), kept};
}

void LivePort::release(std::span<const Packet> burst) { (port_ != nullptr ? port_ : owner_)->release(burst); }

bool LivePort::ended() const {
  return port_ != nullptr ? port_->ended() : owner_->ended() && lane_->read_available() == 0;
}

void LivePort::count(Counters& counters, bool last) {
  if (full_ > 0) {
    counters.add(PacketCount::kPackets, full_);
    counters.add(PacketCount::kBytes, full_bytes_);
    counters.add(Drop::kDistributionFull, full_);
    full_ = full_bytes_ = 0;
  }
  if (port_ == nullptr) return;
  if (counts_ != nullptr) {
    if (last) counts_->look();
    counts_->take(counters);
  }
  counters.add(PacketCount::kPortUnsent, port_->unsent() - std::exchange(unsent_, port_->unsent()));
  counters.add(PacketCount::kTimeBackwards,
               port_->time_backwards() - std::exchange(backwards_, port_->time_backwards()));
}

}  // namespace bellrock::app
