#pragma once
// Accounting: who saw whom since a time, by person and patient: what the command `accounting` tells, on the page and as CSV.
//
// Private    what is asked for comes in the body, places of pages too: no patient is in an address.
// Audit      that it was asked, and each patient whom the answer names, are rows of access_log before the answer goes out.
// Steady     all pages of one question end at the same moment, so that reading one changes none of the others.
// CSV        at most 100,000 lines; the last line says when there were more.

#include "admin/backend.hpp"

namespace dcs::admin {

Async<net::Response> count_accesses(Backend& backend, net::Request request, auth::Caller caller);
Async<std::optional<net::Response>> export_accounting(Backend& backend, net::Request request, auth::Caller caller,
                                                      net::BodyStream& stream);

}  // namespace dcs::admin
