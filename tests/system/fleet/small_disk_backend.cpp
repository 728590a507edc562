#include "tests/system/fleet/small_disk_backend.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "control/net/http_client.h"

extern char** environ;

namespace bellrock::fleet {
namespace {

void need(bool held, const char* what) {
  if (!held) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  need(::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0, "bind");
  need(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  ::close(fd);
  return ntohs(address.sin_port);
}

}  // namespace

SmallDiskBackend::SmallDiskBackend(std::string central, const std::string& shop, int megabytes)
    : central_(std::move(central)), port_(free_port()) {
  std::string name = (std::filesystem::temp_directory_path() / "bellrock_faults_XXXXXX").string();
  need(::mkdtemp(name.data()) != nullptr, "mkdtemp");
  folder_ = name;
  disk_.emplace(folder_ / "disk", megabytes);
  std::ofstream(folder_ / "shop.yaml") << shop;
}

void SmallDiskBackend::write_document(const std::string& store) const {
  std::ofstream(folder_ / "central.yaml")
      << "apiVersion: bellrock/v1\nkind: Central\nspec:\n  listen: 127.0.0.1:" << port_ << "\n  " << store << "\n";
}

SmallDiskBackend::~SmallDiskBackend() {
  end(SIGKILL);
  disk_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

bool SmallDiskBackend::start(std::string& why) {
  const std::string log_file = folder_ / "central.log", central = folder_ / "central.yaml",
                    shop = folder_ / "shop.yaml";
  // It goes when this process goes, whatever the reason.
  std::vector<std::string> words{"setpriv", "--pdeathsig", "KILL", central_, "--config", central, shop};
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int error = ::posix_spawnp(&process_, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("setpriv cannot be started");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    const auto reply = net::http_get(url() + "/healthz", {.timeout = std::chrono::seconds(5)});
    if (reply.ok() && reply->status == 200) return true;
    if (::waitpid(process_, nullptr, WNOHANG) == process_) {
      process_ = -1;
      why = log();
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  throw std::runtime_error("the centre does not answer\n" + log());
}

void SmallDiskBackend::end(int signal) {
  if (process_ < 0) return;
  ::kill(process_, signal);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

std::string SmallDiskBackend::log() const {
  std::ostringstream text;
  text << std::ifstream(folder_ / "central.log").rdbuf();
  return text.str();
}

}  // namespace bellrock::fleet
