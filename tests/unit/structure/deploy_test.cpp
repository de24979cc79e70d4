// What deploy/ names must exist in the code: settings, routes, resources; and each alert has its page.
#include "app/settings.hpp"
#include "ingress/routes.hpp"
#include "resources/listing.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <string_view>

namespace {

namespace fs = std::filesystem;
using namespace dcs;

std::string text_of(std::string_view file) {
    std::ifstream stream{fs::path{SOURCE_DIR} / file, std::ios::binary};
    EXPECT_TRUE(stream) << file;
    return {std::istreambuf_iterator<char>{stream}, {}};
}

/// The first group of every match.
std::set<std::string> found(std::string_view file, const char* pattern) {
    const auto text = text_of(file);
    const std::regex regex{pattern, std::regex::ECMAScript | std::regex::multiline};
    std::set<std::string> names;
    for (std::sregex_iterator at{text.begin(), text.end(), regex}, end; at != end; ++at) names.insert((*at)[1]);
    EXPECT_FALSE(names.empty()) << file << " has nothing like " << pattern;
    return names;
}

const app::SettingRow* setting(std::string_view name) {
    const auto& rows = app::setting_rows();
    const auto row = std::ranges::find(rows, name, &app::SettingRow::name);
    return row == rows.end() ? nullptr : &*row;
}

enum class Kind { open, secret };
void expect_settings(std::string_view file, const char* pattern, Kind kind) {
    for (const auto& name : found(file, pattern)) {
        const auto* row = setting(name);
        ASSERT_NE(row, nullptr) << file << " names " << name << ", which is no setting";
        EXPECT_EQ(row->secret, kind == Kind::secret) << file << ": " << name << " lies in the wrong place";
    }
}

TEST(Deploy, NamesSettingsThatExistAndKeepsSecretsApart) {
    expect_settings("deploy/terraform/service.tf", R"(^    ([A-Z][A-Z0-9_]+) +=)", Kind::open);
    expect_settings("deploy/terraform/secrets.tf", R"lit(^    "([A-Z][A-Z0-9_]+)",)lit", Kind::secret);
    expect_settings("deploy/kubernetes/drchrono-sync.yaml", R"(^  ([A-Z][A-Z0-9_]+):)", Kind::open);
    expect_settings("deploy/kubernetes/drchrono-sync.yaml", R"(\{name: ([A-Z][A-Z0-9_]+)_FILE, value:)", Kind::secret);
    expect_settings("deploy/systemd/settings.example", R"(^([A-Z][A-Z0-9_]+)=)", Kind::open);
    expect_settings("deploy/systemd/drchrono-sync.service", R"(^Environment=([A-Z][A-Z0-9_]+)_FILE=)", Kind::secret);
}

TEST(Deploy, ExamplesHaveValuesThatTheServiceTakes) {
    std::map<std::string, std::string> values{{"DRCHRONO_WEBHOOK_SECRET", "x0-of-32-random-characters-000000"},
                                              {"DEEPCURA_SHARED_SECRET", "y0-of-32-random-characters-000000"}};
    std::ifstream lines{fs::path{SOURCE_DIR} / "deploy/systemd/settings.example"};
    for (std::string line; std::getline(lines, line);)
        if (const auto equals = line.find('='); !line.starts_with('#') && equals != std::string::npos)
            values[line.substr(0, equals)] = line.substr(equals + 1);
    const auto lookup = [&](const std::string& name) -> std::optional<std::string> {
        const auto value = values.find(name);
        return value == values.end() ? std::nullopt : std::optional{value->second};
    };
    const auto settings = app::read_settings(lookup, false);
    EXPECT_TRUE(settings) << settings.error().detail;
}

TEST(Deploy, SchedulesACallOfEveryResource) {
    const auto scheduled = found("deploy/terraform/variables.tf", R"(^    ([a-z-]+) += "[0-9*/ ]+")");
    for (const auto& listing : all_listings())
        EXPECT_TRUE(scheduled.contains(std::string{listing.endpoint})) << listing.endpoint;
    for (const auto& resource : scheduled) EXPECT_NE(find_listing(resource), nullptr) << resource;
    const auto calls = found("deploy/terraform/schedule.tf", R"(path = "(/[^"$]*))");
    EXPECT_TRUE(calls.contains("/maintenance/cleanup"));
    EXPECT_TRUE(calls.contains("/sync/all?mode=full"));
}

TEST(Deploy, AsksRoutesThatExist) {
    const auto table = ingress::route_table({});
    for (const auto* file : {"deploy/terraform/service.tf", "deploy/terraform/alerts.tf"})
        for (const auto& path : found(file, R"lit(path += "(/[a-z]+)")lit"))
            EXPECT_NE(ingress::find_route(table, "GET", path), nullptr) << file << ": " << path;
    for (const auto& path : found("deploy/kubernetes/drchrono-sync.yaml", R"(\{path: (/[a-z]+))"))
        EXPECT_NE(ingress::find_route(table, "GET", path), nullptr) << path;
}

/// What `terraform validate` would say of names, where its providers cannot be had.
TEST(Deploy, TerraformRefersToWhatItDeclares) {
    std::string all;
    for (const auto& entry : fs::directory_iterator{fs::path{SOURCE_DIR} / "deploy/terraform"})
        if (entry.path().extension() == ".tf") all += text_of("deploy/terraform/" + entry.path().filename().string());
    const auto matches = [&](const char* pattern) {
        const std::regex regex{pattern, std::regex::ECMAScript | std::regex::multiline};
        std::set<std::string> names;
        for (std::sregex_iterator at{all.begin(), all.end(), regex}, end; at != end; ++at)
            names.insert((*at)[1].str() + (at->size() > 2 ? "." + (*at)[2].str() : ""));
        return names;
    };
    const auto expect_declared = [&](const char* used, const char* declared) {
        const auto known = matches(declared);
        const auto names = matches(used);
        EXPECT_FALSE(names.empty()) << used;
        for (const auto& name : names) EXPECT_TRUE(known.contains(name)) << name << " is used and not declared";
    };
    expect_declared(R"(\bvar\.(\w+))", R"lit(^variable "(\w+)")lit");
    expect_declared(R"(\blocal\.(\w+))", R"(^  (\w+) += )");
    expect_declared(R"(\b((?:google|random)_\w+)\.(\w+))", R"lit(^(?:resource|data) "(\w+)" "(\w+)")lit");
    for (const auto& name : matches(R"lit(^variable "(\w+)")lit"))
        EXPECT_TRUE(matches(R"(\bvar\.(\w+))").contains(name)) << name << " is declared and not used";
}

TEST(Deploy, RunsBetweenRequestsAndAsNobody) {
    const auto service = text_of("deploy/terraform/service.tf");
    EXPECT_TRUE(std::regex_search(service, std::regex{R"(cpu_idle +=  *false)"}));
    EXPECT_TRUE(std::regex_search(service, std::regex{R"(min_instance_count = [1-9])"}));
    EXPECT_NE(text_of("Dockerfile").find("\nUSER 65532:65532\n"), std::string::npos);
    EXPECT_NE(text_of("deploy/kubernetes/drchrono-sync.yaml").find("runAsNonRoot: true"), std::string::npos);
    EXPECT_NE(text_of("deploy/systemd/drchrono-sync.service").find("DynamicUser=yes"), std::string::npos);
}

/// What `make build` would install in the middle of the image's last step is there before it.
TEST(Deploy, InstallsForTheImageWhatTheBuildNeeds) {
    const auto for_the_image = found("Dockerfile", R"(^RUN tools/setup ([a-z ]+))");
    EXPECT_EQ(for_the_image, found("Makefile", R"(^build:[^\n]*\n\t@tools/setup ([a-z ]+))"));
    const auto dockerfile = text_of("Dockerfile");
    EXPECT_LT(dockerfile.find("tools/web build"), dockerfile.find("make build"))
        << "the page is built into the program";
    EXPECT_NE(text_of(".dockerignore").find("\n!web\n"), std::string::npos);
}

TEST(Deploy, SaysOfEveryAlertWhatItMeansAndWhatToDo) {
    auto alerts = found("deploy/prometheus/alerts.yml", R"(^ +- alert: (\w+))");
    for (const auto& name : found("deploy/terraform/alerts.tf", R"(^    ([A-Z]\w+) += \{)"))
        alerts.insert("Sync" + name);
    EXPECT_EQ(found("docs/operate.md", R"(^\| `(Sync\w+)` \|)"), alerts);
}

}  // namespace
