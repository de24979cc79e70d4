#include "ops/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace dcs::ops {

namespace {

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1'000'000;
}

Reading one(std::string_view name, std::string_view about, double value, bool only_grows = false) {
    return {name, about, {{{}, value}}, only_grows};
}

}  // namespace

std::vector<Reading> process_readings(Time started) {
    std::vector<Reading> readings{one("process_start_time_seconds", "When the process began",
                                      std::chrono::duration<double>(started.time_since_epoch()).count())};
    std::ifstream statm{"/proc/self/statm"};
    long whole = 0;
    long resident = 0;
    if (statm >> whole >> resident)
        readings.push_back(one("process_resident_memory_bytes", "Memory in use",
                               static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE))));
    rusage use{};
    if (::getrusage(RUSAGE_SELF, &use) == 0)
        readings.push_back(one("process_cpu_seconds_total", "Processor time spent",
                               seconds(use.ru_utime) + seconds(use.ru_stime), true));
    std::error_code unreadable;
    const std::filesystem::directory_iterator files{"/proc/self/fd", unreadable};
    if (!unreadable)
        readings.push_back(one("process_open_fds", "Open files and sockets",
                               static_cast<double>(std::distance(begin(files), end(files)))));
    return readings;
}

}  // namespace dcs::ops
