#pragma once
// ServiceSettings: with which the service's binary reaches a test's database and simulated DrChrono, on loopback and without a limit
// of requests. Secrets of senders are the caller's.

#include "pg/pool.hpp"

#include <map>
#include <string>

namespace dcs::test {

std::map<std::string, std::string> service_settings(const pg::Settings& database, const std::string& drchrono);

}  // namespace dcs::test
