#include "pg/pipeline.hpp"

#include <gtest/gtest.h>

namespace dcs::pg {
namespace {

using Step = Pipeline::Step;
using Answer = Pipeline::Answer;
using Verdict = Pipeline::Verdict;

Pipeline two_statements() {
    Pipeline pipeline;
    pipeline.expect(Step::prepare, 0);
    pipeline.expect(Step::execute, 0);
    pipeline.expect(Step::execute, 1);
    return pipeline;
}

TEST(Pipeline, GivesTheRowsOfEachStatementAndFinishesAtTheSync) {
    auto pipeline = two_statements();
    EXPECT_EQ(pipeline.take(Answer::done), Verdict::nothing);
    EXPECT_EQ(pipeline.take(Answer::end), Verdict::nothing);
    EXPECT_EQ(pipeline.take(Answer::done), Verdict::rows);
    EXPECT_EQ(pipeline.current(), 0U);
    EXPECT_EQ(pipeline.take(Answer::end), Verdict::nothing);
    EXPECT_EQ(pipeline.take(Answer::done), Verdict::rows);
    EXPECT_EQ(pipeline.current(), 1U);
    EXPECT_EQ(pipeline.take(Answer::end), Verdict::nothing);
    EXPECT_EQ(pipeline.take(Answer::sync), Verdict::finished);
    EXPECT_EQ(pipeline.prepared(), std::vector<std::size_t>{0});
    EXPECT_FALSE(pipeline.failed());
}

TEST(Pipeline, ReportsTheFirstRefusalAndNoneOfTheAbortedBehindIt) {
    auto pipeline = two_statements();
    pipeline.take(Answer::done);
    pipeline.take(Answer::end);
    EXPECT_EQ(pipeline.take(Answer::refused), Verdict::error);
    EXPECT_EQ(pipeline.current(), 0U);
    pipeline.take(Answer::end);
    EXPECT_EQ(pipeline.take(Answer::aborted), Verdict::nothing);
    pipeline.take(Answer::end);
    EXPECT_EQ(pipeline.take(Answer::sync), Verdict::finished);
    EXPECT_TRUE(pipeline.failed());
}

TEST(Pipeline, DoesNotCallAStatementPreparedWhosePreparingWasRefused) {
    auto pipeline = two_statements();
    EXPECT_EQ(pipeline.take(Answer::refused), Verdict::error);
    pipeline.take(Answer::end);
    pipeline.take(Answer::aborted);
    pipeline.take(Answer::end);
    pipeline.take(Answer::aborted);
    pipeline.take(Answer::end);
    EXPECT_EQ(pipeline.take(Answer::sync), Verdict::finished);
    EXPECT_TRUE(pipeline.prepared().empty());
}

TEST(Pipeline, KeepsForgettingForLaterWhenItWasAborted) {
    Pipeline pipeline;
    pipeline.expect(Step::execute, 0);
    pipeline.expect(Step::forget, 0);
    pipeline.take(Answer::refused);
    pipeline.take(Answer::end);
    pipeline.take(Answer::aborted);
    pipeline.take(Answer::end);
    EXPECT_EQ(pipeline.take(Answer::sync), Verdict::finished);
    EXPECT_TRUE(pipeline.forgotten().empty());
}

TEST(Pipeline, TakesARefusalAtTheSyncAsTheRunsError) {
    Pipeline pipeline;
    pipeline.expect(Step::execute, 0);
    EXPECT_EQ(pipeline.take(Answer::done), Verdict::rows);
    pipeline.take(Answer::end);
    EXPECT_EQ(pipeline.take(Answer::refused), Verdict::error);
    EXPECT_EQ(pipeline.take(Answer::end), Verdict::nothing);
    EXPECT_EQ(pipeline.take(Answer::sync), Verdict::finished);
}

TEST(Pipeline, ReportsOneErrorOnlyWhenTheServerAlsoGoesAway) {
    auto pipeline = two_statements();
    EXPECT_EQ(pipeline.take(Answer::refused), Verdict::error);
    EXPECT_EQ(pipeline.take(Answer::refused), Verdict::nothing);
}

TEST(Pipeline, CallsAConnectionBrokenThatAnswersOutOfOrder) {
    EXPECT_EQ(two_statements().take(Answer::end), Verdict::broken);
    EXPECT_EQ(two_statements().take(Answer::sync), Verdict::broken);
    EXPECT_EQ(two_statements().take(Answer::aborted), Verdict::broken);
    EXPECT_EQ(two_statements().take(Answer::foreign), Verdict::broken);
    auto twice = two_statements();
    twice.take(Answer::done);
    EXPECT_EQ(twice.take(Answer::done), Verdict::broken);
}

TEST(Pipeline, DoesNotReadForEverFromALostConnection) {
    Pipeline pipeline;
    pipeline.expect(Step::execute, 0);
    pipeline.take(Answer::refused);
    pipeline.take(Answer::end);
    EXPECT_EQ(pipeline.take(Answer::end), Verdict::nothing);
    EXPECT_EQ(pipeline.take(Answer::end), Verdict::broken);
}

}  // namespace
}  // namespace dcs::pg
