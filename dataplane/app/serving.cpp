#include "dataplane/app/serving.h"

#include <sys/random.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace bellrock::app {
namespace {

Result<std::string> read_snippet(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Failure{Error{"the snippet's file cannot be opened, errno", errno}};
  std::string text(kSnippetBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.empty()) return Failure{Error{"the snippet's file is empty", 0}};
  if (text.size() > kSnippetBytesMax) {
    return Failure{Error{"the snippet's file has more bytes than", static_cast<std::int64_t>(kSnippetBytesMax)}};
  }
  return text;
}

steer::Rule rule_of(const journey::Serve& serve, const journey::IpAddress& address) {
  steer::Rule rule;
  rule.address = octets_of(address);
  rule.owned = serve.owned;
  rule.ports = serve.ports;
  return rule;
}

Result<steer::Steering> steer_interface(const journey::Definition& definition, board::Board& board) {
  std::vector<steer::Rule> rules;
  for (const journey::IpAddress& address : definition.serve.addresses)
    rules.push_back(rule_of(definition.serve, address));
  steer::Settings settings{.interface = definition.port.xdp_interface, .rules = rules};
  const auto& id = board.board_id();
  static_assert(sizeof id == sizeof settings.counter);
  std::memcpy(settings.counter.data(), &id, sizeof id);
  settings.counted = steered_so_far(board);
  return steer::Steering::start(settings);
}

}  // namespace

std::string gzip(const std::string& text) {
  z_stream stream{};
  constexpr int kGzip = 15 + 16;
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, 9, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(done ? stream.total_out : 0);
  deflateEnd(&stream);
  return out;
}

steer::Counts steered_so_far(board::Board& board) {
  steer::Counts counts{};
  for (std::uint32_t core = 0; core < board.workers(); ++core) {
    for (std::size_t i = 0; i < counts.size(); ++i) {
      counts[i] += board.core(core).counters[counter::id(static_cast<SteerCount>(i))];
    }
  }
  return counts;
}

Result<Serving> Serving::prepare(const journey::Definition& definition) {
  Serving serving;
  if (!definition.serve.snippet_file.empty()) {
    TRY_ASSIGN(serving.snippet_, read_snippet(definition.serve.snippet_file));
    serving.snippet_gzip_ = gzip(serving.snippet_);
  }
  if (getrandom(&serving.secret_, sizeof serving.secret_, 0) != sizeof serving.secret_) {
    return Failure{Error{"no random secret, errno", errno}};
  }
  return serving;
}

Status<> Serving::steer(const journey::Definition& definition, board::Board& board) {
  if (definition.port.xdp_interface.empty()) return Done{};
  TRY_ASSIGN(auto steering, steer_interface(definition, board));
  steering_.emplace(std::move(steering));
  return Done{};
}

std::vector<std::string> Serving::eal(const journey::Port& port, std::uint32_t workers) const {
  if (!steering_) return port.eal;
  constexpr std::uint32_t kMegabytes = 96, kMegabytesPerQueue = 36;  // io/dpdk_env.cpp's pools
  return {"--no-huge",
          "-m",
          std::to_string(kMegabytes + kMegabytesPerQueue * workers),
          "--no-pci",
          "--no-shconf",
          "--no-telemetry",
          steering_->device(port.xdp_first_queue, workers)};
}

EndpointSetup Serving::of_worker(const io::DpdkEnv& device, std::uint32_t worker) const {
  const std::array<std::uint8_t, 4> number{static_cast<std::uint8_t>(worker)};
  const Hash128 secret = siphash128(secret_, number);
  const auto bytes = [](const std::string& text) {
    return Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  };
  return {.mac = device.mac(),
          .mtu = device.mtu(),
          .secret = {secret.low, secret.high},
          .snippet = bytes(snippet_),
          .snippet_gzip = bytes(snippet_gzip_)};
}

}  // namespace bellrock::app
