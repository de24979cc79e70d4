#pragma once
// Patients: found by name or number; their records; how a record was at any time, and every change of it.
//
// Search     exact numbers and chart ids first, then last names, then first names, each by its index: a page costs the same
//            wherever it lies.
// As of      what is stored now, less the changes since: the audit log is complete, so this is how it was.
// Audit      each patient that an answer names has its row in access_log.

#include "admin/backend.hpp"

namespace dcs::admin {

Async<net::Response> find_patients(Backend& backend, net::Request request, auth::Caller caller);
/// The same by a body, which reaches no log: {"q", "after", "limit"}.
Async<net::Response> search_patients(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> show_patient(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> list_records(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> list_patient_changes(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> show_record(Backend& backend, net::Request request, auth::Caller caller);
/// As show_record, with the sensitive values and DrChrono's JSON, for a reason.
Async<net::Response> reveal_record(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> list_record_changes(Backend& backend, net::Request request, auth::Caller caller);

}  // namespace dcs::admin
