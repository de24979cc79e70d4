#include "outbox/google_token.hpp"

#include "base/document.hpp"
#include "base/encoding.hpp"
#include "support/run.hpp"
#include "support/scripted_server.hpp"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <filesystem>
#include <fstream>

namespace dcs::outbox {
namespace {

using namespace std::chrono_literals;
using test::Asked;
using test::Reply;

using KeyPair = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

std::string pem_of(EVP_PKEY* key) {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> memory{BIO_new(BIO_s_mem()), BIO_free_all};
    PEM_write_bio_PKCS8PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    char* start = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &start);
    return {start, static_cast<std::size_t>(size)};
}

class GoogleTokenTest : public testing::Test {
protected:
    std::string credentials(const std::string& token_uri) const {
        return fmt::format(
            R"({{"type":"service_account","private_key_id":"key-1","private_key":{},"client_email":"sync@example.test",)"
            R"("token_uri":"{}"}})",
            json_quoted(pem_of(key.get())), token_uri);
    }

    asio::io_context io;
    net::Client client{io.get_executor(), "test"};
    Time now = parse_iso8601("2026-10-05T13:20:00Z").value();
    Clock clock = [this] { return now; };
    KeyPair key{EVP_RSA_gen(2048), EVP_PKEY_free};
};

TEST_F(GoogleTokenTest, SignsAnAssertionThatThePublicKeyVerifies) {
    const auto assertion =
        service_account_assertion(credentials("https://token.example.test/t"), "scope-1", now).value();
    EXPECT_EQ(assertion.token_url, "https://token.example.test/t");
    const auto first = assertion.jwt.find('.');
    const auto second = assertion.jwt.rfind('.');
    const auto header = from_base64url(assertion.jwt.substr(0, first)).value();
    const auto claims = from_base64url(assertion.jwt.substr(first + 1, second - first - 1)).value();
    const auto signature = from_base64url(assertion.jwt.substr(second + 1)).value();
    EXPECT_EQ(header, R"({"alg":"RS256","typ":"JWT","kid":"key-1"})");
    EXPECT_EQ(claims, R"({"iss":"sync@example.test","scope":"scope-1","aud":"https://token.example.test/t",)"
                      R"("iat":1791206400,"exp":1791210000})");

    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
    ASSERT_EQ(EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()), 1);
    const auto message = assertion.jwt.substr(0, second);
    EXPECT_EQ(
        EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                         reinterpret_cast<const unsigned char*>(message.data()), message.size()),
        1);
}

TEST_F(GoogleTokenTest, RefusesCredentialsOfAnotherKind) {
    EXPECT_EQ(service_account_assertion(R"({"type":"authorized_user"})", "s", now).error().fault, Fault::forbidden);
    EXPECT_EQ(service_account_assertion("not JSON", "s", now).error().fault, Fault::forbidden);
    EXPECT_EQ(service_account_assertion(R"({"type":"service_account","private_key":"x"})", "s", now).error().fault,
              Fault::forbidden);
}

TEST_F(GoogleTokenTest, TradesTheKeyFileForAToken) {
    test::ScriptedServer google{
        io.get_executor(), [](const Asked&) { return Reply{.body = R"({"access_token":"t-1","expires_in":3600})"}; }};
    const auto path = std::filesystem::temp_directory_path() / fmt::format("google_token_test_{}.json", google.port());
    std::ofstream{path} << credentials(google.url() + "/token");
    GoogleToken token{io.get_executor(), client, clock, {.credentials_file = path}};
    EXPECT_EQ(test::run_async(io, token.current()).value(), "t-1");
    std::filesystem::remove(path);
    ASSERT_EQ(google.asked().size(), 1U);
    EXPECT_EQ(google.asked()[0].method, "POST");
    EXPECT_TRUE(google.asked()[0].body.starts_with(
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=ey"));
}

TEST_F(GoogleTokenTest, AsksTheMetadataServerOnceForManyAndAgainBeforeTheEnd) {
    int given = 0;
    test::ScriptedServer metadata{
        io.get_executor(), [&](const Asked& asked) {
            if (asked.headers.get("Metadata-Flavor") != "Google") return Reply{.status = 403};
            return Reply{.body = fmt::format(R"({{"access_token":"m-{}","expires_in":3600}})", ++given), .delay = 10ms};
        }};
    GoogleToken token{io.get_executor(), client, clock, {.metadata_host = metadata.host()}};
    std::vector<std::shared_ptr<test::Ended<Result<std::string>>>> asked;
    for (int caller = 0; caller < 10; ++caller) asked.push_back(test::spawn(io, token.current()));
    ASSERT_TRUE(test::turn_until(io, [&] { return asked.back()->done; }));
    for (const auto& one : asked) EXPECT_EQ(one->value.value().value(), "m-1");
    now += 54min;
    EXPECT_EQ(test::run_async(io, token.current()).value(), "m-1");
    now += 1min;
    EXPECT_EQ(test::run_async(io, token.current()).value(), "m-2");
    token.refused();
    EXPECT_EQ(test::run_async(io, token.current()).value(), "m-3");
}

TEST_F(GoogleTokenTest, ReportsAFailingTokenSourceAsUnavailable) {
    test::ScriptedServer metadata{io.get_executor(), [](const Asked&) { return Reply{.status = 500}; }};
    GoogleToken token{io.get_executor(), client, clock, {.metadata_host = metadata.host()}};
    EXPECT_EQ(test::run_async(io, token.current()).error().fault, Fault::unavailable);
}

TEST_F(GoogleTokenTest, SaysWhenTheKeyFileCannotBeRead) {
    GoogleToken token{io.get_executor(), client, clock, {.credentials_file = "/nonexistent/key.json"}};
    EXPECT_EQ(test::run_async(io, token.current()).error().fault, Fault::forbidden);
}

}  // namespace
}  // namespace dcs::outbox
