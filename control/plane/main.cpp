// bellrock-central: takes delta frames, keeps what they add up to, answers with the state of the objectives.
// Exit codes: 0 stopped by a signal, 2 usage, 3 invalid configuration, 8 store or address in use, 10 store unusable.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/config/files.h"
#include "control/config/loader.h"
#include "control/plane/api.h"
#include "control/plane/askers.h"
#include "control/plane/exporter.h"
#include "control/plane/incident_log.h"
#include "control/plane/notifier.h"
#include "control/plane/release_marks.h"
#include "control/plane/retention.h"
#include "control/store/clickhouse_store.h"
#include "control/store/sqlite_store.h"

namespace {

using namespace bellrock;

// Who asks for figures waits for the store on threads of his own: frames, pages and /healthz do not.
constexpr std::size_t kAskersThreads = 4, kAskersWaiting = 64;

constexpr int kDone = 0, kUsage = 2, kInvalidConfiguration = 3, kInUse = 8, kUnusable = 10;

std::int64_t unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

template <typename... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
  fmt::print(stderr, "bellrock-central: {}\n", fmt::format(format, std::forward<Args>(args)...));
}

sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any thread: they inherit it
  return signals;
}

Result<std::string, std::string> first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  if (!line.empty() && line.back() == '\r') line.pop_back();  // of an editor that ends lines with CRLF
  if (!line.empty()) return line;
  return Failure{path + ": cannot be read, or its first line is empty"};
}

std::string scheme_of(const config::CentralSettings& settings) {
  return settings.tls.certificate.empty() ? "http://" : "https://";
}

// Where people find this centre: by its first name where it has any, since an address to listen at may be all of them.
std::string shown_at(const config::CentralSettings& settings) {
  std::string where = settings.listen;
  if (!settings.names.empty()) where = settings.names.front() + where.substr(where.rfind(':'));
  return scheme_of(settings) + where + "/";
}

// What webhooks are signed with: a file's first line.
Result<plane::AlertTargets, std::string> alert_targets(const config::CentralSettings& settings) {
  plane::AlertTargets targets{settings.alerts.alertmanagers, {}, shown_at(settings)};
  for (const auto& hook : settings.alerts.webhooks) {
    std::string secret;
    if (!hook.secret_file.empty()) {
      TRY_ASSIGN(secret, first_line(hook.secret_file));
    }
    targets.webhooks.push_back({hook.url, secret});
  }
  return targets;
}

Result<std::unique_ptr<store::SeriesStore>, store::StoreError> open_store(const config::CentralSettings& settings) {
  const auto& from = settings.clickhouse;
  if (from.urls.empty() && from.shards.empty()) return store::open_sqlite(settings.database);
  std::string password;
  if (!from.password_file.empty()) {
    auto line = first_line(from.password_file);
    if (!line.ok()) return Failure{store::StoreError{line.error(), false}};
    password = std::move(*line);
  }
  store::ClickHouseOptions options{from.urls, from.database, from.user, std::move(password)};
  options.cluster = from.cluster;
  options.shards = from.shards;
  return store::open_clickhouse(options);
}

// Differs from centre to centre as long as hosts have names of their own.
std::string instance_of(const config::CentralSettings& settings) {
  if (!settings.exports.instance.empty()) return settings.exports.instance;
  char host[256] = "";
  if (::gethostname(host, sizeof host - 1) != 0 || host[0] == '\0') return settings.listen;
  return host + settings.listen.substr(settings.listen.rfind(':'));
}

std::string name_of_store(const config::CentralSettings& settings) {
  const auto& from = settings.clickhouse;
  if (!from.shards.empty()) return "cluster " + from.cluster + " " + from.database;
  return from.urls.empty() ? settings.database : from.urls.front() + " " + from.database;
}

// As far as somebody may be woken by it. None where the store cannot say.
std::optional<plane::NodesHeard> nodes_heard_by(store::SeriesStore& store, std::int64_t since, std::int64_t now) {
  const auto snapshot = store.snapshot();
  if (!snapshot.ok()) return std::nullopt;
  const auto sources = (*snapshot)->sources();
  if (!sources.ok()) return std::nullopt;
  return plane::towards(since, plane::nodes_heard(*sources, now), now);
}

// What the one before told of the collector.
void remember_suspect(store::SeriesStore& store, plane::Notifier& notifier) {
  const auto snapshot = store.snapshot();
  if (!snapshot.ok()) return;
  if (const auto told = (*snapshot)->journal(plane::kSuspectKind, 1); told.ok()) notifier.remember(*told);
}

// What runs while one configuration is served.
struct Parts {
  store::SeriesStore& store;
  plane::Intake& intake;
  plane::Watch& watch;
  plane::Notifier& notifier;
  plane::Exporter& exporter;
  plane::IncidentLog& incidents;
  plane::ReleaseMarks& releases;
  plane::Api& api;
  plane::Outbox& outbox;
  std::vector<std::string>& troubled;  // as was last said
  std::int64_t listening_since;
};

// Who does not take what he is to be told, once when it begins, and that it is over.
void say_troubles(const Parts& parts) {
  const auto now = parts.outbox.troubles();
  if (now.empty() != parts.troubled.empty()) {
    for (const auto& line : now) say("{}", line);
    if (now.empty()) say("those who are to be told of alerts take messages again");
  }
  parts.troubled = now;
}

// Looks at what has settled, has the incidents that it found written down, and tells of them.
void watch_objectives(const Parts& parts, std::int64_t now) {
  auto news = parts.watch.run(now);
  if (!news.ok()) return say("cannot look at the objectives: {}", news.error().message);
  constexpr std::chrono::seconds kNumberWait{5};
  parts.incidents.number(
      news->incidents, [&](auto job) { parts.intake.run_between(std::move(job)); }, parts.store, kNumberWait);
  say_troubles(parts);
  const std::uint64_t passed_over = parts.notifier.passed_over();
  parts.incidents.put(parts.notifier.update(*parts.watch.state(), std::move(*news),
                                            nodes_heard_by(parts.store, parts.listening_since, now)));
  if (auto entry = parts.notifier.take_suspect()) {
    parts.intake.run_between([&store = parts.store, entry = std::move(*entry)] { (void)store.write_journal(entry); });
  }
  if (const auto more = parts.notifier.passed_over() - passed_over; more != 0) {
    say("{} incidents that were over when they were found are listed, and webhooks were not told: too many", more);
  }
  if (const auto why = parts.incidents.news(); !why.empty()) {
    say("cannot write an incident down, tries again: {}", why);
  }
  if (parts.incidents.waiting() == 0) return;
  parts.intake.run_between([&incidents = parts.incidents, &store = parts.store, &api = parts.api] {
    (void)incidents.write(store, [&](const auto& one) { api.tell(one); });
  });
}

// New releases in what visitors send; what cannot be written down is found again.
void mark_releases(const Parts& parts, std::int64_t now) {
  auto marks = parts.releases.run(now);
  if (!marks.ok()) return say("cannot look for new releases: {}", marks.error().message);
  if (marks->empty()) return;
  parts.intake.run_between([marks = std::move(*marks), &store = parts.store, &api = parts.api] {
    for (auto entry : marks) {
      const auto id = store.write_journal(entry);
      if (!id.ok()) return say("cannot write a change down, tries again: {}", id.error().message);
      entry.id = *id;
      api.tell(entry);
    }
  });
}

// None: they cannot be served on this machine, which has been said.
std::optional<config::Loaded> read_files(const std::vector<std::string>& files) {
  config::Loaded loaded = config::load(files);
  for (const auto& diagnostic : loaded.diagnostics) fmt::print(stderr, "{}\n", config::to_line(diagnostic));
  if (!loaded.ok()) return std::nullopt;
  const auto& named = loaded.central.files;
  if (std::all_of(named.begin(), named.end(), [](const auto& file) { return config::unusable(file).empty(); }))
    return loaded;
  say("a file that the Central document names cannot be used, see above");
  return std::nullopt;
}

// How one configuration was served, and what comes after it.
struct Served {
  int exit_code = kDone;
  bool started = false;                  // it could be served at all
  std::optional<config::Loaded> next{};  // SIGHUP: this one, which is valid
};

Status<store::StoreError> trim(store::SeriesStore& store, std::int64_t now, Duration kept) {
  TRY_ASSIGN(const auto keep, plane::retention_at(store, now, kept / kSecond));
  return store.trim(keep);
}

// Waits for a signal that ends this, and returns it; meanwhile looks at the objectives, and has old windows rolled up
// and deleted once an hour.
int wait_for_signal(const sigset_t& signals, const Parts& parts, Duration retention) {
  constexpr timespec kPoll{10, 0};
  std::int64_t trimmed_hour = 0;
  for (;;) {
    const std::int64_t now = unix_ms() / 1'000;
    if (now / plane::kHourSeconds != trimmed_hour) {
      trimmed_hour = now / plane::kHourSeconds;
      parts.intake.run_between([&store = parts.store, now, retention] {
        const auto trimmed = trim(store, now, retention);
        if (!trimmed.ok()) say("cannot delete old windows: {}", trimmed.error().message);
      });
    }
    watch_objectives(parts, now);
    mark_releases(parts, now);
    parts.api.tell_status();
    parts.exporter.push(unix_ms());
    if (const auto news = parts.exporter.news(); !news.empty()) say("cannot export totals: {}", news);
    const int signal = sigtimedwait(&signals, nullptr, &kPoll);
    if (signal > 0) return signal;
  }
}

// A store is begun at a start, and never by a reload: behind a mistyped path all history would seem to be gone.
bool begins_a_store(const config::CentralSettings& settings) {
  const bool sqlite = settings.clickhouse.urls.empty() && settings.clickhouse.shards.empty();
  const std::filesystem::path file = settings.database;
  std::error_code ignored;
  const bool empty = std::filesystem::is_regular_file(file, ignored) && std::filesystem::file_size(file, ignored) == 0;
  return sqlite && (empty || !std::filesystem::exists(file));
}

// Until SIGINT or SIGTERM, or until SIGHUP finds another valid configuration in the files.
std::optional<config::Loaded> wait_for_end(const std::vector<std::string>& files, const sigset_t& signals,
                                           const Parts& parts, Duration retention) {
  while (wait_for_signal(signals, parts, retention) == SIGHUP) {
    auto loaded = read_files(files);
    if (loaded && !begins_a_store(loaded->central)) return loaded;
    if (loaded) {
      say("reload refused: database: {}: is not there, and only a start begins a store; the configuration in force "
          "stays",
          loaded->central.database);
    } else {
      say("reload refused: the files are not valid, see above; the configuration in force stays");
    }
  }
  return std::nullopt;
}

// `outbox` outlives a reload, so that nobody misses what waits for him meanwhile, and so does `listening`.
Served serve(const config::Loaded& loaded, const std::vector<std::string>& files, plane::Outbox& outbox,
             plane::Listening& listening) {
  const auto& settings = loaded.central;
  auto options = net::listen_at(settings.listen);
  if (!options.ok()) {
    say("listen: {}: {}", settings.listen, options.error().what);
    return {.exit_code = kInvalidConfiguration};
  }
  auto targets = alert_targets(settings);
  if (!targets.ok()) {
    say("alerts: {}", targets.error());
    return {.exit_code = kInvalidConfiguration};
  }
  const sigset_t signals = block_signals();
  auto store = open_store(settings);
  if (!store.ok()) {
    say("{}", store.error().message);
    return {.exit_code = store.error().in_use ? kInUse : kUnusable};
  }
  const plane::Catalog catalog = plane::make_catalog(loaded.definition, loaded.policies, loaded.composites);
  plane::IncidentLog incidents;
  plane::ReleaseMarks releases(**store, catalog);
  plane::Intake intake(**store, unix_ms);
  plane::Watch watch(**store, catalog);
  plane::Notifier notifier(std::move(*targets), outbox, unix_ms);
  remember_suspect(**store, notifier);
  plane::Exporter exporter({settings.exports.remote_write, settings.exports.otlp, instance_of(settings),
                            settings.exports.buckets_max.value_or(interop::kAnyBuckets)},
                           BELLROCK_VERSION, unix_ms());
  if (exporter.wanted()) intake.set_applied([&](const control::DeltaFrame& frame) { exporter.add(frame); });
  plane::Api api(**store, intake, catalog, {BELLROCK_VERSION, settings.title, unix_ms() / 1'000}, unix_ms, &watch);
  api.watch_outbox(outbox);
  options->names = settings.names;
  if (const auto& tls = settings.tls; !tls.certificate.empty()) {
    options->tls = {tls.certificate, tls.key, tls.agents};
    if (!tls.agents.empty()) intake.require_certificates();
  }
  std::vector<std::string> troubled;
  plane::Askers askers(kAskersThreads, kAskersWaiting);
  auto server = net::HttpServer::start(*options, [&](net::Request request, const net::Respond& respond) {
    if (!plane::Api::asks_the_store(request)) return api.handle(std::move(request), respond);
    askers.ask([&api, request = std::move(request)](const net::Respond& answer) { api.handle(request, answer); },
               respond);
  });
  if (!server.ok()) {
    const bool unusable = server.error().kind == net::NetErrorKind::kTls;
    say("{}{}", unusable ? "tls: " : "", server.error().message);
    return {.exit_code = unusable ? kInvalidConfiguration : kInUse};
  }
  listening.begin(unix_ms() / 1'000);
  std::size_t objectives = 0;
  for (const auto& journey : catalog) objectives += journey.objectives.size();
  say("listening at {}{}:{}/, {} journeys, {} objectives, store {}", scheme_of(settings), options->host,
      (*server)->port(), catalog.size(), objectives, name_of_store(settings));
  auto next = wait_for_end(
      files, signals,
      {**store, intake, watch, notifier, exporter, incidents, releases, api, outbox, troubled, listening.since()},
      settings.retention);
  say("{}", next ? "reloading" : "stopping");
  (*server)->stop();
  listening.end(unix_ms() / 1'000);
  askers.stop();
  intake.stop();
  if (const auto written = incidents.write(**store); !written.ok()) {
    say("cannot write an incident down: {}", written.error().message);
  }
  return {.started = true, .next = std::move(next)};
}

// One configuration after the other. A reload closes the address for a moment; agents try again. What turns out not to
// be servable (its store, its address) gives way to the one before it.
int serve_all(config::Loaded loaded, const std::vector<std::string>& files) {
  constexpr std::chrono::seconds kLastWord{3};
  plane::Outbox outbox;
  plane::Listening listening;
  std::optional<config::Loaded> before;
  for (;;) {
    Served served = serve(loaded, files, outbox, listening);
    if (served.next) {
      before = std::exchange(loaded, std::move(*served.next));
    } else if (!served.started && before) {
      say("reload refused: the configuration before it is in force again");
      loaded = std::move(*before);
      before.reset();
    } else {
      const std::uint64_t dropped = outbox.counts().dropped;
      outbox.stop(kLastWord);
      if (const auto lost = outbox.counts().dropped - dropped; lost != 0) {
        say("{} messages were not taken by those who were to be told, and are lost: {}", lost, outbox.last_error());
      }
      return served.exit_code;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Bellrock's centre: takes delta frames from edge agents, keeps counts, serves SLOs, API and page.",
               "bellrock-central");
  std::vector<std::string> files;
  bool check = false;
  app.add_option("--config", files, "Configuration files or directories: Central, Site, Identity and Journey documents")
      ->required();
  app.add_flag("--check", check, "Check the configuration and end");
  app.set_version_flag("--version", "bellrock-central " BELLROCK_VERSION);
  app.footer(
      "SIGHUP reads the files again: what is valid takes effect at once; what is not is reported, and the\n"
      "configuration in force stays.\n\nExample:\n  bellrock-central --config /etc/bellrock");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  auto loaded = read_files(files);
  if (!loaded) return kInvalidConfiguration;
  return check ? kDone : serve_all(std::move(*loaded), files);
}
