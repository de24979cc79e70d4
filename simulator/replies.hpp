#pragma once
// Replies: the forms of DrChrono's answers that several parts give.

#include "net/http.hpp"

#include <boost/json.hpp>

namespace dcs::simulator {

namespace json = boost::json;

net::Response reply(int status, const json::value& body);
net::Response detail(int status, std::string_view text);                  // {"detail": text}
net::Response invalid(std::string_view field, std::string_view message);  // 400 {field: [message]}
net::Response redirect(std::string location);

}  // namespace dcs::simulator
