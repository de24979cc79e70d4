// The bill of materials that tools/sbom writes of this build: whole, by rules that are not ours, and always the same.
#include "support/child_process.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

using namespace dcs;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

class Sbom : public testing::Test {
protected:
    Sbom() {
        fs::create_directories(placed.parent_path());
        std::ofstream{placed} << "stands for the stripped program";
    }
    ~Sbom() override { fs::remove_all(placed.parent_path()); }

    static int run(std::vector<std::string> argv, std::string& said) {
        test::ChildProcess child{{.argv = std::move(argv)}};
        const auto status = child.wait(60s).value_or(-1);
        said = child.output();
        return status;
    }
    std::string written() {
        std::string said;
        EXPECT_EQ(run({SOURCE_DIR "/tools/sbom", SERVICE_BINARY, placed.string()}, said), 0) << said;
        std::ifstream file{placed.string() + ".cdx.json", std::ios::binary};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    const fs::path placed =
        fs::temp_directory_path() / ("drchrono-sync-sbom-" + std::to_string(::getpid())) / "drchrono-sync";
};

TEST_F(Sbom, NamesWhatTheProgramIsMadeFromAndIsWellFormed) {
    EXPECT_FALSE(written().empty());
    std::string said;
    EXPECT_EQ(
        run({"python3", SOURCE_DIR "/tests/support/check_sbom.py", placed.string() + ".cdx.json", placed.string()},
            said),
        0)
        << said;
}

TEST_F(Sbom, IsTheSameTwice) {
    const auto once = written();
    EXPECT_EQ(written(), once);
}

TEST_F(Sbom, OfAProgramWithoutItsBuildIsRefused) {
    std::string said;
    EXPECT_EQ(run({SOURCE_DIR "/tools/sbom", "/bin/true", placed.string()}, said), 1);
    EXPECT_NE(said.find("there is no build.ninja in"), std::string::npos) << said;
    EXPECT_FALSE(fs::exists(placed.string() + ".cdx.json"));
}

}  // namespace
