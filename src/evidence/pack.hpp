#pragma once
// Pack: everything an auditor asks for, as the service's own state answers it, in one ZIP.
//
// Holds      index.html for people, evidence.json for tools, sbom.cdx.json and vulnerabilities.json where there are such files,
//            manifest.json with the SHA-256 of each of the others.
// Promise    free of patients and of secrets: it is made of names of settings, users and tables, of counts and times. The same
//            state and time give the same bytes. Two minutes at most.
// Changes    nothing, neither in the database nor elsewhere, but for the file.

#include "evidence/look.hpp"
#include "evidence/page.hpp"

namespace dcs::evidence {

struct Made {
    int shown = 0;
    int partly = 0;
    int not_shown = 0;
};
/// bad_input: the file is there already. rejected: it cannot be written.
Async<Result<Made>> make_pack(asio::any_io_executor executor, Sight sight, std::filesystem::path out);

}  // namespace dcs::evidence
