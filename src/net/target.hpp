#pragma once
// Target: where a call goes, read from a URL, and which other hosts it may be led to.

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

struct Curl_URL;  // libcurl's parsed URL

namespace dcs::net {

/// An http or https URL without user name, read by curl's own parser so that what is checked is what is called.
class Target {
public:
    /// Fault::rejected: not such a URL.
    static Result<Target> parse(const std::string& url);
    /// Where `location` leads from here; from https, plain http to the same place is taken as encrypted_like(*this).
    /// Fault::rejected: a host that is not in `allowed`.
    Result<Target> redirected(std::string_view location, const std::vector<std::string>& allowed) const;

    /// The same over https, where this is plain http: at its own port, or, where that is http's own, at the port of `base`.
    /// What is encrypted already stays as it is. pre: `base` is encrypted.
    Result<Target> encrypted_like(const Target& base) const;

    const std::string& url() const noexcept { return url_; }
    const std::string& host() const noexcept { return host_; }  // lower case, without port
    const std::string& port() const noexcept { return port_; }
    bool encrypted() const noexcept { return encrypted_; }
    bool loopback() const noexcept;
    /// Whether one of `names` ("host" with the protocol's own port, or "host:port") is where this goes.
    bool is_one_of(const std::vector<std::string>& names) const;

private:
    static Result<Target> from(Curl_URL* parsed);

    std::string url_, host_, port_;
    bool encrypted_ = false;
};

}  // namespace dcs::net
