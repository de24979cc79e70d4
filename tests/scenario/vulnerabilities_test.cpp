// tools/vulnerabilities, as a build calls it: what OSV says of a bill of materials becomes a dated list.
#include "base/document.hpp"
#include "support/child_process.hpp"
#include "support/run.hpp"
#include "support/scripted_server.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace dcs {
namespace {

using namespace std::chrono_literals;

constexpr auto bill = R"({"bomFormat":"CycloneDX","serialNumber":"urn:uuid:1","components":[
    {"name":"libssl3","version":"3.0.1-1+b2","scope":"required",
     "purl":"pkg:deb/debian/libssl3@3.0.1-1%2Bb2?arch=amd64&distro=debian-12&upstream=openssl"},
    {"name":"gcc-12","version":"12.2.0-14","scope":"excluded","purl":"pkg:deb/debian/gcc-12@12.2.0-14?arch=source"}]})";

class Vulnerabilities : public testing::Test {
protected:
    Vulnerabilities() { std::ofstream{directory.path() / "bill.cdx.json"} << bill; }
    int run(const std::string& osv) {
        test::ChildProcess child{
            {.argv = {SOURCE_DIR "/tools/vulnerabilities", (directory.path() / "bill.cdx.json").string()},
             .environment = {{"OSV_URL", osv}}}};
        EXPECT_TRUE(test::turn_until(io, [&] { return !child.running(); }, 180s));
        return child.wait(1s).value_or(-1);
    }
    std::string list() const {
        std::ifstream file{directory.path() / "bill.vulnerabilities.json"};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    asio::io_context io{1};
    test::TemporaryDirectory directory{};
};

TEST_F(Vulnerabilities, AreAskedBySourceAndWrittenWithTheTime) {
    test::ScriptedServer osv{
        io.get_executor(), [](const test::Asked& asked) {
            if (asked.target == "/v1/querybatch")
                return test::Reply{.body = R"({"results":[{"vulns":[{"id":"CVE-2026-1"},{"id":"CVE-2026-2"}]}]})"};
            if (asked.target == "/v1/vulns/CVE-2026-2")
                return test::Reply{.body = R"({"withdrawn":"2026-02-02T00:00:00Z"})"};
            return test::Reply{.body = R"({"summary":"a synthetic hole"})"};
        }};
    EXPECT_EQ(run(osv.url()), 3) << "something is published";
    const auto query = Document::parse(osv.asked().front().body).value().value;
    EXPECT_EQ(query.text(),
              R"({"queries":[{"package":{"name":"openssl","ecosystem":"Debian:12"},"version":"3.0.1-1"}]})");
    const auto written = Document::parse(list()).value().value;
    ASSERT_EQ(written.find("findings")->items().size(), 1U) << "one was withdrawn: " << list();
    EXPECT_EQ(written.find("findings")->items()[0].find("summary")->string(), "a synthetic hole");
    EXPECT_EQ(written.find("sbom")->string(), "urn:uuid:1");
    EXPECT_EQ(written.find("not_asked")->items()[0].string(), "gcc-12 12.2.0-14: nobody to ask");
    EXPECT_TRUE(written.find("at")->string()->starts_with("20"));
}

TEST_F(Vulnerabilities, KeepTheListBeforeWhereNobodyAnswers) {
    std::ofstream{directory.path() / "bill.vulnerabilities.json"} << "the list before";
    test::ScriptedServer osv{io.get_executor(), [](const test::Asked&) { return test::Reply{.status = 503}; }};
    EXPECT_EQ(run(osv.url()), 2);
    EXPECT_EQ(list(), "the list before");
}

}  // namespace
}  // namespace dcs
