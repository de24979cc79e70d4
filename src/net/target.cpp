#include "net/target.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>

namespace dcs::net {

namespace {

struct Free {
    void operator()(CURLU* parsed) const noexcept { curl_url_cleanup(parsed); }
};

std::optional<std::string> part(CURLU* parsed, CURLUPart which, unsigned int flags = 0) {
    char* text = nullptr;
    if (curl_url_get(parsed, which, &text, flags) != CURLUE_OK) return std::nullopt;
    std::string copy{text};
    curl_free(text);
    return copy;
}

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](unsigned char byte) { return static_cast<char>(std::tolower(byte)); });
    return text;
}

}  // namespace

Result<Target> Target::from(Curl_URL* parsed) {
    const auto scheme = part(parsed, CURLUPART_SCHEME);
    const auto host = part(parsed, CURLUPART_HOST);
    const auto port = part(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    if (!scheme || (*scheme != "http" && *scheme != "https")) return Error{Fault::rejected, "neither http nor https"};
    if (!host || host->empty() || !port) return Error{Fault::rejected, "a URL without host"};
    if (part(parsed, CURLUPART_USER)) return Error{Fault::rejected, "a URL with a user name"};
    curl_url_set(parsed, CURLUPART_FRAGMENT, nullptr, 0);
    auto url = part(parsed, CURLUPART_URL);
    if (!url) return Error{Fault::rejected, "a malformed URL"};

    Target target;
    target.url_ = std::move(*url);
    target.host_ = lower(*host);
    target.port_ = *port;
    target.encrypted_ = *scheme == "https";
    return target;
}

Result<Target> Target::parse(const std::string& url) {
    const std::unique_ptr<CURLU, Free> parsed{curl_url()};
    if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
        return Error{Fault::rejected, "a malformed URL, or neither http nor https"};
    return from(parsed.get());
}

Result<Target> Target::redirected(std::string_view location, const std::vector<std::string>& allowed) const {
    const std::unique_ptr<CURLU, Free> parsed{curl_url()};
    if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url_.c_str(), 0) != CURLUE_OK ||
        curl_url_set(parsed.get(), CURLUPART_URL, std::string{location}.c_str(), 0) != CURLUE_OK)
        return Error{Fault::rejected, host_ + ": a redirect that is no URL"};
    auto next = from(parsed.get());
    if (!next) return Error{Fault::rejected, host_ + ": redirected to " + next.error().detail};
    if (encrypted_) next = next->encrypted_like(*this);
    if (!next) return next;
    if (!next->is_one_of(allowed)) return Error{Fault::rejected, host_ + ": redirected to a host that is not allowed"};
    return next;
}

Result<Target> Target::encrypted_like(const Target& base) const {
    if (encrypted_) return *this;
    const std::unique_ptr<CURLU, Free> parsed{curl_url()};
    const auto& port = port_ == "80" ? base.port_ : port_;
    if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url_.c_str(), 0) != CURLUE_OK ||
        curl_url_set(parsed.get(), CURLUPART_SCHEME, "https", 0) != CURLUE_OK ||
        curl_url_set(parsed.get(), CURLUPART_PORT, port == "443" ? nullptr : port.c_str(), 0) != CURLUE_OK)
        return Error{Fault::rejected, host_ + ": a URL that cannot be had over https"};
    return from(parsed.get());
}

bool Target::is_one_of(const std::vector<std::string>& names) const {
    const bool default_port = port_ == (encrypted_ ? "443" : "80");
    return std::ranges::any_of(names, [&](const std::string& name) {
        const auto wanted = lower(name);
        return wanted == host_ + ':' + port_ || (default_port && wanted == host_);
    });
}

bool Target::loopback() const noexcept {
    // A number alone: 127.somebody.example is anybody's.
    const bool number = host_.find_first_not_of("0123456789.") == std::string::npos;
    return host_ == "localhost" || host_ == "[::1]" || (number && host_.starts_with("127."));
}

}  // namespace dcs::net
