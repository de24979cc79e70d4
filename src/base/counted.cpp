#include "base/counted.hpp"

namespace dcs {

std::string plural_of(std::string_view noun) {
    const auto ends = [&](std::string_view with) { return noun.ends_with(with); };
    const bool vowel_before_y = ends("ay") || ends("ey") || ends("oy") || ends("uy");
    if (ends("y") && !vowel_before_y) return std::string{noun.substr(0, noun.size() - 1)} + "ies";
    const bool hisses = ends("s") || ends("x") || ends("z") || ends("ch") || ends("sh");
    return std::string{noun} + (hisses ? "es" : "s");
}

std::string counted(std::string_view count, std::string_view noun) {
    return std::string{count} + " " + (count == "1" ? std::string{noun} : plural_of(noun));
}

}  // namespace dcs
