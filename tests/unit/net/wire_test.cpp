#include "net/wire.hpp"

#include <gtest/gtest.h>

namespace dcs::net {
namespace {

TEST(Wire, WritesStatusFieldsAndAnEmptyLine) {
    Response response;
    response.body = "{}";
    const auto text = header_text(response, "id-1", Ending::stays_open);
    EXPECT_TRUE(text.starts_with("HTTP/1.1 200 OK\r\n")) << text;
    EXPECT_TRUE(text.ends_with("\r\n\r\n")) << text;
    EXPECT_NE(text.find("\r\nX-Request-Id: id-1\r\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\r\nContent-Length: 2\r\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\r\nContent-Type: application/json\r\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\r\nConnection: keep-alive\r\n"), std::string::npos) << text;
}

TEST(Wire, LeavesOutAFieldThatWouldWriteHeadersOfItsOwn) {
    Response response;
    response.headers.add("Location", "/a\r\nSet-Cookie: evil=1");
    response.headers.add("X\n", "1");
    const auto text = header_text(response, "id-1", Ending::closes);
    EXPECT_EQ(text.find("Set-Cookie"), std::string::npos) << text;
    EXPECT_EQ(text.find("X\n"), std::string::npos) << text;
}

TEST(Wire, GivesNoLengthWhereThereIsNoBody) {
    Response response;
    response.status = 204;
    EXPECT_EQ(header_text(response, "id-1", Ending::stays_open).find("Content-Length"), std::string::npos);
    EXPECT_FALSE(has_body(204));
    EXPECT_FALSE(has_body(304));
    EXPECT_TRUE(has_body(200));
}

}  // namespace
}  // namespace dcs::net
