#pragma once
// DrchronoDelivery: what arrived, read as far as the inbox needs: which event, about which record, of whose practice.
//
// Shapes     the real one: event and delivery id in headers, body {receiver, object, practice_group_id}; and the simple
//            {"event", "object_id"}.
// Keys       a clinical note's record is named by its appointment; a flag names the patient it hangs on.
// Bounds     names and ids of at most 128 printable characters; others make the delivery `ignored`, with a reason.
// Source     fact sheet section 5.

#include "inbox/inbox.hpp"
#include "net/http.hpp"

#include <span>
#include <string>
#include <string_view>

namespace dcs::ingress {

struct Reading {
    inbox::Arrival arrival;
    std::string_view complaint;  // what the sender is told with 400; empty: nothing
};

/// The body is kept as it came; where it holds a member named in `omit_fields`, without those. An unreadable body is
/// then not kept at all: its SHA-256 and size stand in `reason`.
Reading read_delivery(net::Request request, std::span<const std::string> omit_fields);

}  // namespace dcs::ingress
