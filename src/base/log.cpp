#include "base/log.hpp"

#include "base/clock.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>

namespace dcs::log {

namespace {

std::atomic<Level> lowest_level{Level::info};
std::atomic<Format> line_format{Format::json};

/// Cloud Logging's LogSeverity names.
std::string_view severity_of(Level level) {
    switch (level) {
    case Level::debug: return "DEBUG";
    case Level::info: return "INFO";
    case Level::warning: return "WARNING";
    case Level::error: return "ERROR";
    case Level::critical: return "CRITICAL";
    }
    return "DEFAULT";
}

spdlog::logger& sink() {
    static const auto logger = [] {
        auto made = std::make_shared<spdlog::logger>("service", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern("%v");
        made->set_level(spdlog::level::trace);
        made->flush_on(spdlog::level::trace);
        return made;
    }();
    return *logger;
}

std::string json_line(Level level, std::string_view message, Fields fields) {
    boost::json::object line;
    line["severity"] = severity_of(level);
    line["time"] = iso8601(system_now());
    line["message"] = message;
    for (const auto& field : fields) std::visit([&](const auto& value) { line[field.key] = value; }, field.value);
    return boost::json::serialize(line);
}

std::string text_line(Level level, std::string_view message, Fields fields) {
    auto line = fmt::format("{} {:<8} {}", iso8601(system_now()).substr(11, 12), severity_of(level), message);
    for (const auto& field : fields)
        std::visit([&](const auto& value) { fmt::format_to(std::back_inserter(line), "  {}={}", field.key, value); },
                   field.value);
    for (auto& character : line)
        if (static_cast<unsigned char>(character) < ' ') character = ' ';
    return line;
}

}  // namespace

void configure(Level lowest, Format format) {
    lowest_level = lowest;
    line_format = format;
}

std::optional<Level> level_of(std::string_view name) {
    if (name == "debug") return Level::debug;
    if (name == "info") return Level::info;
    if (name == "warning") return Level::warning;
    if (name == "error") return Level::error;
    if (name == "critical") return Level::critical;
    return std::nullopt;
}

void write(Level level, std::string_view message, Fields fields) {
    if (level < lowest_level.load()) return;
    const auto line =
        line_format.load() == Format::json ? json_line(level, message, fields) : text_line(level, message, fields);
    sink().log(spdlog::level::info, fmt::string_view{"{}"}, line);
}

}  // namespace dcs::log
