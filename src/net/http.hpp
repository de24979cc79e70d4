#pragma once
// HTTP as values: what a request and a response are, for the server, the client and everyone between them.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dcs::net {

/// Header fields in the order they came; names compare without case.
class Headers {
public:
    void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
    /// The first field of that name, or empty.
    std::string_view get(std::string_view name) const noexcept;
    /// How many fields have that name: a security header that comes twice is refused.
    std::size_t count(std::string_view name) const noexcept;
    auto begin() const noexcept { return fields_.begin(); }
    auto end() const noexcept { return fields_.end(); }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

/// "a=1&b=x%20y", decoded. The first value of a name counts.
class Query {
public:
    /// Decodes the part of a target behind '?' as forms write it ('+' is a space). Malformed percent escapes are taken
    /// literally.
    static Query parse(std::string_view text);
    bool has(std::string_view name) const noexcept;
    /// Empty when absent.
    std::string_view get(std::string_view name) const noexcept;
    auto begin() const noexcept { return fields_.begin(); }
    auto end() const noexcept { return fields_.end(); }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

/// Percent-encodes everything but RFC 3986's unreserved characters.
std::string percent_encode(std::string_view text);
/// nullopt: an escape that is no escape. '+' stays '+'.
std::optional<std::string> percent_decode(std::string_view text);

struct RequestHead {
    std::string method;  // upper case as sent
    std::string path;    // without query, percent escapes decoded; starts with '/'
    Query query;
    Headers headers;
    std::string remote;      // the client's address, without port: the peer's, or as a trusted proxy says
    std::string request_id;  // ours, new for each request
};

struct Request : RequestHead {
    std::string body;
};

struct Response {
    int status = 200;  // 0: the connection closes without an answer
    std::string body{};
    std::string content_type = "application/json";
    Headers headers{};
};

/// {"error": …, "request_id": …}: the form of every error answer.
Response json_error(int status, std::string_view error, std::string_view request_id);

}  // namespace dcs::net
