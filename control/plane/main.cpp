// bellrock-central: takes delta frames, keeps what they add up to, answers with the state of the objectives.
// Exit codes: 0 stopped by a signal, 2 usage, 3 invalid configuration, 8 store or address in use, 10 store unusable.
#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "control/config/loader.h"
#include "control/plane/api.h"
#include "control/plane/notifier.h"
#include "control/store/sqlite_store.h"

namespace {

using namespace bellrock;

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
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any thread: they inherit it
  return signals;
}

// What webhooks are signed with: a file's first line.
Result<plane::AlertTargets, std::string> alert_targets(const config::CentralSettings& settings) {
  plane::AlertTargets targets{settings.alerts.alertmanagers, {}, "http://" + settings.listen + "/"};
  for (const auto& hook : settings.alerts.webhooks) {
    std::string secret;
    if (!hook.secret_file.empty()) {
      std::ifstream file(hook.secret_file);
      if (!std::getline(file, secret) || secret.empty()) {
        return Failure{hook.secret_file + ": cannot be read, or its first line is empty"};
      }
    }
    targets.webhooks.push_back({hook.url, secret});
  }
  return targets;
}

// A node that went silent, or frames that are missing: what fires may be the collector's own doing.
bool collector_suspect(store::SeriesStore& store, std::int64_t now) {
  const auto snapshot = store.snapshot();
  if (!snapshot.ok()) return true;
  const auto sources = (*snapshot)->sources();
  if (!sources.ok()) return true;
  std::map<std::string, std::int64_t> last_seen;
  for (const auto& source : *sources) {
    auto& seen = last_seen[source.node];
    seen = std::max(seen, source.last_seen_unix_ms / 1'000);
  }
  return std::any_of(last_seen.begin(), last_seen.end(),
                     [&](const auto& node) { return now - node.second > plane::kStaleSeconds; });
}

// Looks at what has settled, has the incidents that it found written down, and tells of them.
void watch_objectives(store::SeriesStore& store, plane::Intake& intake, plane::Watch& watch, plane::Notifier& notifier,
                      std::int64_t now) {
  auto news = watch.run(now);
  if (!news.ok()) return say("cannot look at the objectives: {}", news.error().message);
  notifier.update(*watch.state(), *news, collector_suspect(store, now));
  for (const auto& incident : news->incidents) {
    intake.run_between([&store, entry = plane::to_entry(incident)] {
      const auto written = store.write_journal(entry);
      if (!written.ok()) say("cannot write an incident down: {}", written.error().message);
    });
  }
}

// Waits for a signal; meanwhile looks at the objectives, and has old windows rolled up and deleted once an hour.
void wait_for_signal(const sigset_t& signals, store::SeriesStore& store, plane::Intake& intake, plane::Watch& watch,
                     plane::Notifier& notifier, Duration retention) {
  constexpr timespec kPoll{10, 0};
  std::int64_t trimmed_hour = 0;
  for (;;) {
    const std::int64_t now = unix_ms() / 1'000;
    if (now / plane::kHourSeconds != trimmed_hour) {
      trimmed_hour = now / plane::kHourSeconds;
      intake.run_between([&store, now, retention] {
        const auto trimmed =
            store.trim({now - plane::kFineSeconds, now - plane::kMinutesSeconds, now - retention / kSecond});
        if (!trimmed.ok()) say("cannot delete old windows: {}", trimmed.error().message);
      });
    }
    watch_objectives(store, intake, watch, notifier, now);
    if (sigtimedwait(&signals, nullptr, &kPoll) > 0) return;
  }
}

int serve(const config::Loaded& loaded) {
  const auto& settings = loaded.central;
  const auto options = net::listen_at(settings.listen);
  if (!options.ok()) {
    say("listen: {}: {}", settings.listen, options.error().what);
    return kInvalidConfiguration;
  }
  auto targets = alert_targets(settings);
  if (!targets.ok()) {
    say("alerts: {}", targets.error());
    return kInvalidConfiguration;
  }
  const sigset_t signals = block_signals();
  auto store = store::open_sqlite(settings.database);
  if (!store.ok()) {
    say("{}", store.error().message);
    return store.error().in_use ? kInUse : kUnusable;
  }
  const plane::Catalog catalog = plane::make_catalog(loaded.definition, loaded.policies);
  plane::Intake intake(**store, unix_ms);
  plane::Watch watch(**store, catalog);
  plane::Outbox outbox;
  plane::Notifier notifier(std::move(*targets), outbox, unix_ms);
  plane::Api api(**store, intake, catalog, {BELLROCK_VERSION, settings.title, unix_ms() / 1'000}, unix_ms, &watch);
  auto server = net::HttpServer::start(
      *options, [&](net::Request request, const net::Respond& respond) { api.handle(std::move(request), respond); });
  if (!server.ok()) {
    say("{}", server.error().message);
    return kInUse;
  }
  std::size_t objectives = 0;
  for (const auto& journey : catalog) objectives += journey.objectives.size();
  say("listening at http://{}:{}/, {} journeys, {} objectives, store {}", options->host, (*server)->port(),
      catalog.size(), objectives, settings.database);
  wait_for_signal(signals, **store, intake, watch, notifier, settings.retention);
  say("stopping");
  (*server)->stop();
  intake.stop();
  return kDone;
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
  app.footer("Example:\n  bellrock-central --config /etc/bellrock");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  const config::Loaded loaded = config::load(files);
  for (const auto& diagnostic : loaded.diagnostics) fmt::print(stderr, "{}\n", config::to_line(diagnostic));
  if (!loaded.ok()) return kInvalidConfiguration;
  return check ? kDone : serve(loaded);
}
