#include "evidence/zip.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <zip.h>
#include <zlib.h>

#include <algorithm>
#include <memory>

namespace dcs::evidence {

namespace fs = std::filesystem;

namespace {

/// As MS-DOS has it (APPNOTE 4.4.6): seven bits of years since 1980, month, day; five bits of hours, minutes, seconds by two.
uLong dos_time(Time at) {
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(at - day)};
    constexpr int first_year = 1980;
    constexpr uLong first_moment = 1U << 21 | 1U << 16;
    const int year = static_cast<int>(date.year()) - first_year;
    if (year < 0) return first_moment;
    return static_cast<uLong>(year) << 25 | static_cast<uLong>(static_cast<unsigned>(date.month())) << 21 |
           static_cast<uLong>(static_cast<unsigned>(date.day())) << 16 |
           static_cast<uLong>(clock.hours().count()) << 11 | static_cast<uLong>(clock.minutes().count()) << 5 |
           static_cast<uLong>(clock.seconds().count()) / 2;
}

bool write_member(zipFile zip, const std::string& name, const std::string& content, uLong time) {
    zip_fileinfo info{};
    info.dosDate = time;
    constexpr uLong regular = 0100600UL << 16;  // S_IFREG and its mode, as unzip on Unix reads it
    info.external_fa = regular;
    constexpr uLong made_by_unix = 3U << 8 | 20;
    constexpr uLong utf8_names = 1U << 11;
    return zipOpenNewFileInZip4(zip, name.c_str(), &info, nullptr, 0, nullptr, 0, nullptr, Z_DEFLATED,
                                Z_BEST_COMPRESSION, 0, -MAX_WBITS, DEF_MEM_LEVEL, Z_DEFAULT_STRATEGY, nullptr, 0,
                                made_by_unix, utf8_names) == ZIP_OK &&
           zipWriteInFileInZip(zip, content.data(), static_cast<unsigned>(content.size())) == ZIP_OK &&
           zipCloseFileInZip(zip) == ZIP_OK;
}

}  // namespace

Result<> write_zip(const fs::path& path, const Files& files, Time at) {
    std::error_code failed;
    if (fs::exists(path, failed)) return Error{Fault::bad_input, fmt::format("{} is there already", path.string())};
    const fs::path part = path.string() + ".part";
    fs::remove(part, failed);
    const auto mask = ::umask(077);
    zipFile zip = zipOpen(part.c_str(), APPEND_STATUS_CREATE);
    ::umask(mask);
    bool written = zip != nullptr;
    const auto time = dos_time(at);
    for (const auto& [name, content] : files) written = written && write_member(zip, name, content, time);
    if (zip != nullptr) written = zipClose(zip, nullptr) == ZIP_OK && written;
    if (written) fs::rename(part, path, failed);
    if (written && !failed) return {};
    std::error_code ignored;
    fs::remove(part, ignored);
    return Error{Fault::rejected, fmt::format("{} cannot be written", path.string())};
}

}  // namespace dcs::evidence
