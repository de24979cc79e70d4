// The layout of the house, held by a test: which folder may include which, and the form of every source file.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_lines = 500;

/// A folder, and what its files may include besides their own folder: these, or all but these; names apart by blanks.
struct Arrows {
    std::string_view from;
    std::string_view to;
    std::string_view all_but = {};
};

// Doors, then work, then records, then plumbing. "main.cpp" and "simulator" stand for themselves.
constexpr std::array arrows{
    Arrows{"main.cpp", "cli"},
    Arrows{"cli", "", "main.cpp"},
    Arrows{"evidence", "", "cli simulator main.cpp"},
    Arrows{"app", "", "cli evidence simulator main.cpp"},
    Arrows{"ingress", "admin auth inbox deepcura reconcile retention resources net crypto ops base"},
    Arrows{"admin", "auth inbox apply deepcura reconcile upstream store resources audit outbox net pg crypto base ops"},
    Arrows{"apply", "inbox upstream store resources audit outbox pg net crypto base"},
    Arrows{"deepcura", "inbox audit pg crypto base"},
    Arrows{"reconcile", "upstream store resources audit pg base"},
    Arrows{"retention", "audit pg base"},
    Arrows{"backup", "audit pg crypto base"},
    Arrows{"inbox", "audit pg crypto base"},
    Arrows{"upstream", "pg net crypto base"},
    Arrows{"store", "resources outbox audit pg crypto base"},
    Arrows{"outbox", "pg net crypto base"},
    Arrows{"audit", "pg crypto base"},
    Arrows{"resources", "base"},
    Arrows{"auth", "pg crypto net base"},
    Arrows{"ops", "net pg base"},
    Arrows{"pg", "crypto base"},
    Arrows{"net", "crypto base"},
    Arrows{"crypto", "base"},
    Arrows{"base", ""},
    // Knows nothing of the service: what knew the client's assumptions could only confirm them.
    Arrows{"simulator", "net crypto base"},
};

const Arrows* arrows_of(std::string_view folder) {
    const auto found = std::ranges::find(arrows, folder, &Arrows::from);
    return found == arrows.end() ? nullptr : &*found;
}

bool lists(std::string_view names, std::string_view name) {
    return (" " + std::string{names} + " ").find(" " + std::string{name} + " ") != std::string::npos;
}

/// What is wrong with a file of folder `from` including one of folder `to`; empty: nothing.
std::string complaint(std::string_view from, std::string_view to) {
    for (const auto folder : {from, to})
        if (arrows_of(folder) == nullptr)
            return "unknown folder '" + std::string{folder} +
                   "': give it a line in ARCHITECTURE.md and a row in the arrows of "
                   "tests/unit/structure/arrows_test.cpp";
    const auto& row = *arrows_of(from);
    if (from == to) return {};
    if (!row.all_but.empty() ? !lists(row.all_but, to) : lists(row.to, to)) return {};
    const auto rule = !row.all_but.empty() ? "anything but " + std::string{row.all_but}
                      : row.to.empty()     ? "nothing of ours"
                                           : std::string{row.to};
    return std::string{from} + " may not include " + std::string{to} + "; it may include: " + rule;
}

fs::path root() { return SOURCE_DIR; }

/// Every .cpp and .hpp file of src/ and simulator/, relative to the root.
std::vector<fs::path> source_files() {
    std::vector<fs::path> files;
    for (const auto* top : {"src", "simulator"})
        for (const auto& entry : fs::recursive_directory_iterator{root() / top})
            if (entry.path().extension() == ".cpp" || entry.path().extension() == ".hpp")
                files.push_back(fs::relative(entry.path(), root()));
    std::ranges::sort(files);
    return files;
}

std::vector<std::string> lines_of(const fs::path& file) {
    std::ifstream stream{root() / file};
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

/// "src/pg/pool.hpp" → "pg"; "src/main.cpp" → "main.cpp"; "simulator/world.cpp" → "simulator".
std::string folder_of(const fs::path& file) {
    auto part = file.begin();
    if (*part == "simulator") return "simulator";
    return (++part)->string();
}

/// The path between the quotes of `#include "…"`; empty: another line.
std::string_view quoted_include(std::string_view line) {
    const auto skip_blanks = [&] { line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size())); };
    skip_blanks();
    if (!line.starts_with('#')) return {};
    line.remove_prefix(1);
    skip_blanks();
    if (!line.starts_with("include")) return {};
    line.remove_prefix(7);
    skip_blanks();
    if (!line.starts_with('"')) return {};
    line.remove_prefix(1);
    return line.substr(0, line.find('"'));
}

/// The folder that `included` lies in. Includes start at src/, those of simulator/ and its users also at simulator/.
std::string target_folder(std::string_view included) {
    if (!fs::exists(root() / "src" / included) && fs::exists(root() / "simulator" / included)) return "simulator";
    return std::string{included.substr(0, included.find('/'))};
}

TEST(Structure, IncludesFollowTheArrows) {
    for (const auto& file : source_files()) {
        const auto lines = lines_of(file);
        for (std::size_t at = 0; at < lines.size(); ++at) {
            const auto included = quoted_include(lines[at]);
            if (included.empty()) continue;
            const auto wrong = complaint(folder_of(file), target_folder(included));
            EXPECT_EQ(wrong, "") << file.string() << ':' << at + 1 << ": " << lines[at];
        }
    }
}

TEST(Structure, RefusesAnArrowThatPointsUpwards) {
    EXPECT_EQ(complaint("pg", "store"), "pg may not include store; it may include: crypto base");
    EXPECT_EQ(complaint("base", "pg"), "base may not include pg; it may include: nothing of ours");
    EXPECT_EQ(complaint("app", "cli"),
              "app may not include cli; it may include: anything but cli evidence simulator main.cpp");
    EXPECT_EQ(complaint("store", "pg"), "");
    EXPECT_EQ(complaint("cli", "app"), "");
    EXPECT_EQ(complaint("cli", "simulator"), "");
    EXPECT_EQ(complaint("pg", "pg"), "");
}

TEST(Structure, RefusesAFolderThatNobodyDescribed) {
    EXPECT_TRUE(complaint("utils", "base").starts_with("unknown folder 'utils'"));
    EXPECT_TRUE(complaint("app", "helpers").starts_with("unknown folder 'helpers'"));
}

TEST(Structure, ReadsIncludeLinesAsTheCompilerDoes) {
    EXPECT_EQ(quoted_include(R"(#include "pg/pool.hpp")"), "pg/pool.hpp");
    EXPECT_EQ(quoted_include(R"(  #  include  "pg/pool.hpp"  // why)"), "pg/pool.hpp");
    EXPECT_EQ(quoted_include("#include <string>"), "");
    EXPECT_EQ(quoted_include(R"(// #include "pg/pool.hpp")"), "");
}

TEST(Structure, EveryFolderOfSrcHasARow) {
    for (const auto& entry : fs::directory_iterator{root() / "src"})
        if (entry.is_directory()) {
            const auto folder = entry.path().filename().string();
            EXPECT_EQ(complaint(folder, folder), "");
        }
}

TEST(Structure, NoSourceFileIsTooLongToRead) {
    for (const auto& file : source_files())
        EXPECT_LE(lines_of(file).size(), max_lines) << file.string() << ": split it, one duty each";
}

TEST(Structure, EveryHeaderBeginsWithPragmaOnceAndWhatItIsFor) {
    for (const auto& file : source_files()) {
        if (file.extension() != ".hpp") continue;
        auto head = lines_of(file);
        head.resize(std::min<std::size_t>(head.size(), 3));
        EXPECT_TRUE(std::ranges::count(head, "#pragma once") == 1) << file.string() << ": #pragma once";
        EXPECT_TRUE(std::ranges::any_of(head, [](const auto& line) { return line.starts_with("// "); }))
            << file.string() << ": a comment in the first three lines that says in one sentence what it is for";
    }
}

TEST(Structure, TheArchitecturePageNamesEveryFolder) {
    ASSERT_TRUE(fs::exists(root() / "ARCHITECTURE.md"));
    std::string page;
    for (const auto& line : lines_of("ARCHITECTURE.md")) page += line + "\n";
    for (const auto& entry : fs::directory_iterator{root() / "src"})
        if (entry.is_directory()) {
            const auto folder = entry.path().filename().string();
            EXPECT_NE(page.find(folder + "/"), std::string::npos)
                << "ARCHITECTURE.md says nothing of src/" << folder << '/';
        }
}

}  // namespace
