#include "deepcura/envelope.hpp"

#include <boost/beast/zlib/inflate_stream.hpp>
#include <boost/crc.hpp>

#include <algorithm>
#include <cstdint>

namespace dcs::deepcura {

namespace {

constexpr std::size_t header_bytes = 10;
constexpr std::size_t trailer_bytes = 8;
constexpr std::size_t chunk = 64 * 1024;

Error damaged() { return {Fault::bad_input, "damaged gzip"}; }

/// Where the compressed data begin (RFC 1952); npos: no header.
std::size_t data_begin(std::string_view bytes) {
    constexpr unsigned extra = 4;
    constexpr unsigned name = 8;
    constexpr unsigned comment = 16;
    constexpr unsigned checksum = 2;
    if (bytes.size() < header_bytes + trailer_bytes || bytes[2] != 8) return std::string_view::npos;
    const auto at = [&](std::size_t index) { return static_cast<unsigned char>(bytes[index]); };
    const unsigned flags = at(3);
    std::size_t begin = header_bytes;
    if ((flags & extra) != 0) begin += 2U + at(begin) + 256U * at(begin + 1);
    for (const auto text : {name, comment}) {
        if ((flags & text) == 0) continue;
        if (begin >= bytes.size()) return std::string_view::npos;
        const auto end = bytes.find('\0', begin);
        if (end == std::string_view::npos) return end;
        begin = end + 1;
    }
    if ((flags & checksum) != 0) begin += 2;
    return begin + trailer_bytes <= bytes.size() ? begin : std::string_view::npos;
}

std::uint32_t little_endian(std::string_view bytes) {
    std::uint32_t value = 0;
    for (std::size_t at = 4; at > 0; --at) value = value << 8 | static_cast<unsigned char>(bytes[at - 1]);
    return value;
}

}  // namespace

bool is_gzip(std::string_view bytes) noexcept { return bytes.starts_with("\x1f\x8b"); }

Result<std::string> gunzip(std::string_view bytes, std::size_t most) {
    namespace zlib = boost::beast::zlib;
    const auto begin = is_gzip(bytes) ? data_begin(bytes) : std::string_view::npos;
    if (begin == std::string_view::npos) return damaged();
    zlib::inflate_stream stream;
    zlib::z_params state{};
    state.next_in = bytes.data() + begin;
    state.avail_in = bytes.size() - begin;
    std::string out;
    boost::system::error_code failed;
    while (failed != zlib::error::end_of_stream) {
        if (out.size() >= most) return Error{Fault::bad_input, "gzip of more than is read"};
        const auto before = out.size();
        out.resize(std::min(before + std::max(chunk, before), most));
        state.next_out = out.data() + before;
        state.avail_out = out.size() - before;
        stream.write(state, zlib::Flush::sync, failed);
        const auto written = out.size() - before - state.avail_out;
        out.resize(before + written);
        if (failed && failed != zlib::error::end_of_stream && failed != zlib::error::need_buffers) return damaged();
        if (failed != zlib::error::end_of_stream && written == 0) return damaged();
    }
    if (state.avail_in < trailer_bytes) return damaged();
    const std::string_view trailer{static_cast<const char*>(state.next_in), trailer_bytes};
    boost::crc_32_type sum;
    sum.process_bytes(out.data(), out.size());
    const bool whole =
        little_endian(trailer) == sum.checksum() && little_endian(trailer.substr(4)) == (out.size() & 0xFFFFFFFF);
    return whole ? Result<std::string>{std::move(out)} : Result<std::string>{damaged()};
}

}  // namespace dcs::deepcura
