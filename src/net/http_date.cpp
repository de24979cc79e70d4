#include "net/http_date.hpp"

#include <curl/curl.h>

#include <cctype>
#include <string>

namespace dcs::net {

std::optional<Time> parse_http_date(std::string_view text) {
    // All three forms begin with the name of a day; curl's parser by itself takes bare numbers for dates too.
    if (text.empty() || std::isalpha(static_cast<unsigned char>(text.front())) == 0) return std::nullopt;
    const auto seconds = curl_getdate(std::string{text}.c_str(), nullptr);
    if (seconds < 0) return std::nullopt;
    return Time{std::chrono::seconds{seconds}};
}

}  // namespace dcs::net
