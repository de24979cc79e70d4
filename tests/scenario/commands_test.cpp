// Commands that are mistyped, or given what cannot be right, say so at once, with exit status 2.
#include "support/child_process.hpp"
#include "support/run.hpp"

#include <gtest/gtest.h>

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

TEST_F(Commands, HelpOfACommandIsItsOwn) {
    EXPECT_EQ(run({"help", "sync"}), 0);
    EXPECT_NE(said.find("--restart"), std::string::npos) << said;
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
