#include "control/plane/alert_messages.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <ctime>

namespace bellrock::plane {
namespace {

std::string severity_name(slo::Severity severity) {
  return std::string(slo::kSeverityNames[static_cast<std::size_t>(severity)]);
}

}  // namespace

std::vector<Notice> firing(const WatchState& state) {
  std::vector<Notice> notices;
  for (const auto& one : state) {
    for (std::size_t i = 0; i < one.alerts.size(); ++i) {
      if (!one.alerts[i].firing) continue;
      notices.push_back({one.journey, one.objective, static_cast<slo::Severity>(i), one.alerts[i].since});
    }
  }
  return notices;
}

std::optional<Notice> collector_notice(const NodesHeard& nodes) {
  if (!nodes.suspect()) return std::nullopt;
  const auto severity = nodes.blind() ? slo::Severity::kPage : slo::Severity::kTicket;
  return Notice{"", "", severity, nodes.silent_since, 0, nodes.text()};
}

store::JournalEntry suspect_entry(const std::optional<Notice>& fires, std::int64_t told_unix_s) {
  Json body{{"told_unix_s", told_unix_s}, {"alert", nullptr}};
  if (fires) {
    body["alert"] = {
        {"severity", severity_name(fires->severity)}, {"since_unix_s", fires->since}, {"says", fires->says}};
  }
  return {
      0, told_unix_s, kSuspectKind, "", "", kSuspectKind, body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

std::optional<Notice> suspect_of(const store::JournalEntry& entry, std::int64_t now, std::int64_t alive_s) {
  const Json body = Json::parse(entry.body, nullptr, false);
  try {
    const Json& alert = body.at("alert");
    if (alert.is_null() || now - body.at("told_unix_s").get<std::int64_t>() >= alive_s) return std::nullopt;
    const bool pages = alert.at("severity") == severity_name(slo::Severity::kPage);
    return Notice{"",
                  "",
                  pages ? slo::Severity::kPage : slo::Severity::kTicket,
                  alert.at("since_unix_s").get<std::int64_t>(),
                  0,
                  alert.at("says").get<std::string>()};
  } catch (const Json::exception&) {
    return std::nullopt;  // a later version's
  }
}

Json alertmanager_body(std::span<const Notice> notices, std::int64_t now, std::int64_t alive_s,
                       const std::string& centre_url) {
  Json body = Json::array();
  for (const auto& one : notices) {
    const bool burns = !one.journey.empty();
    Json labels{{"alertname", burns ? kBurnAlert : kSuspectAlert}, {"severity", severity_name(one.severity)}};
    if (burns) labels.update({{"journey", one.journey}, {"objective", one.objective}});
    Json alert{{"labels", std::move(labels)}};
    const std::string name = one.journey + "/" + one.objective;
    alert["annotations"] = {{"summary", burns ? "The error budget of " + name + " burns too fast"
                                              : "What fires may be the collector's own doing: " + one.says}};
    alert["startsAt"] = rfc3339(one.since);
    alert["endsAt"] = rfc3339(one.resolved != 0 ? one.resolved : now + alive_s);
    const std::string page = burns ? "#/slo/" + one.journey + "/" + one.objective : "#/fleet";
    if (!centre_url.empty()) alert["generatorURL"] = centre_url + page;
    body.push_back(std::move(alert));
  }
  return body;
}

std::string signature(const std::string& secret, std::int64_t unix_s, const std::string& body) {
  const std::string time = std::to_string(unix_s), signed_text = time + "." + body;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(), digest.data(), &length);
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    hex.push_back("0123456789abcdef"[digest[i] >> 4]);
    hex.push_back("0123456789abcdef"[digest[i] & 15]);
  }
  return "t=" + time + ",v1=" + hex;
}

std::string rfc3339(std::int64_t unix_s) {
  const std::time_t at = unix_s;
  std::tm parts{};
  char text[32];
  if (!::gmtime_r(&at, &parts)) return "1970-01-01T00:00:00Z";
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace bellrock::plane
