#include "front.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace dcs::histories {

namespace {

constexpr std::size_t most_body_bytes = 1024 * 1024;

std::string target_of(const net::Request& request) {
    std::string target = request.path;
    char before = '?';
    for (const auto& [name, value] : request.query) {
        target += fmt::format("{}{}={}", before, net::percent_encode(name), net::percent_encode(value));
        before = '&';
    }
    return target;
}

}  // namespace

Front::Front(asio::any_io_executor executor)
    : server_{std::move(executor), {}, [this](const net::RequestHead&) {
                  return net::Admission{most_body_bytes,
                                        [this](net::Request request) { return answer(std::move(request)); }};
              }} {
    if (!server_.listen("127.0.0.1", 0)) throw std::runtime_error{"the front cannot listen"};
}

Async<net::Response> Front::answer(net::Request request) {
    const auto target = target_of(request);
    const auto nth = asked_.size();
    asked_.push_back({std::chrono::steady_clock::now(), system_now(), target});
    auto answering = simulator_->answer(std::move(request));
    auto response = co_await std::move(answering);
    spoil(target, response);
    asked_[nth].status = response.status;
    co_return response;
}

void Front::spoil(const std::string& target, net::Response& response) {
    if (response.status != 200 || (misshape_ <= 0 && circle_ <= 0)) return;
    boost::system::error_code malformed;
    auto body = boost::json::parse(response.body, malformed);
    auto* page = malformed ? nullptr : body.if_object();
    auto* results = page == nullptr ? nullptr : page->if_contains("results");
    if (results == nullptr || !results->is_array()) return;
    if (misshape_ > 0) {
        --misshape_;
        auto& records = results->get_array();
        records.emplace(records.begin(), nullptr);
        records.emplace_back("no record");
        records.emplace_back(boost::json::object{{"id", boost::json::array{1, 2}}, {"patient", "?"}});
    } else {
        --circle_;
        (*page)["next"] = simulator_->base_url() + target;
    }
    response.body = boost::json::serialize(body);
}

}  // namespace dcs::histories
