#include "auth/gate.hpp"

#include <gtest/gtest.h>

namespace dcs::auth {
namespace {

TEST(Gate, NobodyIsNobody) {
    net::RequestHead head;
    head.headers.add("Authorization", "Bearer something");
    const auto verdict = nobody("Unauthorized")(head);
    ASSERT_TRUE(std::holds_alternative<Refusal>(verdict));
    EXPECT_EQ(std::get<Refusal>(verdict).status, 401);
    EXPECT_TRUE(std::holds_alternative<Caller>(anybody()(head)));
}

}  // namespace
}  // namespace dcs::auth
