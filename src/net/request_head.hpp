#pragma once
// RequestHead: the checks of a parsed header that the HTTP parser leaves to us.
//
// Place      private to net/.
// Source     RFC 9112, 3.2 (target, Host), 6.1 and 6.3 (which requests must be refused so that nobody in front of us
//            can be made to see other borders between requests than we do).

#include "net/http.hpp"

namespace dcs::net {

/// Fills path and query from `target`, judges `head.headers`. `version` is 10 or 11. False: the request is malformed,
/// answer 400 and close.
bool settle_head(RequestHead& head, std::string_view target, unsigned version);

/// Whether both are equal but for the case of ASCII letters.
bool same_token(std::string_view left, std::string_view right) noexcept;

}  // namespace dcs::net
