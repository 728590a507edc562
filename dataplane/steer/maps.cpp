#include "dataplane/steer/maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace bellrock::steer {
namespace {

struct Shape {
  std::uint32_t type, key_bytes, value_bytes, entries;
};

Result<File> open_map(const std::string& bpffs, const std::string& name, const Shape& shape) {
  File file(bpf_obj_get((bpffs + '/' + name).c_str()));
  if (!file.is_open()) return Failure{Error{"a map of the steering program cannot be opened, errno", errno}};
  bpf_map_info info = {};
  std::uint32_t bytes = sizeof info;
  if (bpf_obj_get_info_by_fd(file.fd(), &info, &bytes) != 0) {
    return Failure{Error{"a map of the steering program cannot be examined, errno", errno}};
  }
  if (info.type != shape.type || info.key_size != shape.key_bytes || info.value_size != shape.value_bytes ||
      info.max_entries != shape.entries) {
    return Failure{Error{"a map of the steering program is another version's, its value's bytes", info.value_size}};
  }
  return file;
}

steer_address key_of(const Rule& rule) {
  steer_address key;
  std::memcpy(key.bytes, rule.address.data(), sizeof key.bytes);
  return key;
}

Status<> check(Rules rules) {
  if (rules.size() > STEER_ADDRESSES_MAX) {
    return Failure{Error{"more addresses than can be steered, which is", STEER_ADDRESSES_MAX}};
  }
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const Rule& rule = rules[i];
    if (rule.ports.size() > STEER_PORTS_MAX) {
      return Failure{Error{"more ports of an address than can be steered, which is", STEER_PORTS_MAX}};
    }
    if (std::find(rule.ports.begin(), rule.ports.end(), 0) != rule.ports.end()) {
      return Failure{Error{"port 0 cannot be steered, in rule", static_cast<std::int64_t>(i)}};
    }
    const auto same = [&](const Rule& other) { return other.address == rule.address; };
    if (std::any_of(rules.begin(), rules.begin() + static_cast<std::ptrdiff_t>(i), same)) {
      return Failure{Error{"an address is there twice, the second time in rule", static_cast<std::int64_t>(i)}};
    }
  }
  return Done{};
}

}  // namespace

Result<Maps> Maps::open(const std::string& bpffs, const std::string& suffix) {
  Maps maps;
  TRY_ASSIGN(maps.rules_,
             open_map(bpffs, STEER_RULES_MAP + suffix,
                      {BPF_MAP_TYPE_HASH, sizeof(steer_address), sizeof(steer_rule), STEER_ADDRESSES_MAX}));
  TRY_ASSIGN(maps.counts_, open_map(bpffs, STEER_COUNTS_MAP + suffix,
                                    {BPF_MAP_TYPE_PERCPU_ARRAY, 4, sizeof(std::uint64_t), STEER_VERDICTS}));
  TRY_ASSIGN(maps.about_, open_map(bpffs, STEER_ABOUT_MAP + suffix, {BPF_MAP_TYPE_ARRAY, 4, sizeof(steer_about), 1}));
  const int cpus = libbpf_num_possible_cpus();
  if (cpus <= 0) return Failure{Error{"the number of CPUs is unknown, errno", -cpus}};
  maps.of_cpus_.resize(static_cast<std::size_t>(cpus));
  return maps;
}

Status<> Maps::apply(Rules rules) {
  TRY(check(rules));
  // Room first, if old and new addresses together have none: a rule that is no longer wanted is no loss.
  TRY(remove_others(rules));
  for (const Rule& rule : rules) {
    const steer_address key = key_of(rule);
    steer_rule value = {};
    value.flags = rule.owned ? STEER_OWNED : 0;
    for (const std::uint16_t port : rule.ports) value.ports[value.port_count++] = __builtin_bswap16(port);
    if (bpf_map_update_elem(rules_.fd(), &key, &value, BPF_ANY) != 0) {
      return Failure{Error{"a rule cannot be written, errno", errno}};
    }
  }
  return Done{};
}

Status<> Maps::remove_others(Rules rules) {
  std::vector<steer_address> others;
  steer_address key, next;
  int more = bpf_map_get_next_key(rules_.fd(), nullptr, &next);
  for (; more == 0 && others.size() < STEER_ADDRESSES_MAX; more = bpf_map_get_next_key(rules_.fd(), &key, &next)) {
    key = next;
    const auto same = [&](const Rule& rule) { return std::memcmp(rule.address.data(), key.bytes, sizeof key) == 0; };
    if (std::none_of(rules.begin(), rules.end(), same)) others.push_back(key);
  }
  if (more != 0 && errno != ENOENT) return Failure{Error{"the rules cannot be read, errno", errno}};
  for (const steer_address& other : others) {
    if (bpf_map_delete_elem(rules_.fd(), &other) != 0 && errno != ENOENT) {
      return Failure{Error{"a rule cannot be removed, errno", errno}};
    }
  }
  return Done{};
}

Result<Counts> Maps::counts() {
  Counts counts{};
  for (std::uint32_t verdict = 0; verdict < STEER_VERDICTS; ++verdict) {
    if (bpf_map_lookup_elem(counts_.fd(), &verdict, of_cpus_.data()) != 0) {
      return Failure{Error{"the steering program's counts cannot be read, errno", errno}};
    }
    for (const std::uint64_t value : of_cpus_) counts[verdict] += value;
  }
  return counts;
}

Status<> Maps::set_counts(const Counts& counts) {
  std::fill(of_cpus_.begin(), of_cpus_.end(), 0);
  for (std::uint32_t verdict = 0; verdict < STEER_VERDICTS; ++verdict) {
    of_cpus_.front() = counts[verdict];
    if (bpf_map_update_elem(counts_.fd(), &verdict, of_cpus_.data(), BPF_ANY) != 0) {
      return Failure{Error{"the steering program's counts cannot be written, errno", errno}};
    }
  }
  return Done{};
}

Result<steer_about> Maps::about() const {
  const std::uint32_t key = 0;
  steer_about about = {};
  if (bpf_map_lookup_elem(about_.fd(), &key, &about) != 0) {
    return Failure{Error{"what was attached cannot be read, errno", errno}};
  }
  return about;
}

Status<> Maps::set_about(const steer_about& about) {
  const std::uint32_t key = 0;
  if (bpf_map_update_elem(about_.fd(), &key, &about, BPF_ANY) != 0) {
    return Failure{Error{"what is attached cannot be written, errno", errno}};
  }
  return Done{};
}

}  // namespace bellrock::steer
