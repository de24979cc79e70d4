#include "pg/rows.hpp"

#include <gtest/gtest.h>

namespace dcs::pg {
namespace {

struct Case {
    const char* state;
    Fault fault;
};
void PrintTo(const Case& one, std::ostream* out) { *out << '"' << one.state << '"'; }

class SqlState : public testing::TestWithParam<Case> {};

TEST_P(SqlState, SaysWhatTheCallerCanDo) { EXPECT_EQ(fault_of(GetParam().state), GetParam().fault); }

INSTANTIATE_TEST_SUITE_P(AppendixA, SqlState,
                         testing::Values(Case{"", Fault::unavailable},        // no reply
                                         Case{"08006", Fault::unavailable},   // connection failure
                                         Case{"22P02", Fault::bad_input},     // invalid text representation
                                         Case{"22001", Fault::bad_input},     // too long
                                         Case{"23505", Fault::conflict},      // unique
                                         Case{"23503", Fault::conflict},      // foreign key
                                         Case{"25006", Fault::unavailable},   // read only: fail-over
                                         Case{"25P02", Fault::bug},           // in a failed transaction
                                         Case{"28P01", Fault::unauthorized},  // wrong password
                                         Case{"3D000", Fault::rejected},      // no such database
                                         Case{"40001", Fault::unavailable},   // serialization
                                         Case{"40P01", Fault::unavailable},   // deadlock
                                         Case{"40002", Fault::conflict},      // constraint at commit
                                         Case{"42501", Fault::forbidden},     // privilege
                                         Case{"42601", Fault::bug},           // syntax
                                         Case{"42P01", Fault::bug},           // no such table
                                         Case{"53300", Fault::unavailable},   // too many connections
                                         Case{"55P03", Fault::unavailable},   // lock not available
                                         Case{"57014", Fault::unavailable},   // cancelled
                                         Case{"57P01", Fault::unavailable},   // shutting down
                                         Case{"57P03", Fault::unavailable},   // starting up
                                         Case{"58030", Fault::unavailable},   // input/output
                                         Case{"XX000", Fault::bug},           // internal
                                         Case{"P0001", Fault::bug}));         // raised

PGresult* one_row(const char* value) {
    PGresult* raw = PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK);
    PGresAttDesc column{};
    char name[] = "value";
    column.name = name;
    PQsetResultAttrs(raw, 1, &column);
    char copy[64]{};
    if (value != nullptr) std::snprintf(copy, sizeof copy, "%s", value);
    PQsetvalue(raw, 0, 0, value == nullptr ? nullptr : copy,
               value == nullptr ? -1 : static_cast<int>(std::string{copy}.size()));
    return raw;
}

TEST(Rows, TellNullFromEmptyText) {
    EXPECT_EQ(Rows::adopt(one_row(nullptr))->text(0, 0), std::nullopt);
    EXPECT_EQ(Rows::adopt(one_row(""))->text(0, 0), "");
    EXPECT_EQ(Rows::adopt(one_row(nullptr))->string(0, 0), "");
    EXPECT_EQ(Rows::adopt(one_row(nullptr))->maybe_integer(0, 0), std::nullopt);
    EXPECT_FALSE(Rows::adopt(one_row(nullptr))->boolean(0, 0));
}

TEST(Rows, ReadWhatPostgresWrites) {
    EXPECT_EQ(Rows::adopt(one_row("-42"))->integer(0, 0), -42);
    EXPECT_EQ(Rows::adopt(one_row("7"))->maybe_integer(0, 0), 7);
    EXPECT_TRUE(Rows::adopt(one_row("t"))->boolean(0, 0));
    EXPECT_EQ(Rows::adopt(one_row("\\x00ff"))->bytes(0, 0), (std::string{"\0\xff", 2}));
}

TEST(Rows, NeverComeOfNoReply) {
    const auto rows = Rows::adopt(nullptr);
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().fault, Fault::unavailable);
}

}  // namespace
}  // namespace dcs::pg
