// Reader: from a payload to a note's columns, for payloads of 10 MB that nobody sends; against one pass over the same bytes.
//
// Measured   deepcura::read_note and columns_of, the columns' values destroyed at the end. The parse of the JSON itself is
//            printed beside it: it is not part of the promise. The best of some tries, so that a neighbor does not count.
// Prints     a line for each shape, then the slowest. Ends with 1 where the slowest takes more than the promise.

#include "deepcura/note_sql.hpp"
#include "deepcura/parse.hpp"
#include "support/hostile_payloads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace dcs;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr std::size_t bytes = 10'000'000;
constexpr double promised = 50;  // milliseconds

template <class Work>
double best_of(int tries, Work work) {
    double best = 1e9;
    for (int each = 0; each < tries; ++each) {
        const auto begin = std::chrono::steady_clock::now();
        work();
        best = std::min(best, Milliseconds{std::chrono::steady_clock::now() - begin}.count());
    }
    return best;
}

struct Row {
    std::string_view shape;
    double parse = 0;
    double read = 0;
};

Row measure(const test::HostileShape& shape) {
    const auto payload = shape.payload(bytes);
    Row row{.shape = shape.name};
    row.parse = best_of(1, [&] { (void)Document::parse(payload); });
    const auto parsed = Document::parse(payload);
    if (!parsed) {
        fmt::print(stderr, "{} is no JSON: {}\n", shape.name, parsed.error().detail);
        std::exit(2);
    }
    row.read = best_of(3, [&] {
        const deepcura::Gridhook gridhook{.note = deepcura::read_note(parsed->value), .raw = "{}"};
        (void)deepcura::columns_of(gridhook);
    });
    return row;
}

}  // namespace

int main(int count, char** words) {
    std::vector<Row> rows;
    for (const auto& shape : test::hostile_shapes())
        if (count < 2 || shape.name.find(words[1]) != std::string_view::npos) {
            rows.push_back(measure(shape));
            const auto& row = rows.back();
            fmt::print("{:<44} parse {:7.1f} ms   read {:7.1f} ms\n", row.shape, row.parse, row.read);
            std::fflush(stdout);
        }
    if (rows.empty()) return 2;
    std::ranges::sort(rows, {}, &Row::read);
    fmt::print("worst: {}, {:.1f} ms of {:.0f} ms promised\n", rows.back().shape, rows.back().read, promised);
    return rows.back().read <= promised ? 0 : 1;
}
