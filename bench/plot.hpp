#pragma once
// Plot: lines over a common axis as an SVG file that a browser and a code host show as it is.

#include <string>
#include <utility>
#include <vector>

namespace dcs::bench {

struct Line {
    std::string name;
    std::vector<std::pair<double, double>> points;  // in the order of x
};

struct Plot {
    std::string title;
    std::string x_title;
    std::string y_title;
    std::vector<Line> lines;
};

/// The axes begin at zero.
std::string svg(const Plot& plot);
/// Writes it to a file. Throws std::runtime_error.
void save(const Plot& plot, const std::string& file);

}  // namespace dcs::bench
