#pragma once
// Wire: how an answer is written on the connection.
//
// Place      private to net/.

#include "net/http.hpp"

namespace dcs::net {

/// What becomes of the connection behind the answer; `marks_end`: nothing else tells where the body ends.
enum class Ending { stays_open, closes, marks_end };

/// The status line and the header of `response`, with the empty line. A field that holds a line break or a NUL is left
/// out and reported: it would let its value write headers of its own.
std::string header_text(const Response& response, std::string_view request_id, Ending ending);

/// Whether answers of this status have a body at all (RFC 9110, 6.4.1).
bool has_body(int status) noexcept;

}  // namespace dcs::net
