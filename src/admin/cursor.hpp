#pragma once
// Cursor: where a page of a list ended, for the caller to hand back, who can neither read nor make one.
//
// Sealed     AES-256-GCM, bound to the list: its method, path and filters. What is in it may be a patient's name.
// Key        derived from the service's own secrets, which every instance has; any of them opens, the first seals. Where there
//            is none, of this process alone: another instance, and this one after a restart, refuse the cursor.
// Length     text_limit at most; a multiple of a block, so that it does not tell how long a name is.

#include "net/http.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::admin {

class Cursors {
public:
    static constexpr std::size_t text_limit = 4'000;

    /// `secrets`: asked at each use, as secrets may be replaced; empty ones do not count.
    explicit Cursors(std::function<std::vector<std::string>()> secrets);

    /// base64url. `list`: as list_asked() says it.
    std::string seal(const std::vector<std::string>& key, std::string_view list) const;
    /// nullopt: altered, cut, of another list, under another key, or none of ours at all; nothing tells which.
    std::optional<std::vector<std::string>> open(std::string_view cursor, std::string_view list) const;

private:
    std::vector<std::string> keys() const;

    std::function<std::vector<std::string>()> secrets_;
    std::string of_process_;
};

/// Which list is asked for: whatever tells it from another one, that is all but limit and after.
std::string list_asked(const net::Request& request, const net::Query& query);

}  // namespace dcs::admin
