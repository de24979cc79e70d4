#include "ingress/drchrono.hpp"

#include "base/document.hpp"

#include <algorithm>
#include <utility>

namespace dcs::ingress {

namespace {

constexpr std::size_t longest_msg = 512;

/// Whether the verification signs `text`: short, printable, and no beginning of a JSON object.
bool is_signed_for_anybody(std::string_view text) {
    if (text.empty() || text.size() > longest_msg) return false;
    if (!std::ranges::all_of(text, [](char letter) { return letter >= ' ' && letter <= '~'; })) return false;
    const auto first = text.find_first_not_of(' ');
    return first == std::string_view::npos || text[first] != '{';
}

net::Response accepted(const inbox::Stored& stored) {
    net::Response response;
    response.body = R"({"status":"ok","delivery_id":)" + json_quoted(stored.id);
    if (stored.duplicate) response.body += R"(,"duplicate":true)";
    response.body += "}";
    return response;
}

}  // namespace

auth::Gate drchrono_gate(const DrchronoDoor& door) {
    return auth::secret_or_hmac_header("X-drchrono-signature", door.secret, "drchrono", "Invalid signature");
}

net::Response verify(const DrchronoDoor& door, const net::RequestHead& request) {
    const auto msg = request.query.get("msg");
    if (!is_signed_for_anybody(msg)) return net::json_error(400, "Parameter msg is not usable", request.request_id);
    const auto token = door.secret.sign(msg);
    if (!token) return net::json_error(503, "No webhook secret is configured", request.request_id);
    net::Response response;
    response.body = R"({"secret_token":")" + *token + R"("})";
    return response;
}

Async<net::Response> receive(const DrchronoDoor& door, net::Request request, auth::Caller caller) {
    const auto request_id = request.request_id;
    const bool proves_nothing = caller.proof == "hmac" && is_signed_for_anybody(request.body);
    if (proves_nothing) co_return net::json_error(400, "Body is not JSON", request_id);

    auto reading = read_delivery(std::move(request), door.omit_fields);
    auto append = door.append(std::move(reading.arrival));
    const auto stored = co_await std::move(append);
    if (!stored) {
        door.refusals->refused("drchrono", request_id, stored.error());
        co_return net::json_error(503, "Not stored, please send again", request_id);
    }
    door.refusals->stored();
    if (!reading.complaint.empty()) co_return net::json_error(400, reading.complaint, request_id);
    co_return accepted(*stored);
}

}  // namespace dcs::ingress
