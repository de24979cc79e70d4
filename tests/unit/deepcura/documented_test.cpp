// docs/notes.md names every flag, status and reason that a note can have.
#include "deepcura/code_cues.hpp"
#include "deepcura/link_sql.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

namespace dcs::deepcura {
namespace {

std::string text_of(const std::filesystem::path& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}
std::string document() { return text_of(std::string{SOURCE_DIR} + "/docs/notes.md"); }

std::set<std::string> found_in(const std::string& text, const std::string& pattern) {
    std::set<std::string> found;
    const std::regex expression{pattern};
    for (std::sregex_iterator at{text.begin(), text.end(), expression}; at != std::sregex_iterator{}; ++at)
        found.insert((*at)[1].str());
    return found;
}

TEST(DeepCuraDocument, NamesEveryFlag) {
    const auto told = document();
    std::set<std::string> flags;
    for (const auto& file : std::filesystem::directory_iterator{std::string{SOURCE_DIR} + "/src/deepcura"}) {
        if (file.path().extension() != ".cpp") continue;
        const auto text = text_of(file.path());
        for (const auto* pattern :
             {R"re(flag\([a-z_]+, "([a-z_]+)")re", R"re(flags\.(?:push|emplace)_back\("([a-z_]+)")re",
              R"re("([a-z_]+_(?:unreadable|differ|differs|day_or_month|midnight_utc|two_digit_year))")re",
              R"re('([a-z_]+_(?:unreadable|differ))')re"})
            flags.merge(found_in(text, pattern));
    }
    EXPECT_GT(flags.size(), 30U);
    for (const auto& flag : flags) EXPECT_NE(told.find("`" + flag + "`"), std::string::npos) << flag;
}

TEST(DeepCuraDocument, NamesEveryStatus) {
    const auto told = document();
    for (const auto& cue : diagnosis_cues)
        EXPECT_NE(told.find("`" + std::string{cue.status} + "`"), std::string::npos) << cue.status;
    for (const auto& cue : procedure_cues)
        EXPECT_NE(told.find("`" + std::string{cue.status} + "`"), std::string::npos) << cue.status;
}

TEST(DeepCuraDocument, NamesEveryReason) {
    const auto told = document();
    const auto reasons = found_in(verdicts(), R"re((?:then|else) '([a-z_]+)')re");
    EXPECT_GT(reasons.size(), 15U);
    for (const auto& reason : reasons) EXPECT_NE(told.find("`" + reason + "`"), std::string::npos) << reason;
}

}  // namespace
}  // namespace dcs::deepcura
