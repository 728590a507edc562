#include "dataplane/steer/object.h"

#include <bpf/bpf.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>

#include "bpf/abi/steer.h"
#include "xdp_steer.skel.h"

namespace bellrock::steer {

void Object::Destroy::operator()(xdp_steer* skeleton) const { xdp_steer__destroy(skeleton); }

Result<Object> Object::load() {
  Object object(xdp_steer__open());
  if (object.skeleton_ == nullptr) return Failure{Error{"the steering program cannot be opened, errno", errno}};
  const auto& maps = object.skeleton_->maps;
  for (bpf_map* map : {maps.bellrock_rules, maps.bellrock_counts, maps.bellrock_about}) {
    // Without a path a map is made new: what another run left under the same name is not taken over.
    if (bpf_map__set_pin_path(map, nullptr) != 0) return Failure{Error{"a map cannot be prepared, errno", errno}};
  }
  const int error = xdp_steer__load(object.skeleton_.get());
  if (error != 0) return Failure{Error{"the kernel does not take the steering program, errno", -error}};
  bpf_prog_info info = {};
  std::uint32_t bytes = sizeof info;
  if (bpf_obj_get_info_by_fd(object.program_fd(), &info, &bytes) != 0) {
    return Failure{Error{"the steering program cannot be examined, errno", errno}};
  }
  std::copy_n(info.tag, object.tag_.size(), object.tag_.begin());
  return object;
}

int Object::program_fd() const { return bpf_program__fd(skeleton_->progs.xdp_steer); }
int Object::sockets_fd() const { return bpf_map__fd(skeleton_->maps.xsks_map); }

Status<> Object::pin_maps(const std::string& bpffs, const std::string& suffix) {
  const auto& maps = skeleton_->maps;
  for (const bpf_map* map : {maps.bellrock_rules, maps.bellrock_counts, maps.bellrock_about}) {
    const std::string path = bpffs + '/' + bpf_map__name(map) + suffix;
    if (bpf_obj_pin(bpf_map__fd(map), path.c_str()) != 0) {
      return Failure{Error{"a map of the steering program cannot be pinned, errno", errno}};
    }
  }
  return Done{};
}

Result<File> Object::as_file() {
  std::size_t bytes = 0;
  const void* data = xdp_steer__elf_bytes(&bytes);
  File file(memfd_create("xdp_steer.bpf.o", MFD_CLOEXEC));
  if (!file.is_open()) return Failure{Error{"no file in memory for the steering program, errno", errno}};
  if (::write(file.fd(), data, bytes) != static_cast<ssize_t>(bytes)) {
    return Failure{Error{"the steering program cannot be written to memory, errno", errno}};
  }
  return file;
}

}  // namespace bellrock::steer
