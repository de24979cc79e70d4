#pragma once
// Routes: the one table of what this service answers: method, path, who may, how large a body, who handles it.
//
// Promise    who is calling is settled before any body is read, but for a signature over that body. An unknown path is
//            404, a known path with another method 405 with Allow; HEAD is answered where GET is.
// Printed    `drchrono-sync help routes` prints rows() of this very table.

#include "auth/gate.hpp"
#include "net/server.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::admin {
struct Backend;
}

namespace dcs::ingress {

/// Who may call. No value is 0, and Route has no default for it: each row must say.
enum class Who {
    anybody = 1,
    drchrono_signature,
    deepcura_secret,
    scribe_proof,  // as the source that the path names proves itself
    oidc,
    own_page,   // anybody, but not from another site
    signed_in,  // to the admin page, also while the second factor that the role needs is still to be set up
    viewer,     // signed in to the admin page, and below: with a role
    operates,
    phi_reader,
    filer,
    administrator,
    emergency,
};
std::string_view text_of(Who who) noexcept;

using Handler = std::function<Async<net::Response>(net::Request, auth::Caller)>;
using StreamHandler = std::function<Async<std::optional<net::Response>>(net::Request, auth::Caller, net::BodyStream&)>;

struct Route {
    Route(std::string_view the_method, std::string_view the_path, Who who_may, std::size_t max_bytes,
          std::string_view the_about, Handler handler)
        : method{the_method},
          path{the_path},
          who{who_may},
          max_body_bytes{max_bytes},
          about{the_about},
          handle{std::move(handler)} {}

    std::string method;
    std::string path;  // a segment "{name}" matches any one segment, a last segment "*" any rest, also an empty one
    Who who;
    std::size_t max_body_bytes;
    std::string about;  // one line, for people
    Handler handle;
    StreamHandler stream{};  // instead of `handle`
};
using RouteTable = std::vector<Route>;

/// What the rows call. Empty ones are fine for printing the table.
struct Handlers {
    Handler health{};
    Handler ready{};
    Handler drchrono_verify{};
    Handler drchrono_receive{};
    Handler deepcura_receive{};
    Handler scribe_receive{};
    Handler sync_all{};
    Handler sync_one{};
    Handler clean_up{};
    admin::Backend* admin = nullptr;
};
RouteTable route_table(Handlers handlers);
/// What METRICS_PORT answers: a door of its own, so that it need not be open to those who may come to the other.
RouteTable metrics_table(Handler metrics);

/// The row that answers a request; nullptr: none. HEAD goes where GET goes.
const Route* find_route(const RouteTable& table, std::string_view method, std::string_view path);

/// One line of text a route, columns aligned.
std::vector<std::string> rows(const RouteTable& table);

using Gates = std::map<Who, auth::Gate>;
/// pre: the table has a gate for each of its policies and a handler in each row; otherwise std::logic_error.
net::Door make_door(RouteTable table, Gates gates);

}  // namespace dcs::ingress
