#pragma once
// Reply: the forms of the API's answers, and what a request must look like to get one.
//
// Errors     {"error": a sentence for the person, "request_id"}, and members that the contract of the route names.

#include "base/document.hpp"
#include "net/http.hpp"
#include "pg/rows.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace dcs::admin {

/// A whole answer out of JSON text.
net::Response json(std::string body, int status = 200);

/// `more`: further members as JSON text, `"a":1,"b":2`; empty: none.
net::Response refuse(int status, std::string_view sentence, const net::RequestHead& request,
                     std::string_view more = {});

/// What a failure that nobody asked for comes to, in general words; its detail goes to the log.
net::Response failed(const Error& error, const net::RequestHead& request);

/// The JSON object in the body. bad_input: a sentence.
Result<Document> body_of(const net::Request& request);
/// A text member, trimmed; empty: absent or something else.
std::string text_at(const Document& body, std::string_view name);
/// The reason that a reveal asks for. bad_input: a sentence.
Result<std::string> reason_of(const Document& body);

bool is_uuid(std::string_view text) noexcept;
/// The part of the path behind `behind`: segment_behind("/admin/api/notes/7/link", "notes") is "7". Empty: there is none.
std::string segment_behind(const net::RequestHead& request, std::string_view behind);

/// `true` or `false`, as JSON.
std::string_view json_of(bool flag) noexcept;
/// A text or null, as JSON.
std::string json_or_null(std::string_view text);

}  // namespace dcs::admin
