#include "control/cli/commands/replay_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>

#include "control/cli/exit_code.h"
#include "control/cli/output.h"

namespace bellrock::cli {
namespace {

// A file as something that can be compared; `name` is where one that is not there yet would be.
struct Identity {
  dev_t device = 0;
  ino_t inode = 0;
  std::string name;
  bool operator==(const Identity&) const = default;
};

// A character device (/dev/null) has no content to lose, so it may be named twice: nothing.
std::optional<Identity> identity_of(const struct stat& status) {
  if (S_ISCHR(status.st_mode)) return std::nullopt;
  return Identity{status.st_dev, status.st_ino, {}};
}

std::optional<Identity> identity_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return identity_of(status);
  std::error_code error;
  const auto canonical = std::filesystem::weakly_canonical(path, error);
  return Identity{0, 0, error ? path : canonical.string()};
}

// Every file of a command with the option that names it; the first that is there already is the answer of `add`.
class Purposes {
 public:
  bool add(const std::string& option, const std::string& path, const std::optional<Identity>& identity,
           std::ostream& err) {
    if (!identity) return true;
    for (const auto& [other_option, other] : known_) {
      if (other != *identity) continue;
      err << "bellrock: " << option << ' ' << printable(path) << " is the file of " << other_option
          << ": name another one\n";
      return false;
    }
    known_.emplace_back(option, *identity);
    return true;
  }
  void add_input(const std::string& option, const std::string& path) {
    if (const auto identity = identity_of(path)) known_.emplace_back(option, *identity);
  }

 private:
  std::vector<std::pair<std::string, Identity>> known_;
};

struct Wanted {
  const char* option;
  const std::string& path;
};

Purposes inputs_of(const ReplayCommand& command, std::span<const std::string> configuration) {
  Purposes purposes;
  purposes.add_input("--pcap", command.pcap);
  for (const auto& file : configuration) purposes.add_input("--config", file);
  struct stat status {};
  if (::fstat(STDOUT_FILENO, &status) == 0 && S_ISREG(status.st_mode))
    purposes.add_input("standard output", "/dev/stdout");
  return purposes;
}

}  // namespace

ReplayFiles::File::~File() {
  sink.finish();
  ::close(descriptor);
}

int ReplayFiles::open(const ReplayCommand& command, std::span<const std::string> configuration, std::ostream& err) {
  const Wanted wanted[] = {{"--transactions", command.transactions},
                           {"--beacons", command.beacons},
                           {"--outcomes", command.outcomes},
                           {"--frames", command.frames}};
  Purposes by_name = inputs_of(command, configuration);
  for (const auto& [option, path] : wanted) {
    if (!path.empty() && !by_name.add(option, path, identity_of(path), err)) return kUsage;
  }
  // Opened with their content, compared as what they turned out to be (a link to nothing is known only now), emptied.
  Purposes by_inode = inputs_of(command, configuration);
  for (const auto& [option, path] : wanted) {
    files_.push_back(nullptr);
    if (path.empty()) continue;
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
    if (descriptor < 0) {
      err << cannot_write(path, errno) << '\n';
      return kUnusable;
    }
    files_.back() = std::make_unique<File>(path, descriptor);
    struct stat status {};
    if (::fstat(descriptor, &status) == 0 && !by_inode.add(option, path, identity_of(status), err)) return kUsage;
  }
  for (const auto& file : files_) {
    struct stat status {};
    if (!file || ::fstat(file->descriptor, &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if (::ftruncate(file->descriptor, 0) == 0) continue;
    err << cannot_write(file->path, errno) << '\n';
    return kUnusable;
  }
  return kDone;
}

int ReplayFiles::finish(std::ostream& err) {
  int exit_code = kDone;
  for (const auto& file : files_) {
    const int error = file ? file->sink.finish() : 0;
    if (error == 0) continue;
    err << cannot_write(file->path, error) << '\n';
    exit_code = kUnusable;
  }
  return exit_code;
}

}  // namespace bellrock::cli
