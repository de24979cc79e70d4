#include "plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <stdexcept>

namespace dcs::bench {
namespace {

constexpr double width = 760;
constexpr double height = 360;
constexpr double left = 70;
constexpr double right = 20;
constexpr double top = 40;
constexpr double bottom = 50;
constexpr int marks = 5;
constexpr std::array colors{"#1864ab", "#c92a2a", "#2b8a3e", "#862e9c"};

/// A round number that is not less: 1, 2, 2.5 or 5 times a power of ten for each of five marks.
double round_up(double value) {
    if (value <= 0) return 1;
    const double step = value / marks;
    const double power = std::pow(10, std::floor(std::log10(step)));
    for (const double factor : {1.0, 2.0, 2.5, 5.0, 10.0})
        if (factor * power >= step) return factor * power * marks;
    return value;
}

}  // namespace

std::string svg(const Plot& plot) {
    double most_x = 0;
    double most_y = 0;
    for (const auto& line : plot.lines)
        for (const auto& [x, y] : line.points) {
            most_x = std::max(most_x, x);
            most_y = std::max(most_y, y);
        }
    most_x = round_up(most_x);
    most_y = round_up(most_y);
    const auto at_x = [&](double x) { return left + x / most_x * (width - left - right); };
    const auto at_y = [&](double y) { return height - bottom - y / most_y * (height - top - bottom); };
    std::string out = fmt::format(
        R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" font-family="sans-serif" font-size="12">)"
        R"(<title>{2}</title><rect width="{0}" height="{1}" fill="#fff"/><text x="{3}" y="20" font-size="15">{2}</text>)",
        width, height, plot.title, left);
    for (int mark = 0; mark <= marks; ++mark) {
        const double y = most_y * mark / marks;
        const double x = most_x * mark / marks;
        out += fmt::format(R"(<line x1="{0}" y1="{1:.1f}" x2="{2}" y2="{1:.1f}" stroke="#dee2e6"/>)"
                           R"(<text x="{3}" y="{4:.1f}" text-anchor="end">{5:g}</text>)"
                           R"(<text x="{6:.1f}" y="{7}" text-anchor="middle">{8:g}</text>)",
                           left, at_y(y), width - right, left - 8, at_y(y) + 4, y, at_x(x), height - bottom + 18, x);
    }
    out += fmt::format(R"(<text x="{}" y="{}" text-anchor="middle">{}</text><text x="{}" y="{}">{}</text>)",
                       (left + width) / 2, height - 12, plot.x_title, 4, top - 6, plot.y_title);
    for (std::size_t at = 0; at < plot.lines.size(); ++at) {
        const auto* color = colors.at(at % colors.size());
        std::string points;
        for (const auto& [x, y] : plot.lines[at].points) points += fmt::format("{:.1f},{:.1f} ", at_x(x), at_y(y));
        out += fmt::format(R"(<polyline points="{}" fill="none" stroke="{}" stroke-width="2"/>)"
                           R"(<text x="{}" y="{}" fill="{}" text-anchor="end">{}</text>)",
                           points, color, width - right - 4, top + 14 + 16 * static_cast<double>(at), color,
                           plot.lines[at].name);
    }
    return out + "</svg>\n";
}

void save(const Plot& plot, const std::string& file) {
    std::ofstream out{file};
    out << svg(plot);
    if (!out.flush()) throw std::runtime_error{"cannot write " + file};
}

}  // namespace dcs::bench
