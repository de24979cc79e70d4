#pragma once
// Deliveries: what arrived and what became of it; tried again one by one, or all that match.
//
// Promise    all that match are tried again only when they are as many as the person was shown. A payload is shown for a reason
//            only, and that it was is written down.

#include "admin/backend.hpp"

namespace dcs::admin {

Async<net::Response> list_deliveries(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> count_deliveries(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> show_delivery(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> reveal_payload(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> retry_delivery(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> retry_deliveries(Backend& backend, net::Request request, auth::Caller caller);

/// {"encoding":…,"body":…,"bytes":…} without the closing brace: bytes as JSON text, text, or base64.
std::string shown_bytes(const std::string& bytes);

/// SQL: the patient of the object that `key`, an SQL text such as 'medications:55', names, as DrChrono numbers it; NULL: not known.
std::string patient_of_object(std::string_view key);

/// The patients that a record of the table, or a webhook about one, names, as DrChrono numbers them, separated by commas.
std::string patients_named_in(std::string_view bytes, std::string_view table);

}  // namespace dcs::admin
