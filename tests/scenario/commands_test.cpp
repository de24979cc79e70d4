// Commands that are mistyped, or given what cannot be right, say so at once, with exit status 2.
#include "support/child_process.hpp"
#include "support/run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace dcs {
namespace {

using namespace std::chrono_literals;

class Commands : public ::testing::Test {
protected:
    int run(std::vector<std::string> arguments) {
        test::ChildProcess::Options options;
        options.argv = {SERVICE_BINARY};
        options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
        test::ChildProcess child{std::move(options)};
        EXPECT_TRUE(test::turn_until(io, [&] { return !child.running(); }, 1min));
        said = child.output();
        return child.wait(1s).value_or(-1);
    }
    /// The names in the list of commands that `--help` prints: "  sync  reconcile with …".
    std::vector<std::string> subcommands(std::vector<std::string> command) {
        command.emplace_back("--help");
        EXPECT_EQ(run(command), 0);
        std::vector<std::string> names;
        std::istringstream lines{said.substr(std::min(said.find("ubcommands:"), said.size()))};
        std::string line;
        std::getline(lines, line);
        while (std::getline(lines, line))
            if (line.starts_with("  ") && line.size() > 2 && line[2] != ' ')
                names.push_back(line.substr(2, line.find(' ', 2) - 2));
        return names;
    }
    asio::io_context io{1};
    std::string said{};
};

TEST_F(Commands, AMistypedOneIsToldWhatItMayHaveBeenMeantToBe) {
    EXPECT_EQ(run({"snyc"}), 2);
    EXPECT_NE(said.find(R"(Unknown command "snyc". Did you mean "sync"?)"), std::string::npos) << said;
    EXPECT_EQ(run({"audit", "verfy"}), 2);
    EXPECT_NE(said.find(R"(Unknown command "audit verfy". Did you mean "audit verify"?)"), std::string::npos) << said;
    EXPECT_EQ(run({"help", "setings"}), 2);
    EXPECT_NE(said.find(R"(Did you mean "help settings"?)"), std::string::npos) << said;
    EXPECT_EQ(run({"zzzzzzzz"}), 2);
    EXPECT_EQ(said.find("Did you mean"), std::string::npos) << said;
    EXPECT_NE(said.find("verify"), std::string::npos) << "the commands there are";
}

TEST_F(Commands, HelpWithoutATopicListsCommandsAndTopics) {
    EXPECT_EQ(run({"help"}), 0);
    for (const auto* word : {"serve", "explain", "settings", "routes", "admin-api"})
        EXPECT_NE(said.find(word), std::string::npos) << word << '\n' << said;
}

TEST_F(Commands, TheReadmeNamesEachOfThem) {
    std::ifstream file{std::string{SOURCE_DIR} + "/README.md"};
    const std::string readme{std::istreambuf_iterator<char>{file}, {}};
    const auto top = subcommands({});
    ASSERT_GT(top.size(), 10U);
    for (const auto& command : top) {
        const auto below = subcommands({command});
        if (below.empty()) {
            EXPECT_NE(readme.find("`drchrono-sync " + command), std::string::npos) << command;
        }
        for (const auto& inner : below) {
            const bool named = readme.find(command + ' ' + inner) != std::string::npos ||
                               readme.find('`' + inner + '`') != std::string::npos;
            EXPECT_TRUE(named) << command << ' ' << inner;
        }
    }
}

TEST_F(Commands, AnAnchorThatIsNoHashIsRefusedAndAccusesNobody) {
    for (const auto* wrong : {"abc", "zz", "d30025f1"}) {
        EXPECT_EQ(run({"audit", "verify", "--dev", "--anchor", wrong}), 2) << said;
        EXPECT_NE(said.find("64 hexadecimal digits"), std::string::npos) << said;
        EXPECT_EQ(said.find("removed"), std::string::npos) << said;
    }
}

}  // namespace
}  // namespace dcs
