#pragma once
// Draws: numbers that look random and depend on nothing but the seed and what they are for.

#include <cstdint>
#include <string_view>

namespace dcs::simulator {

/// A good mixing of 64 bits (splitmix64's finaliser).
constexpr std::uint64_t mix(std::uint64_t value) noexcept {
    value += 0x9e3779b97f4a7c15ULL;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
    return value ^ (value >> 31);
}

/// FNV-1a: a number for a name.
constexpr std::uint64_t salt_of(std::string_view name) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return hash;
}

constexpr std::uint64_t draw(std::uint64_t seed, std::uint64_t stream, std::uint64_t index,
                             std::uint64_t salt) noexcept {
    return mix(mix(mix(seed ^ (stream << 56)) + index) ^ salt);
}

/// 0 <= result < 1.
constexpr double share_of(std::uint64_t drawn) noexcept { return static_cast<double>(drawn >> 11) * 0x1.0p-53; }

}  // namespace dcs::simulator
