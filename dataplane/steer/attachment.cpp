#include "dataplane/steer/attachment.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "bpf/abi/steer.h"

namespace bellrock::steer {
namespace {

std::uint32_t mode_flag(const Attached& attached) { return attached.native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE; }

}  // namespace

Result<Attached> attached_to(std::uint32_t interface) {
  bpf_xdp_query_opts found = {};
  found.sz = sizeof found;
  const int error = bpf_xdp_query(static_cast<int>(interface), 0, &found);
  if (error != 0) return Failure{Error{"the interface's XDP program cannot be asked for, errno", -error}};
  Attached attached;
  // Of several programs (native, generic, in the NIC) none has `prog_id`; whichever there is decides.
  attached.id = found.prog_id != 0       ? found.prog_id
                : found.drv_prog_id != 0 ? found.drv_prog_id
                : found.skb_prog_id != 0 ? found.skb_prog_id
                                         : found.hw_prog_id;
  if (attached.id == 0) return attached;
  attached.native = attached.id == found.drv_prog_id;
  attached.program = File(bpf_prog_get_fd_by_id(attached.id));
  if (!attached.program.is_open()) {
    return Failure{Error{"the interface's XDP program cannot be opened, errno", errno}};
  }
  bpf_prog_info info = {};
  std::uint32_t bytes = sizeof info;
  if (bpf_obj_get_info_by_fd(attached.program.fd(), &info, &bytes) != 0) {
    return Failure{Error{"the interface's XDP program cannot be examined, errno", errno}};
  }
  attached.name.assign(info.name, strnlen(info.name, sizeof info.name));
  std::copy_n(info.tag, attached.tag.size(), attached.tag.begin());
  return attached;
}

bool is_ours(const Attached& attached, std::span<const Tag> tags) {
  return attached.id != 0 && attached.name == STEER_PROGRAM &&
         std::find(tags.begin(), tags.end(), attached.tag) != tags.end();
}

Status<> detach(std::uint32_t interface, const Attached& attached) {
  bpf_xdp_attach_opts only = {};
  only.sz = sizeof only;
  only.old_prog_fd = attached.program.fd();
  const int error = bpf_xdp_detach(static_cast<int>(interface), mode_flag(attached) | XDP_FLAGS_REPLACE, &only);
  if (error != 0) return Failure{Error{"the steering program cannot be detached, errno", -error}};
  return Done{};
}

}  // namespace bellrock::steer
