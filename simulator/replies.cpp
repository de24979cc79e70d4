#include "simulator/replies.hpp"

namespace dcs::simulator {

net::Response reply(int status, const json::value& body) { return {status, json::serialize(body)}; }

net::Response detail(int status, std::string_view text) { return reply(status, json::object{{"detail", text}}); }

net::Response invalid(std::string_view field, std::string_view message) {
    json::object body;
    body[field] = json::array{message};
    return reply(400, body);
}

net::Response redirect(std::string location) {
    net::Response response{302, "", "text/html", {}};
    response.headers.add("Location", std::move(location));
    return response;
}

}  // namespace dcs::simulator
