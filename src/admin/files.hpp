#pragma once
// Files: the admin page itself: what Vite made in web/dist, held by this very binary.
//
// Promise    nothing is loaded from elsewhere, no script or style stands in the page: the policy of each answer says so, and
//            browsers hold it. Paths are relative: the page works behind any prefix.
// Kept       what lies in assets/ carries a hash in its name and may be kept for a year; the rest is asked for again.
// Without    a binary that was built without web/dist says how to build it.

#include "net/http.hpp"

#include <span>
#include <string_view>

namespace dcs::admin {

struct File {
    std::string_view name;  // "assets/index-abc.js"
    std::string_view content;
    std::string_view etag;  // with its quotes
};

/// What this binary holds.
std::span<const File> embedded_files();

/// The answer to a GET of /admin or below, out of `files`.
net::Response file_of(const net::RequestHead& request, std::span<const File> files);

}  // namespace dcs::admin
