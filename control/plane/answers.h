// Parts of the API's answers: errors that name the parameter and its fix, fixed files with an ETag, the parameters of a
// request. Pure, any thread.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/dashboard/assets.h"
#include "control/net/http_server.h"
#include "control/plane/json.h"
#include "control/plane/range.h"
#include "control/store/series_store.h"

namespace bellrock::plane {

// {"error": code, "message": what is wrong and what would be right}, and the parameter's name where it is one's fault.
net::Response problem(unsigned status, std::string_view code, const std::string& message,
                      std::string_view parameter = {});
net::Response store_failed(const store::StoreError& error);
net::Response no_such_objective();
net::Response nothing_here();

// One line. Names are UTF-8 by the time they are stored; what is not is replaced.
std::string dump(const Json& json);
net::Response json_answer(const Json& json);

// A file of the program: with its ETag, or 304 where the client has it already.
net::Response file_answer(const dashboard::Asset& asset, const net::Request& request);

// Of a Content-Type: this media type, in any case, with any parameters (RFC 9110 8.3.1).
bool is_media_type(std::string_view content_type, std::string_view type);
// 405, with what is allowed here (RFC 9110 15.5.6).
net::Response not_allowed(const char* allowed, const char* why);

// What every answer has: nothing may frame it, run it as a page, or load it from another site.
void add_security_headers(net::Response& response);

// The names of the parameters that a request gives, also of those without a value, in their order.
std::vector<std::string> parameters_of(const net::Request& request);
// A problem when a parameter is not among `known`, or comes twice.
std::optional<net::Response> refuse_parameters(const net::Request& request,
                                               std::initializer_list<std::string_view> known);

// The range asked for; the default without one.
Result<const Range*, net::Response> range_of(const net::Request& request);
// `true` or `false`; `otherwise` without it.
Result<bool, net::Response> flag_of(const net::Request& request, std::string_view name, bool otherwise);

// Digits only, 12 at most.
std::optional<std::int64_t> unix_seconds(const std::string& text);

}  // namespace bellrock::plane
