// The admin page as it is served: what may be kept, what is refused, what is said where it was not built.
#include "admin/files.hpp"

#include <gtest/gtest.h>

#include <array>

namespace dcs::admin {
namespace {

constexpr std::array files{File{"assets/index-abc.js", "code", "\"1\""}, File{"favicon.svg", "<svg/>", "\"2\""},
                           File{"index.html", "<!doctype html>", "\"3\""}};

net::Response ask(const std::string& path, const std::string& known = {}, std::span<const File> from = files) {
    net::RequestHead head;
    head.method = "GET";
    head.path = path;
    if (!known.empty()) head.headers.add("If-None-Match", known);
    return file_of(head, from);
}

TEST(AdminFiles, AreServedUnderRelativePaths) {
    const auto root = ask("/admin");
    EXPECT_EQ(root.status, 308);
    EXPECT_EQ(root.headers.get("Location"), "admin/") << "relative: the prefix is a proxy's affair";
    const auto page = ask("/admin/");
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.body, "<!doctype html>");
    EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
    EXPECT_EQ(page.headers.get("Cache-Control"), "no-store");
}

TEST(AdminFiles, MayBeKeptWhereTheirNameHoldsAHash) {
    const auto code = ask("/admin/assets/index-abc.js");
    EXPECT_EQ(code.content_type, "text/javascript; charset=utf-8");
    EXPECT_EQ(code.headers.get("Cache-Control"), "public, max-age=31536000, immutable");
    EXPECT_EQ(ask("/admin/assets/index-abc.js", "\"1\"").status, 304);
    EXPECT_EQ(ask("/admin/assets/index-abc.js", "\"0\"").status, 200);
    EXPECT_EQ(ask("/admin/favicon.svg").headers.get("Cache-Control"), "no-cache");
}

TEST(AdminFiles, AllowNothingFromElsewhereAndNothingInline) {
    for (const auto* path : {"/admin", "/admin/", "/admin/assets/index-abc.js", "/admin/no-such-file"}) {
        const auto answer = ask(path);
        const std::string policy{answer.headers.get("Content-Security-Policy")};
        EXPECT_TRUE(policy.starts_with("default-src 'none'; ")) << path;
        EXPECT_EQ(policy.find("unsafe"), std::string::npos) << path;
        EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos) << path;
        EXPECT_EQ(answer.headers.get("X-Content-Type-Options"), "nosniff") << path;
    }
}

TEST(AdminFiles, AreThoseThatWereBuiltAndNoOthers) {
    for (const auto* path : {"/admin/assets/", "/admin/assets", "/admin/../etc/passwd", "/admin//etc/passwd",
                             "/admin/Index.html", "/admin/assets/../index.html"})
        EXPECT_EQ(ask(path).status, 404) << path;
}

TEST(AdminFiles, SayHowTheyAreBuiltWhereTheyAreMissing) {
    const auto page = ask("/admin/", {}, {});
    EXPECT_EQ(page.status, 200);
    EXPECT_NE(page.body.find("npm run build"), std::string::npos);
    EXPECT_EQ(ask("/admin/assets/index-abc.js", {}, {}).status, 404);
}

}  // namespace
}  // namespace dcs::admin
