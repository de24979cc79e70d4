// The database is away while deliveries come: each is refused, none is lost that was taken, and the log stays readable.
#include "support/running_service.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs {
namespace {

using namespace std::chrono_literals;

class Outage : public test::WithService {
protected:
    /// Nobody gets a connection; those that were there are gone.
    void take_database_away() {
        with_admin("alter database {0} with allow_connections false");
        with_admin("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{0}'");
    }
    void give_database_back() { with_admin("alter database {0} with allow_connections true"); }
    /// On another database of the cluster.
    void with_admin(const std::string& sql) {
        other.query_as_superuser(fmt::format(fmt::runtime(sql), database.settings().database));
    }

    test::TestDatabase other{test::TestDatabase::Contents::empty};
};

TEST_F(Outage, OfTheDatabaseMakesSomeLinesInTheLogNotOneADelivery) {
    start({{"DRCHRONO_CLIENT_ID", ""}, {"DRCHRONO_CLIENT_SECRET", ""}, {"DRCHRONO_ACCESS_TOKEN", ""}});
    EXPECT_EQ(deliver("PATIENT_CREATE", R"({"id":1,"first_name":"Testa"})").status, 200);
    take_database_away();
    constexpr int refused = 150;
    for (int id = 2; id < 2 + refused; ++id)
        EXPECT_EQ(deliver("PATIENT_CREATE", fmt::format(R"({{"id":{},"first_name":"Testa"}})", id)).status, 503);
    give_database_back();
    EXPECT_EQ(get("/health").status, 200);
    int id = 1'000;
    const auto until = std::chrono::steady_clock::now() + 60s;
    while (deliver("PATIENT_CREATE", fmt::format(R"({{"id":{},"first_name":"Testa"}})", id)).status != 200 &&
           std::chrono::steady_clock::now() < until)
        ++id;
    ASSERT_TRUE(becomes("select count(*) from patients", "2", 180s)) << "also what was under way when it went";
    EXPECT_EQ(stop(), 0);
    const auto lines = std::ranges::count(log, '\n');
    EXPECT_LT(lines, refused / 3) << log;
    EXPECT_NE(log.find("deliveries are refused: they cannot be stored"), std::string::npos);
    EXPECT_NE(log.find("deliveries are stored again"), std::string::npos);
    const auto told = log.find(R"("refused":)", log.find("deliveries are stored again"));
    ASSERT_NE(told, std::string::npos);
    EXPECT_GE(std::stoi(log.substr(told + 10)), refused) << "all of them are counted";
}

}  // namespace
}  // namespace dcs
