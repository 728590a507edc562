#include "control/cli/centre.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <ostream>

#include "control/cli/exit_code.h"
#include "control/net/http_client.h"

namespace bellrock::cli {
namespace {

int exit_code_of(unsigned status) {
  switch (status) {
    case 200:
    case 201:
      return kDone;
    case 400:
    case 404:
      return kUsage;
    case 401:
    case 403:
      return kNotAuthorised;
    default:
      return kUnreachable;
  }
}

std::string base_of(const CentreOptions& options) {
  std::string url = options.url;
  while (url.ends_with('/')) url.pop_back();
  return url;
}

net::HttpOptions http_of(const CentreOptions& options) {
  net::HttpOptions http;
  http.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(options.timeout_s * 1'000));
  return http;
}

Answer answer_of(const std::string& url, const Result<net::HttpReply, net::NetError>& reply, std::ostream& err) {
  if (!reply.ok()) {
    err << "bellrock: " << printable(reply.error().message) << '\n';
    if (reply.error().kind == net::NetErrorKind::kBadUrl) return {{}, kUsage};
    if (reply.error().kind == net::NetErrorKind::kTls) {
      err << "  Whose certificates are trusted is this machine's to say; SSL_CERT_FILE=FILE names others.\n";
      return {{}, kUnreachable};
    }
    err << "  Is bellrock-central running? --centre URL or BELLROCK_CENTRE say where.\n";
    return {{}, kUnreachable};
  }
  Json document = Json::parse(reply->body, nullptr, false);
  const int exit_code = exit_code_of(reply->status);
  if (exit_code == kDone && document.is_object()) return {std::move(document), kDone};
  std::string why = "answered with status " + std::to_string(reply->status);
  if (document.is_object() && document.contains("message") && document["message"].is_string()) {
    why = document["message"].get<std::string>();
  } else if (exit_code == kDone) {
    why = "is not a Bellrock centre";
  }
  err << "bellrock: " << printable(url) << ": " << printable(why) << '\n';
  return {{}, exit_code == kDone ? kUnreachable : exit_code};
}

}  // namespace

void add_centre_options(CLI::App& command, CentreOptions& options) {
  command.add_option("-o,--output", options.output, "table, json, yaml or jsonl")
      ->check(CLI::IsMember(kFormatNames))
      ->capture_default_str();
  command.add_option("--centre", options.url, "Where bellrock-central listens")
      ->envname("BELLROCK_CENTRE")
      ->capture_default_str();
  command.add_option("--timeout", options.timeout_s, "Seconds to wait for its answer")
      ->check(CLI::Range(0.001, 3'600.0))
      ->capture_default_str();
}

Answer ask(const CentreOptions& options, const std::string& path, std::ostream& err) {
  const std::string url = base_of(options);
  return answer_of(url, net::http_get(url + path, http_of(options)), err);
}

Answer tell(const CentreOptions& options, const std::string& path, const Json& body, std::ostream& err) {
  const std::string url = base_of(options);
  const std::string text = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return answer_of(url, net::http_post(url + path, "application/json", text, http_of(options)), err);
}

int not_understood(const Json::exception& error, std::ostream& err) {
  err << "bellrock: the centre's answer is not understood: " << printable(error.what()) << '\n';
  return kUnreachable;
}

int show(const CentreOptions& options, const Answer& answer, std::string_view items, std::ostream& out,
         std::ostream& err, const std::function<void(const Json&)>& table) {
  if (answer.exit_code != kDone) return answer.exit_code;
  const Format format = format_of(options.output);
  try {
    if (format == Format::kTable) {
      table(answer.document);
    } else {
      write_document(out, format, answer.document, items);
    }
    return kDone;
  } catch (const Json::exception& error) {
    return not_understood(error, err);
  }
}

std::string encode_percent(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      out.push_back(c);
    } else {
      out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    }
  }
  return out;
}

}  // namespace bellrock::cli
