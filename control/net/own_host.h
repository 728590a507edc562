// Whether a request was meant for this server, and whether a page of another site sent it. Pure, any thread.
//
// A browser lets a page talk to whatever its name resolves to, and that may change: a page of evil.example whose name
// then resolves to 127.0.0.1 would read a server there as its own (DNS rebinding). Its requests still say
// `Host: evil.example`. And any page may send a form or plain text anywhere without asking; such requests say their
// Origin (Fetch standard, section 3.2).
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace bellrock::net {

// `host` is a Host header (RFC 9110 7.2): ours if it is `localhost`, the address at which the connection came in
// (`local_address`, without brackets), or one of `names` (lower case, IPv6 in brackets). Case and port make no
// difference.
bool is_own_host(std::string_view host, std::string_view local_address, std::span<const std::string> names);

// `origin` is an Origin header (RFC 6454 7): our page's if it is the Host that was asked, with its port; or one of
// `names`, as a proxy shows them, whatever the port.
bool is_own_origin(std::string_view origin, std::string_view host, std::span<const std::string> names);

}  // namespace bellrock::net
