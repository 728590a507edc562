#include "dataplane/journey/site_matcher.h"

#include <algorithm>

namespace bellrock::journey {

HostName::HostName(std::string_view header) {
  const std::size_t port = header.find(':', header.starts_with('[') ? header.find(']') : 0);
  const std::string_view name = header.substr(0, port);
  if (name.size() > text_.size()) return;
  for (const char c : name) text_[size_++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

SiteMatcher::SiteMatcher(const std::vector<Site>& sites) : sites_(sites), every_host_(sites.empty()) {
  for (const Site& site : sites_) {
    every_host_ = every_host_ || site.hosts.empty();
    hosts_.insert(hosts_.end(), site.hosts.begin(), site.hosts.end());
    for (const std::string& path : site.beacon_paths) beacon_paths_.emplace_back(path, &site);
  }
  std::sort(hosts_.begin(), hosts_.end());
}

bool SiteMatcher::knows(std::string_view host_header) const {
  return every_host_ || std::binary_search(hosts_.begin(), hosts_.end(), HostName(host_header).text());
}

bool SiteMatcher::is_beacon_path(std::string_view host_header, std::string_view path) const {
  for (const auto& [beacon_path, site] : beacon_paths_) {
    if (beacon_path != path) continue;
    if (site->hosts.empty()) return true;
    const HostName host(host_header);
    if (std::find(site->hosts.begin(), site->hosts.end(), host.text()) != site->hosts.end()) return true;
  }
  return false;
}

}  // namespace bellrock::journey
