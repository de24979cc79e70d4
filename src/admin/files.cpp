#include "admin/files.hpp"

#include "auth/admin_gate.hpp"

#include <algorithm>
#include <array>

namespace dcs::admin {

namespace {

constexpr std::string_view root = "/admin/";
constexpr std::string_view policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";
constexpr std::string_view missing =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>The admin page is not built</title>"
    "<h1>The admin page is not part of this program</h1>"
    "<p>It was built without it. Run <code>npm ci</code> and <code>npm run build</code> in <code>web/</code>, then"
    " <code>make build</code>, and start the service again.</p></html>";

struct Type {
    std::string_view ending;
    std::string_view name;
};
constexpr std::array types{
    Type{".html", "text/html; charset=utf-8"},
    Type{".js", "text/javascript; charset=utf-8"},
    Type{".css", "text/css; charset=utf-8"},
    Type{".svg", "image/svg+xml"},
    Type{".png", "image/png"},
    Type{".ico", "image/x-icon"},
    Type{".woff2", "font/woff2"},
    Type{".json", "application/json"},
    Type{".txt", "text/plain; charset=utf-8"},
};

std::string_view type_of(std::string_view name) {
    const auto found = std::ranges::find_if(types, [&](const Type& type) { return name.ends_with(type.ending); });
    return found == types.end() ? "application/octet-stream" : found->name;
}

std::string_view keeping(std::string_view name) {
    if (name == "index.html") return "no-store";
    return name.starts_with("assets/") ? "public, max-age=31536000, immutable" : "no-cache";
}

void add_headers(net::Headers& headers) {
    headers.add("Content-Security-Policy", std::string{policy});
    headers.add("X-Content-Type-Options", "nosniff");
    headers.add("Referrer-Policy", "no-referrer");
    headers.add("Cross-Origin-Opener-Policy", "same-origin");
    headers.add("Cross-Origin-Resource-Policy", "same-origin");
    headers.add("Strict-Transport-Security", std::string{auth::https_only});
}

net::Response page(int status, std::string_view type, std::string_view cache, std::string_view body) {
    net::Response response;
    response.status = status;
    response.content_type = std::string{type};
    response.body = std::string{body};
    add_headers(response.headers);
    response.headers.add("Cache-Control", std::string{cache});
    return response;
}

}  // namespace

net::Response file_of(const net::RequestHead& request, std::span<const File> files) {
    const std::string_view path{request.path};
    if (path.size() < root.size()) {
        auto response = page(308, "text/plain", "no-cache", "");
        response.headers.add("Location", "admin/");  // relative: whatever prefix a proxy has taken away
        return response;
    }
    const auto wanted = path == root ? std::string_view{"index.html"} : path.substr(root.size());
    if (files.empty() && wanted == "index.html") return page(200, "text/html; charset=utf-8", "no-store", missing);
    const auto file = std::ranges::find(files, wanted, &File::name);
    if (file == files.end()) {
        auto response = net::json_error(404, "Not found", request.request_id);
        add_headers(response.headers);
        return response;
    }
    const bool known = request.headers.get("If-None-Match") == file->etag;
    auto response =
        page(known ? 304 : 200, type_of(file->name), keeping(file->name), known ? std::string_view{} : file->content);
    response.headers.add("ETag", std::string{file->etag});
    return response;
}

}  // namespace dcs::admin
