// One-time passwords by the clock, against the vectors of the RFCs.
#include "crypto/totp.hpp"

#include <gtest/gtest.h>

namespace dcs::crypto {
namespace {

TEST(Totp, GivesTheCodesOfRfc6238) {
    // Appendix B, SHA-1; of its eight digits the last six.
    constexpr std::string_view key = "12345678901234567890";
    EXPECT_EQ(totp_code(key, 59 / totp_seconds), "287082");
    EXPECT_EQ(totp_code(key, 1111111109 / totp_seconds), "081804");
    EXPECT_EQ(totp_code(key, 1111111111 / totp_seconds), "050471");
    EXPECT_EQ(totp_code(key, 1234567890 / totp_seconds), "005924");
    EXPECT_EQ(totp_code(key, 2000000000 / totp_seconds), "279037");
    EXPECT_EQ(totp_code(key, 20000000000 / totp_seconds), "353130");
}

TEST(Totp, WritesKeysAsRfc4648Does) {
    EXPECT_EQ(to_base32(""), "");
    EXPECT_EQ(to_base32("f"), "MY");
    EXPECT_EQ(to_base32("fo"), "MZXQ");
    EXPECT_EQ(to_base32("foo"), "MZXW6");
    EXPECT_EQ(to_base32("foob"), "MZXW6YQ");
    EXPECT_EQ(to_base32("fooba"), "MZXW6YTB");
    EXPECT_EQ(to_base32("foobar"), "MZXW6YTBOI");
}

}  // namespace
}  // namespace dcs::crypto
