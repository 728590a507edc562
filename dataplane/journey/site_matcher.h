// Which hosts are ours and which of their paths carry beacons. Built once; lookups allocate nothing. Any thread.
#pragma once

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "dataplane/journey/definition.h"

namespace bellrock::journey {

// A Host header as hosts are compared: lower case, without port (RFC 9110 7.2). A DNS name has at most 253 characters;
// what is longer becomes empty, which is nobody's host.
class HostName {
 public:
  explicit HostName(std::string_view header);
  [[nodiscard]] std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, 256> text_;
  std::size_t size_ = 0;
};

class SiteMatcher {
 public:
  explicit SiteMatcher(const std::vector<Site>& sites);

  // True for every host where no site is configured, or one without hosts.
  [[nodiscard]] bool knows(std::string_view host_header) const;
  [[nodiscard]] bool is_beacon_path(std::string_view host_header, std::string_view path) const;

 private:
  const std::vector<Site>& sites_;
  bool every_host_ = false;
  std::vector<std::string_view> hosts_;                                 // sorted
  std::vector<std::pair<std::string_view, const Site*>> beacon_paths_;  // few
};

}  // namespace bellrock::journey
