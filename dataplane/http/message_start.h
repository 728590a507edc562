// Whether a delivered span begins like a message: how a stream finds its way again after a gap, or when it is first
// seen in its middle. Senders begin messages in new segments far more often than bodies contain such beginnings there.
#pragma once

#include "dataplane/base/bytes.h"

namespace bellrock::http {

// "METHOD target…" with one of the usual methods, since the rest of a cut name ("IONS") looks like a method, too. A
// span too short to say is one if it is the beginning of such a method.
bool begins_like_request(Bytes bytes);
// The same, without the benefit of the doubt.
bool begins_as_request(Bytes bytes);

bool begins_like_response(Bytes bytes);
// "HTTP/1.x ddd".
bool begins_as_response(Bytes bytes);

}  // namespace bellrock::http
