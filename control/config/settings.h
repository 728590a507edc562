// What agent.yaml and central.yaml say, as plain structs with their defaults. edge.yaml's part travels to the edge
// inside the compiled definition instead (journey/definition.h, Limits and Port). config/README.md explains each key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/config/report.h"
#include "control/config/written.h"
#include "dataplane/base/time.h"

namespace bellrock::config {

// A file that a process reads when it starts. Of some the first line is what counts, and it must hold something.
struct NamedFile {
  std::string path;
  bool first_line = false;
  Written at{};
};

// Paths of PEM files. Empty ones are not given.
struct AgentTls {
  std::string authorities;       // who signs the centre's certificate
  std::string certificate, key;  // what the agent shows the centre
};
struct CentralTls {
  std::string certificate, key;
  std::string agents;  // who signs agents' certificates: without one, no frame is taken
};

struct AgentSettings {
  bool given = false;                                    // a document of kind Agent was among the files
  std::string node;                                      // this machine's name in frames; empty: its host name
  std::string board = "/dev/shm/bellrock.board";         // tmpfs or hugetlbfs
  std::string state_directory = "/var/lib/bellrock";     // sequence, spool
  std::string central_url = "http://127.0.0.1:8480";     // where frames go
  AgentTls tls;                                          // of https
  std::vector<NamedFile> files;                          // that `tls` names
  std::string listen = "127.0.0.1:9481";                 // health and OpenMetrics
  std::uint64_t spool_bytes_max = 256ull * 1024 * 1024;  // frames held while the centre is away
  Duration harvest_interval = kSecond;                   // a bank is asked for at least this often
};

// Where the centre tells of alerts.
struct AlertSettings {
  struct Webhook {
    std::string url;
    std::string secret_file;  // what messages are signed with; empty: they are not
  };
  std::vector<std::string> alertmanagers;  // http://host:port
  std::vector<Webhook> webhooks;
};

// Where the centre sends its totals, by whose protocol; URLs with their path, empty: nowhere.
struct ExportSettings {
  std::string remote_write;                  // Prometheus
  std::string otlp;                          // OpenTelemetry over HTTP
  std::string instance;                      // whose totals they are; empty: the host's name and the port of `listen`
  std::optional<std::uint64_t> buckets_max;  // of a histogram; none: as many as it has
};

// A database of ClickHouse that holds the counts instead of a file.
struct ClickHouseSettings {
  std::vector<std::string> urls;  // http://host:port; none, and no shards: SQLite
  std::string cluster = "bellrock";
  std::vector<std::vector<std::string>> shards = {};  // of a cluster, the servers that hold each
  std::string database = "bellrock";
  std::string user = "default";
  std::string password_file;  // its first line; empty: no password
};

struct CentralSettings {
  bool given = false;  // a document of kind Central was among the files
  std::string listen = "127.0.0.1:8480";
  CentralTls tls;                  // with a certificate, all is served over TLS only
  std::vector<std::string> names;  // by which it is asked, beside its addresses and localhost
  std::string database = "/var/lib/bellrock/central.db";
  ClickHouseSettings clickhouse;
  std::string title = "Bellrock";  // of the page
  AlertSettings alerts;
  ExportSettings exports;
  std::vector<NamedFile> files;          // that `tls`, `alerts` and `store` name
  Duration retention = 35 * 24 * kHour;  // of counts: a 30-day objective and a few days to look back
  Place retention_at;                    // where it is written
};

}  // namespace bellrock::config
