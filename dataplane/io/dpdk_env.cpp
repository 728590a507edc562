#include "dataplane/io/dpdk_env.h"

#include <pthread.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mbuf_dyn.h>

#include <algorithm>
#include <array>
#include <vector>

#include "dataplane/base/limits.h"
#include "dataplane/io/dpdk_pool.h"
#include "dataplane/io/dpdk_state.h"

namespace bellrock::io {
namespace {

constexpr std::uint16_t kDescriptors = 1'024;
constexpr unsigned kCacheBuffers = 256;
// Largest frame that one joined buffer takes: a buffer's length has 16 bits.
constexpr std::uint16_t kJoinedBytes = 65'535;
constexpr unsigned kJoinedBuffers = 127;

// Buffers in flight: the device's rings, each worker's burst and cache, frames that wait to be sent, and what
// distribution in software may hold.
unsigned buffers_for(std::uint16_t queues) {
  constexpr unsigned kFrames = 2 * kDescriptors + 2 * static_cast<unsigned>(kBurstMax) + kOutFramesMax;
  const unsigned wanted = queues * (kFrames + 2 * kCacheBuffers) + 4'096;
  unsigned size = 1;
  while (size < wanted) size *= 2;
  return size - 1;  // a pool of 2^k - 1 wastes nothing
}

Error eal_error(const char* what, int error) { return {what, error < 0 ? -error : error}; }

// The EAL pins its caller; the workers choose their cores themselves.
class KeepAffinity {
 public:
  KeepAffinity() { known_ = pthread_getaffinity_np(pthread_self(), sizeof set_, &set_) == 0; }
  ~KeepAffinity() {
    if (known_) pthread_setaffinity_np(pthread_self(), sizeof set_, &set_);
  }
  KeepAffinity(const KeepAffinity&) = delete;
  KeepAffinity& operator=(const KeepAffinity&) = delete;

 private:
  cpu_set_t set_;
  bool known_;
};

Status<> init_eal(std::span<const std::string> arguments) {
  static bool used = false;
  if (used) return Failure{Error{"the EAL was started before in this process", 0}};
  const KeepAffinity keep;
  // The EAL keeps and changes these, so they live as long as the process.
  static std::vector<std::string> texts{"bellrock-edge", "--log-level=*:4"};  // errors; what follows may say otherwise
  static std::vector<char*> pointers;
  texts.insert(texts.end(), arguments.begin(), arguments.end());
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  used = true;
  if (rte_eal_init(static_cast<int>(texts.size()), pointers.data()) < 0) {
    return Failure{eal_error("the EAL did not start (its reason is above), rte_errno", rte_errno)};
  }
  return Done{};
}

// Whether the device plays a file once, as its own argument says: `net_pcap0,rx_pcap=FILE`.
bool plays_a_file(std::span<const std::string> arguments, const std::string& device) {
  for (const std::string& argument : arguments) {
    const std::size_t at = argument.find(device + ',');
    if (at == std::string::npos) continue;
    const std::string_view options = std::string_view(argument).substr(at);
    if (options.find("infinite_rx=1") != std::string_view::npos) return false;
    if (options.find(",rx_pcap=") != std::string_view::npos) return true;
  }
  return false;
}

// Both directions of a connection get the same hash: this key repeats every 16 bits (Woo and Park, "Scalable TCP
// session monitoring with symmetric receive-side scaling", 2012).
std::array<std::uint8_t, 64> symmetric_key() {
  std::array<std::uint8_t, 64> key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = i % 2 == 0 ? 0x6d : 0x5a;
  return key;
}

Status<> configure(DpdkEnv::State& state, const rte_eth_dev_info& info, std::uint16_t wanted, bool one_direction) {
  constexpr std::uint64_t kFlows =
      RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV6_TCP;
  std::array<std::uint8_t, 64> key = symmetric_key();
  const auto key_bytes = static_cast<std::uint8_t>(info.hash_key_size != 0 ? info.hash_key_size : 40);
  const std::uint64_t flows = info.flow_type_rss_offloads & kFlows;
  const bool several = wanted > 1 && info.max_rx_queues >= wanted;
  const bool sends_too = !one_direction || info.max_tx_queues >= wanted;
  const bool rss = several && sends_too && flows != 0 && key_bytes <= key.size();
  // Without RSS of its own the device (AF_XDP, af_packet) has what the NIC or the kernel below it spreads.
  const bool spread_below = several && sends_too && one_direction;
  state.queues = rss || spread_below ? wanted : 1;
  state.transmit_queues = one_direction && state.queues > 1 ? wanted : 1;
  state.symmetric_rss = rss;
  rte_eth_conf settings = {};
  if (rss) {
    settings.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    settings.rx_adv_conf.rss_conf.rss_key = key.data();
    settings.rx_adv_conf.rss_conf.rss_key_len = key_bytes;
    settings.rx_adv_conf.rss_conf.rss_hf = flows;
  }
  if ((info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER) != 0) settings.rxmode.offloads |= RTE_ETH_RX_OFFLOAD_SCATTER;
  // Observing never sends; one transmit queue, because some drivers refuse to have none.
  const int error = rte_eth_dev_configure(state.device, state.queues, state.transmit_queues, &settings);
  if (error != 0) return Failure{eal_error("the device cannot be configured, errno", error)};
  return Done{};
}

rte_mempool* make_pool(const DpdkEnv::State& state, int socket) {
  const char* const name = "bellrock_rx";
  const unsigned buffers = buffers_for(state.queues);
  if (state.driver == "net_af_xdp") return make_page_pool(name, buffers, kCacheBuffers, socket);
  return rte_pktmbuf_pool_create(name, buffers, kCacheBuffers, 0, RTE_MBUF_DEFAULT_BUF_SIZE, socket);
}

Status<> set_up_queues(DpdkEnv::State& state, const rte_eth_dev_info& info) {
  std::uint16_t rx = kDescriptors, tx = kDescriptors;
  int error = rte_eth_dev_adjust_nb_rx_tx_desc(state.device, &rx, &tx);
  if (error != 0) return Failure{eal_error("the device refuses its ring sizes, errno", error)};
  const int socket = rte_eth_dev_socket_id(state.device);
  state.pool = make_pool(state, socket);
  if (state.pool == nullptr) return Failure{eal_error("no memory for packet buffers, rte_errno", rte_errno)};
  state.joined_pool = rte_pktmbuf_pool_create("bellrock_joined", kJoinedBuffers, 0, 0, kJoinedBytes, socket);
  if (state.joined_pool == nullptr) return Failure{eal_error("no memory for large packets, rte_errno", rte_errno)};
  rte_eth_rxconf settings = info.default_rxconf;
  for (std::uint16_t queue = 0; queue < state.queues; ++queue) {
    error = rte_eth_rx_queue_setup(state.device, queue, rx, static_cast<unsigned>(socket), &settings, state.pool);
    if (error != 0) return Failure{eal_error("a receive queue cannot be set up, errno", error)};
  }
  for (std::uint16_t queue = 0; queue < state.transmit_queues; ++queue) {
    error = rte_eth_tx_queue_setup(state.device, queue, tx, static_cast<unsigned>(socket), &info.default_txconf);
    if (error != 0) return Failure{eal_error("a transmit queue cannot be set up, errno", error)};
  }
  return Done{};
}

// Only net_pcap's timestamps are on the capture's own clock; a NIC counts ticks of its own.
void find_timestamps(DpdkEnv::State& state) {
  if (state.driver != "net_pcap") return;
  state.timestamp_offset = rte_mbuf_dynfield_lookup(RTE_MBUF_DYNFIELD_TIMESTAMP_NAME, nullptr);
  const int flag = rte_mbuf_dynflag_lookup(RTE_MBUF_DYNFLAG_RX_TIMESTAMP_NAME, nullptr);
  if (state.timestamp_offset < 0 || flag < 0) return;
  state.timestamp_flag = std::uint64_t{1} << flag;
  state.capture_times = true;
}

Status<> start_device(DpdkEnv::State& state, const DpdkSettings& settings) {
  if (rte_eth_dev_is_valid_port(settings.device) == 0) {
    return Failure{Error{"the EAL made no device (its reason is above) for port id", settings.device}};
  }
  state.device = settings.device;
  rte_eth_dev_info info = {};
  int error = rte_eth_dev_info_get(state.device, &info);
  if (error != 0) return Failure{eal_error("the device cannot be examined, errno", error)};
  state.driver = info.driver_name != nullptr ? info.driver_name : "";
  std::array<char, RTE_ETH_NAME_MAX_LEN> name{};
  rte_eth_dev_get_name_by_port(state.device, name.data());
  state.finite = state.driver == "net_pcap" && plays_a_file(settings.eal_arguments, name.data());
  TRY(configure(state, info, std::max<std::uint16_t>(settings.queues, 1), settings.one_direction));
  TRY(set_up_queues(state, info));
  error = rte_eth_dev_start(state.device);
  if (error != 0) return Failure{eal_error("the device does not start, errno", error)};
  state.started = true;
  if (state.driver == "net_af_xdp") state.xdp = XdpSockets::find();
  error = settings.one_direction ? 0 : rte_eth_promiscuous_enable(state.device);
  if (error != 0 && error != -ENOTSUP) return Failure{eal_error("the device refuses promiscuous mode, errno", error)};
  find_timestamps(state);
  return Done{};
}

}  // namespace

DpdkEnv::DpdkEnv(std::unique_ptr<State> state) : state_(std::move(state)) {}
DpdkEnv::DpdkEnv(DpdkEnv&&) noexcept = default;

Result<DpdkEnv> DpdkEnv::start(const DpdkSettings& settings) {
  TRY(init_eal(settings.eal_arguments));
  DpdkEnv env(std::make_unique<State>());  // from here on its end cleans up
  TRY(start_device(*env.state_, settings));
  return env;
}

DpdkEnv::~DpdkEnv() {
  if (state_ == nullptr) return;
  if (state_->started) {
    rte_eth_dev_stop(state_->device);
    rte_eth_dev_close(state_->device);
  }
  rte_mempool_free(state_->joined_pool);
  rte_mempool_free(state_->pool);
  rte_eal_cleanup();
}

std::uint16_t DpdkEnv::device() const { return state_->device; }
std::uint16_t DpdkEnv::queues() const { return state_->queues; }
bool DpdkEnv::symmetric_rss() const { return state_->symmetric_rss; }
bool DpdkEnv::finite() const { return state_->finite; }
bool DpdkEnv::capture_times() const { return state_->capture_times; }
const char* DpdkEnv::driver() const { return state_->driver.c_str(); }

std::array<std::uint8_t, 6> DpdkEnv::mac() const {
  rte_ether_addr address = {};
  rte_eth_macaddr_get(state_->device, &address);
  std::array<std::uint8_t, 6> mac;
  std::copy_n(address.addr_bytes, mac.size(), mac.begin());
  return mac;
}

std::uint16_t DpdkEnv::mtu() const {
  std::uint16_t mtu = 0;
  if (rte_eth_dev_get_mtu(state_->device, &mtu) != 0 || mtu == 0) return 1'500;
  return std::min(mtu, kOutMtuMax);
}

std::uint32_t DpdkEnv::interface() const {
  rte_eth_dev_info info = {};
  return rte_eth_dev_info_get(state_->device, &info) == 0 ? info.if_index : 0;
}

DpdkStats DpdkEnv::stats() const {
  rte_eth_stats stats = {};
  if (rte_eth_stats_get(state_->device, &stats) != 0) return {};
  return {stats.ipackets, stats.imissed + state_->xdp.ring_full(), stats.rx_nombuf, stats.ierrors};
}

}  // namespace bellrock::io
