// agent.yaml and central.yaml.
#include <arpa/inet.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "control/config/documents.h"
#include "control/config/units.h"

namespace bellrock::config {
namespace {

// What the programs can listen at: an IP address, IPv6 in brackets, or localhost, and a port. Names are not looked up.
bool is_listen_host(std::string host) {
  in6_addr address{};
  if (host == "localhost") return true;
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  return ::inet_pton(bracketed ? AF_INET6 : AF_INET, host.c_str(), &address) == 1;
}

std::optional<std::string> read_address(const Value& value) {
  const auto text = read_text(value);
  if (!text) return std::nullopt;
  const std::size_t colon = text->rfind(':');
  const auto port =
      colon == std::string::npos ? std::nullopt : parse_unsigned(std::string_view(*text).substr(colon + 1));
  if (port && *port <= 65'535 && is_listen_host(text->substr(0, colon))) return text;
  value.error(Code::kAddress, shown(*text) + " is not an IP address and a port");
  return std::nullopt;
}

// What is behind http:// or https://. None: neither.
std::optional<std::string_view> behind_scheme(std::string_view url) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (url.starts_with(scheme)) return url.substr(scheme.size());
  }
  return std::nullopt;
}

// http://host[:port] or https:// of `whom`.
std::optional<std::string> read_url_of(const Value& value, const char* whom, const char* example) {
  auto text = read_text(value);
  if (!text) return std::nullopt;
  while (text->ends_with('/') && !text->ends_with("//")) text->pop_back();
  const auto rest = behind_scheme(*text);
  if (rest && !rest->empty() && rest->find_first_of("/?# @") == std::string_view::npos) return text;
  value.error(Code::kUrl, shown(*text) + " is not the URL of " + whom, example);
  return std::nullopt;
}

std::optional<std::string> read_url(const Value& value) { return read_url_of(value, "a centre", ""); }
std::optional<std::string> read_alertmanager_url(const Value& value) {
  return read_url_of(value, "an Alertmanager", "write it without a path, for example http://127.0.0.1:9093");
}
std::optional<std::string> read_server_url(const Value& value) {
  return read_url_of(value, "a ClickHouse server", "write its HTTP port, for example http://127.0.0.1:8123");
}

// With a path, unlike a centre's. `what` it is of, and how one could look.
std::optional<std::string> read_url_with_path(const Value& value, const std::string& what, const std::string& example) {
  auto text = read_text(value);
  if (!text) return std::nullopt;
  const auto rest = behind_scheme(*text);
  if (rest && !rest->empty() && rest->front() != '/' && rest->find_first_of(" @#") == std::string_view::npos)
    return text;
  value.error(Code::kUrl, shown(*text) + " is not the URL of " + what, "write for example " + example);
  return std::nullopt;
}
std::optional<std::string> read_hook_url(const Value& value) {
  return read_url_with_path(value, "a webhook", "http://127.0.0.1:9000/hook");
}

std::optional<std::string> read_path(const Value& value) {
  const auto text = read_text(value);
  if (!text || text->starts_with('/')) return text;
  value.error(Code::kText, shown(*text) + " is not an absolute path",
              "write the path from the root: /var/lib/bellrock");
  return std::nullopt;
}

// The path of a file that is read at the start, remembered in `files` so that it can be looked for.
void read_file_name(Fields& fields, const char* key, std::string& path, std::vector<NamedFile>& files,
                    bool first_line = false) {
  const auto value = fields.find(key);
  const auto text = value ? read_path(*value) : std::nullopt;
  if (!text) return;
  path = *text;
  const Place place = value->place();
  files.push_back({path, first_line, {place.file, place.mark.line, place.mark.column, place.key}});
}

// A certificate is of no use without its key, nor the other way round.
void check_pair(const Value& value, const std::string& certificate, const std::string& key) {
  if (certificate.empty() != key.empty()) value.error(Code::kTls, "`certificate` and `key` are not both there");
}

void read_agent_tls(const Value& value, AgentSettings& agent) {
  Fields fields(value);
  read_file_name(fields, "authorities", agent.tls.authorities, agent.files);
  read_file_name(fields, "certificate", agent.tls.certificate, agent.files);
  read_file_name(fields, "key", agent.tls.key, agent.files);
  fields.finish();
  check_pair(value, agent.tls.certificate, agent.tls.key);
  if (!agent.central_url.starts_with("https://")) {
    value.error(Code::kTls, "`central` is " + agent.central_url + ", where no TLS is spoken");
  }
}

void read_central_tls(const Value& value, CentralSettings& central) {
  Fields fields(value);
  fields.need("certificate");
  fields.need("key");
  read_file_name(fields, "certificate", central.tls.certificate, central.files);
  read_file_name(fields, "key", central.tls.key, central.files);
  read_file_name(fields, "agents", central.tls.agents, central.files);
  fields.finish();
}

}  // namespace

void read_agent(Fields& spec, AgentSettings& agent) {
  agent.given = true;
  spec.into("node", agent.node, read_text);
  spec.into("board", agent.board, read_path);
  spec.into("state_directory", agent.state_directory, read_path);
  spec.into("central", agent.central_url, read_url);
  if (const auto tls = spec.find("tls")) read_agent_tls(*tls, agent);
  spec.into("listen", agent.listen, read_address);
  spec.into("spool_bytes_max", agent.spool_bytes_max, read_size);
  // Below it the agent would do nothing but ask.
  constexpr Duration kHarvestIntervalMin = 10 * kMillisecond;
  const bool given = spec.into("harvest_interval", agent.harvest_interval, read_duration);
  if (given && (agent.harvest_interval < kHarvestIntervalMin || agent.harvest_interval > kWindow)) {
    spec.find("harvest_interval")
        ->error(Code::kRange, "banks are harvested at least once a window, and not without a pause",
                "write a duration from 10ms to 10s");
  }
  constexpr std::uint64_t kSpoolBytesMin = 1024 * 1024;
  if (agent.spool_bytes_max < kSpoolBytesMin) {
    spec.find("spool_bytes_max")->error(Code::kRange, "the spool is too small for one frame", "write at least 1MiB");
  }
}

namespace {

void read_webhook(const Value& value, CentralSettings& central) {
  Fields fields(value);
  AlertSettings::Webhook hook;
  const bool whole = fields.need_into("url", hook.url, read_hook_url);
  read_file_name(fields, "secret_file", hook.secret_file, central.files, true);
  fields.finish();
  if (whole) central.alerts.webhooks.push_back(std::move(hook));
}

void read_alerts(const Value& value, CentralSettings& central) {
  constexpr std::size_t kTargetsMax = 16;
  Fields fields(value);
  if (const auto list = fields.find("alertmanager")) {
    for (const Value& one : elements(*list, kTargetsMax)) {
      if (auto url = read_alertmanager_url(one)) central.alerts.alertmanagers.push_back(std::move(*url));
    }
  }
  if (const auto list = fields.find("webhooks")) {
    for (const Value& one : read_list(*list, kTargetsMax).value_or(std::vector<Value>{})) read_webhook(one, central);
  }
  fields.finish();
}

void read_exports(const Value& value, ExportSettings& exports) {
  Fields fields(value);
  fields.into("remote_write", exports.remote_write, [](const Value& url) {
    return read_url_with_path(url, "a receiver of remote write", "http://127.0.0.1:9090/api/v1/write");
  });
  fields.into("otlp", exports.otlp, [](const Value& url) {
    return read_url_with_path(url, "a receiver of OTLP metrics", "http://127.0.0.1:4318/v1/metrics");
  });
  fields.into("instance", exports.instance, read_text);
  // At one bucket for each octave all latencies fit into 33.
  fields.into("max_buckets", exports.buckets_max, [](const Value& most) { return read_unsigned(most, 33, 4'096); });
  fields.finish();
}

}  // namespace

namespace {

// What can stand in a statement as it is.
std::optional<std::string> read_database_name(const Value& value) {
  constexpr std::size_t kLengthMax = 63;
  auto text = read_text(value);
  if (!text) return std::nullopt;
  const bool good = text->size() <= kLengthMax &&
                    text->find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos &&
                    (*text)[0] >= 'a';
  if (good) return text;
  value.error(Code::kName, shown(*text) + " is not the name of a database",
              "write a lower-case letter, then lower-case letters, digits and _: at most 63 in all");
  return std::nullopt;
}

constexpr std::size_t kServersMax = 16;

// A server holds one shard: `named` are those of all.
std::vector<std::string> read_shard(const Value& value, std::set<std::string>& named) {
  std::vector<std::string> urls;
  for (const Value& one : elements(value, kServersMax)) {
    auto url = read_server_url(one);
    if (!url) continue;
    if (!named.insert(*url).second) one.error(Code::kShards, shown(*url) + " is named twice");
    urls.push_back(std::move(*url));
  }
  return urls;
}

void read_cluster(const Value& value, ClickHouseSettings& clickhouse) {
  constexpr std::size_t kShardsMax = 64;
  Fields fields(value);
  fields.into("name", clickhouse.cluster, read_database_name);
  if (const auto shards =
          fields.need("shards", "add a list for each shard: shards: [[http://a:8123, http://b:8123]]")) {
    std::set<std::string> named;
    if (!shards->is_list() || shards->node->items.empty()) {
      shards->error(Code::kShards, "no shard is named");
    } else {
      for (const Value& shard : elements(*shards, kShardsMax)) {
        if (!shard.is_list() || shard.node->items.empty()) shard.error(Code::kShards, "a shard is no list of servers");
        clickhouse.shards.push_back(read_shard(shard, named));
      }
    }
  }
  fields.finish();
}

void read_clickhouse(const Value& value, CentralSettings& central) {
  ClickHouseSettings& clickhouse = central.clickhouse;
  Fields fields(value);
  if (const auto cluster = fields.find("cluster")) {
    if (fields.find("url")) cluster->error(Code::kShards, "`url` is there too: a cluster has its servers in `shards`");
    read_cluster(*cluster, clickhouse);
  } else if (const auto list = fields.need("url", "add the server: url: http://127.0.0.1:8123")) {
    for (const Value& one : elements(*list, kServersMax)) {
      if (auto url = read_server_url(one)) clickhouse.urls.push_back(std::move(*url));
    }
  }
  fields.into("database", clickhouse.database, read_database_name);
  fields.into("user", clickhouse.user, read_text);
  read_file_name(fields, "password_file", clickhouse.password_file, central.files, true);
  fields.later({"tls"});
  fields.finish();
}

void read_store(Fields& spec, CentralSettings& central) {
  const auto store = spec.find("store");
  if (!store) return;
  if (spec.find("database")) store->error(Code::kStore, "`database` is there too: counts are kept in one place");
  Fields fields(*store);
  const auto clickhouse = fields.find("clickhouse");
  if (clickhouse) {
    read_clickhouse(*clickhouse, central);
  } else if (fields.is_map()) {
    store->error(Code::kStore, "no store is named");
  }
  fields.finish();
}

constexpr std::size_t kOwnNamesMax = 64;

}  // namespace

void read_central(Fields& spec, CentralSettings& central) {
  central.given = true;
  spec.into("listen", central.listen, read_address);
  if (const auto tls = spec.find("tls")) read_central_tls(*tls, central);
  if (const auto names = spec.find("names")) {
    for (const Value& name : elements(*names, kOwnNamesMax)) {
      if (auto host = read_host(name)) central.names.push_back(std::move(*host));
    }
  }
  spec.into("database", central.database, read_path);
  spec.into("title", central.title, read_text);
  if (const auto retention = spec.find("retention")) {
    central.retention_at = retention->place();
    central.retention = read_duration(*retention).value_or(central.retention);
    if (central.retention < kHour) {
      retention->error(Code::kRange, "counts must be kept for an hour at least", "write 1h or more");
    }
  }
  if (const auto alerts = spec.find("alerts")) read_alerts(*alerts, central);
  if (const auto exports = spec.find("exports")) read_exports(*exports, central.exports);
  read_store(spec, central);
  spec.later({"clickhouse", "journeys"});
}

}  // namespace bellrock::config
