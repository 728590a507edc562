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
#include <cstdio>
#include <optional>
#include <vector>

namespace bellrock::steer {
namespace {

constexpr std::array kPins{STEER_RULES_MAP, STEER_COUNTS_MAP, STEER_ABOUT_MAP};
constexpr const char* kNew = "_new";  // behind a pin's name, until it takes the place of a stale one

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

Status<> remove_pin(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return Done{};
  return Failure{Error{"a stale pinned map cannot be removed, errno", errno}};
}

bool is_of(const std::optional<steer_about>& about, const Settings& settings) {
  constexpr std::array<std::uint8_t, 16> kNobody{};
  return about && settings.counter != kNobody &&
         std::equal(settings.counter.begin(), settings.counter.end(), about->counter);
}

// Takes programs of ours away. Returns what the new one is to count on from.
Result<Counts> clean(const Settings& settings, std::uint32_t index, const Tag& own, Cleaned& cleaned) {
  std::vector<Tag> tags{own};
  std::uint32_t other = 0;
  std::optional<steer_about> about;
  // Maps of another version cannot be read. Then the tag of this build alone says what is ours.
  auto left = Maps::open(settings.bpffs);
  if (left.ok()) {
    if (const auto found = left->about(); found.ok()) about = *found;
  }
  if (about) {
    tags.emplace_back();
    std::copy_n(about->tag, tags.back().size(), tags.back().begin());
    if (about->interface != index) other = about->interface;
  }
  TRY(clean_interface(index, true, tags, cleaned));
  if (other != 0) TRY(clean_interface(other, false, tags, cleaned));
  Counts counts = settings.counted;
  if (!is_of(about, settings)) {
    // First of all the word whose the counts are: they are never taken for those of another.
    const std::string word = settings.bpffs + '/' + STEER_ABOUT_MAP;
    if (::access(word.c_str(), F_OK) == 0) ++cleaned.pins;
    TRY(remove_pin(word));
    return counts;
  }
  const auto found = left->counts();  // its program is detached and counts no more
  for (std::size_t i = 0; found.ok() && i < counts.size(); ++i) counts[i] = std::max(counts[i], (*found)[i]);
  return counts;
}

// The word whose the counts are comes last: it is there already, or a kill before it leaves them to nobody.
Status<> replace_pins(const std::string& bpffs, Cleaned& cleaned) {
  for (const char* pin : kPins) {
    const std::string path = bpffs + '/' + pin;
    if (::access(path.c_str(), F_OK) == 0) ++cleaned.pins;
    if (::rename((path + kNew).c_str(), path.c_str()) != 0) {
      return Failure{Error{"a map of the steering program cannot take its name, errno", errno}};
    }
  }
  return Done{};
}

// Maps with all that the program needs, before anybody sees them under their names.
Result<Maps> make_maps(Object& object, const Settings& settings, std::uint32_t index, const Counts& counts) {
  for (const char* pin : kPins) TRY(remove_pin(settings.bpffs + '/' + pin + kNew));
  TRY(object.pin_maps(settings.bpffs, kNew));
  TRY_ASSIGN(Maps maps, Maps::open(settings.bpffs, kNew));
  steer_about about = {.abi = STEER_ABI, .interface = index, .tag = {}, .counter = {}};
  std::copy_n(object.tag().begin(), object.tag().size(), about.tag);
  std::copy(settings.counter.begin(), settings.counter.end(), about.counter);
  TRY(maps.set_about(about));
  TRY(maps.set_counts(counts));
  TRY(maps.apply(settings.rules));
  return maps;
}

}  // namespace

Result<Steering> Steering::start(const Settings& settings) {
  const std::uint32_t index = if_nametoindex(settings.interface.c_str());
  if (index == 0) return Failure{Error{"no such interface to steer, errno", errno}};
  TRY_ASSIGN(File lock, lock_pins(settings.bpffs));
  TRY_ASSIGN(Object object, Object::load());
  Cleaned cleaned;
  TRY_ASSIGN(const Counts counts, clean(settings, index, object.tag(), cleaned));
  TRY_ASSIGN(Maps maps, make_maps(object, settings, index, counts));
  TRY(replace_pins(settings.bpffs, cleaned));
  Steering steering(std::move(lock), std::move(maps));  // from here on its end removes the pins
  steering.tag_ = object.tag();
  steering.interface_ = settings.interface;
  steering.bpffs_ = settings.bpffs;
  steering.index_ = index;
  steering.cleaned_ = cleaned;
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
