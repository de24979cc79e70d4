#pragma once
// Notes: the scribe's notes that nothing links by itself, beside the clinical notes they may belong to; a person's decisions.
//
// Promise    a decision made on an outdated view is answered 409 with what was decided meanwhile, and by whom. Each decision says
//            how it is undone.
// Audit      one row of access_log for each note that a list or a page shows; a decision also has its row in change_log.

#include "admin/backend.hpp"

namespace dcs::admin {

Async<net::Response> list_notes(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> show_note(Backend& backend, net::Request request, auth::Caller caller);
/// Clinical notes of the note's patient, or of ?patient=, the nearest day first.
Async<net::Response> list_clinical_notes(Backend& backend, net::Request request, auth::Caller caller);

Async<net::Response> link_note(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> unlink_note(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> call_note_unlinkable(Backend& backend, net::Request request, auth::Caller caller);
Async<net::Response> hand_note_back(Backend& backend, net::Request request, auth::Caller caller);

}  // namespace dcs::admin
