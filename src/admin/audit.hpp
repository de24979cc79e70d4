#pragma once
// Audit: who saw what: the access log, as a list and as CSV; all that anybody saw of one patient.
//
// Audit      reading it, and taking it away, is written down too.
// CSV        sent page by page, so that memory does not grow with the log; a cell that a spreadsheet would take for a formula
//            begins with an apostrophe. At most 100,000 rows; the last line says when there were more.

#include "admin/backend.hpp"

namespace dcs::admin {

Async<net::Response> list_accesses(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> list_disclosures(Backend& backend, net::Request request, auth::Caller caller);
Async<std::optional<net::Response>> export_accesses(Backend& backend, net::Request request, auth::Caller caller,
                                                    net::BodyStream& stream);
Async<std::optional<net::Response>> export_disclosures(Backend& backend, net::Request request, auth::Caller caller,
                                                       net::BodyStream& stream);

/// One cell of CSV, quoted where it must be.
std::string csv_cell(std::string_view text);

}  // namespace dcs::admin
