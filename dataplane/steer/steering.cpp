#include "dataplane/steer/steering.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <net/if.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

namespace bellrock::steer {
namespace {

constexpr std::array kPins{STEER_RULES_MAP, STEER_COUNTS_MAP, STEER_ABOUT_MAP};

// The lock is a folder of bpffs: the names that it guards are in the same file system.
Result<File> lock_pins(const std::string& bpffs) {
  struct statfs info = {};
  if (::statfs(bpffs.c_str(), &info) != 0) return Failure{Error{"no folder for pinned maps, errno", errno}};
  if (info.f_type != BPF_FS_MAGIC) {
    return Failure{Error{"no bpffs is mounted for pinned maps (mount -t bpf bpf /sys/fs/bpf); there is type",
                         static_cast<std::int64_t>(info.f_type)}};
  }
  const std::string folder = bpffs + "/bellrock";
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return Failure{Error{"the lock for pinned maps cannot be made, errno", errno}};
  }
  File lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!lock.is_open()) return Failure{Error{"the lock for pinned maps cannot be opened, errno", errno}};
  if (::flock(lock.fd(), LOCK_EX | LOCK_NB) != 0) {
    return Failure{Error{"another Bellrock process steers an interface already, errno", errno}};
  }
  return lock;
}

// Detaches a program of ours. A foreign one is an error where we want to attach, and none of our business elsewhere.
Status<> clean_interface(std::uint32_t index, bool wanted, std::span<const Tag> tags, Cleaned& cleaned) {
  const auto attached = attached_to(index);
  if (!attached.ok()) return wanted ? Status<>(Failure{attached.error()}) : Status<>(Done{});
  if (is_ours(*attached, tags)) {
    TRY(detach(index, *attached));
    cleaned.program = true;
  } else if (wanted && attached->id != 0) {
    return Failure{
        Error{"the interface has an XDP program of somebody else, which is left alone (bpftool net, "
              "ip link set dev … xdp off); its id",
              attached->id}};
  }
  return Done{};
}

Status<> clean(const std::string& bpffs, std::uint32_t index, const Tag& own, Cleaned& cleaned) {
  std::vector<Tag> tags{own};
  std::uint32_t other = 0;
  // Maps of another version cannot be read. Then the tag of this build alone says what is ours.
  if (const auto left = Maps::open(bpffs); left.ok()) {
    if (const auto about = left->about(); about.ok()) {
      tags.emplace_back();
      std::copy_n(about->tag, tags.back().size(), tags.back().begin());
      if (about->interface != index) other = about->interface;
    }
  }
  TRY(clean_interface(index, true, tags, cleaned));
  if (other != 0) TRY(clean_interface(other, false, tags, cleaned));
  for (const char* pin : kPins) {
    if (::unlink((bpffs + '/' + pin).c_str()) == 0) {
      ++cleaned.pins;
    } else if (errno != ENOENT) {
      return Failure{Error{"a stale pinned map cannot be removed, errno", errno}};
    }
  }
  return Done{};
}

}  // namespace

Result<Steering> Steering::start(const Settings& settings) {
  const std::uint32_t index = if_nametoindex(settings.interface.c_str());
  if (index == 0) return Failure{Error{"no such interface to steer, errno", errno}};
  TRY_ASSIGN(File lock, lock_pins(settings.bpffs));
  TRY_ASSIGN(Object object, Object::load());
  Cleaned cleaned;
  TRY(clean(settings.bpffs, index, object.tag(), cleaned));
  TRY(object.pin_maps(settings.bpffs));
  TRY_ASSIGN(Maps maps, Maps::open(settings.bpffs));
  Steering steering(std::move(lock), std::move(maps));  // from here on its end removes the pins
  steering.tag_ = object.tag();
  steering.interface_ = settings.interface;
  steering.bpffs_ = settings.bpffs;
  steering.index_ = index;
  steering.cleaned_ = cleaned;
  steer_about about = {.abi = STEER_ABI, .interface = index, .tag = {}};
  std::copy_n(object.tag().begin(), object.tag().size(), about.tag);
  TRY(steering.maps_.set_about(about));
  TRY(steering.maps_.apply(settings.rules));
  TRY_ASSIGN(steering.program_, Object::as_file());
  return steering;
}

std::string Steering::device(std::uint32_t first_queue, std::uint32_t queues) const {
  return "--vdev=net_af_xdp0,iface=" + interface_ + ",start_queue=" + std::to_string(first_queue) +
         ",queue_count=" + std::to_string(queues) + ",xdp_prog=/proc/self/fd/" + std::to_string(program_.fd());
}

Status<> Steering::confirm() const {
  TRY_ASSIGN(const Attached attached, attached_to(index_));
  if (!is_ours(attached, std::span(&tag_, 1))) {
    return Failure{Error{"the steering program is not attached; the interface has the program id", attached.id}};
  }
  return Done{};
}

// Without rights (they were given up after the start) all of this fails quietly, and the next start cleans up.
Steering::~Steering() {
  if (!lock_.is_open()) return;
  const auto attached = attached_to(index_);
  if (attached.ok() && is_ours(*attached, std::span(&tag_, 1))) (void)detach(index_, *attached);
  for (const char* pin : kPins) ::unlink((bpffs_ + '/' + pin).c_str());
}

}  // namespace bellrock::steer
